"""How the day of this task's deadline was computed: rule, basis, each step, which day was a holiday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web import deadline_words
from workflows.records import deadline_watch, deadlines, documents, people


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The deadline with its steps, papers and warnings; empty for a task of no deadline."""
    if not data.get("deadline_id"):
        return {}
    deadline = deadlines.get_deadline(session, str(data["deadline_id"]))
    papers = [documents.find_document(session, each) for each in deadline.entry.get("documents") or []]
    holders = [people.find_name(session, each) or "" for each in (deadline.responsible_id, deadline.backup_id) if each]
    return {
        "deadline": deadline,
        "holders": holders,
        "papers": [each for each in papers if each is not None],
        "warnings": deadline_watch.list_warnings(session, deadline.id),
        "people": {person.id: person.name for person in people.list_people(session)},
        **deadline_words.names(),
    }
