"""Originals: what the firm holds for the client, who keeps it and where, and the receipts for taking and returning."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import originals
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 6


def title() -> str:
    """The heading."""
    return _("The client's originals")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """None while nothing was ever taken."""
    found = originals.list_originals(session, lead.id)
    if not found:
        return None
    return {
        "things": sorted(found, key=lambda each: each.state == originals.RETURNED),
        "receipts": originals.list_receipts(session, lead.id),
        "kinds": originals.KINDS,
        "forms": originals.FORMS,
        "states": originals.STATE_NAMES,
        "hows": originals.HOW_NAMES,
        "held": sum(each.copies for each in found if each.state != originals.RETURNED),
        "TAKEN": originals.TAKEN,
        "RETURNED": originals.RETURNED,
    }
