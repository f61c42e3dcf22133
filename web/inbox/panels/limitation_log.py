"""The limitations that run on the case, with everything that interrupted or suspended them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web import deadline_words
from workflows.records import deadlines, limitation


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Each running limitation with its log."""
    running = [
        (each, limitation.list_events(session, each.id))
        for each in deadlines.list_deadlines(session, lead_id)
        if each.kind in limitation.INTERRUPTIBLE and each.state == deadlines.RUNNING
    ]
    return {"running": running, **deadline_words.names()}
