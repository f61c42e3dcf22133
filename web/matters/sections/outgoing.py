"""The letters of a case that left, or will leave, under the firm's seal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import outgoing_letters
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 55


def title() -> str:
    """The heading."""
    return _("Letters under seal")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Nothing while there is none."""
    found = outgoing_letters.list_letters(session, lead_id=lead.id)
    return {"letters": found, "words": outgoing_letters} if found else None
