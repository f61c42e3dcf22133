"""The deadlines of a case: what runs, what was done with which proof, and how each day was computed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web import deadline_words
from web.i18n import translate as _
from workflows.records import deadline_watch, deadlines, people
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 20


def title() -> str:
    """The heading."""
    return _("Deadlines")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Every deadline of the case but those that were dropped; nothing while there is none."""
    found = [each for each in deadlines.list_deadlines(session, lead.id) if each.state != deadlines.DROPPED]
    if not found:
        return None
    return {
        "deadlines": sorted(found, key=lambda each: each.state not in deadlines.OPEN),
        "open_states": deadlines.OPEN,
        "next_warning_on": deadline_watch.next_warning_on,
        "holders": {person.id: person.name for person in people.list_people(session)},
        **deadline_words.names(),
    }
