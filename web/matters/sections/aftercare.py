"""The calls after the matter: when the next is due, and what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import aftercare
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 90


def title() -> str:
    """The heading."""
    return _("After-care")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Nothing before the matter is closed."""
    found = aftercare.find_aftercare(session, lead.id)
    return {"care": found, "visits": aftercare.list_visits(session, lead.id)} if found else None
