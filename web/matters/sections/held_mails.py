"""Whether sending to the client is paused because a possible conflict is examined again, and which mails wait."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate
from workflows.records import held_mails
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 5


def title() -> str:
    """The section's heading."""
    return translate("Sending to the client is paused")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """The mails that wait; nothing while sending is not paused."""
    if matter is None or not held_mails.is_paused(session, lead.id):
        return None
    return {"held": held_mails.list_held(session, lead.id)}
