"""Why a deadline is to be entered, and what else is already watched on the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web import deadline_words
from workflows.records import deadlines


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The suggestion, and the case's other open deadlines, so that none is entered twice."""
    if not data.get("deadline_id"):
        return {}
    deadline = deadlines.get_deadline(session, str(data["deadline_id"]))
    others = [
        each
        for each in deadlines.list_deadlines(session, deadline.lead_id)
        if each.id != deadline.id and each.state in deadlines.OPEN and each.due_on
    ]
    return {"deadline": deadline, "others": others, **deadline_words.names()}
