"""What the client was asked to confirm in writing, the acts that were done, and the documents the client was given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.client_service import shown_confirmation, shown_delivery
from web.i18n import translate
from workflows.records import authority, confirmations, deliveries, option_tables
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 30


def title() -> str:
    """The section's heading."""
    return translate("Confirmations in writing")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """Every confirmation, act, choice and delivery; nothing while there is none."""
    if matter is None:
        return None
    asked = [shown_confirmation(each) for each in confirmations.list_confirmations(session, lead.id)]
    acts = [authority.describe(each) for each in authority.list_acts(session, matter.id)]
    given = [shown_delivery(each) for each in deliveries.list_deliveries(session, lead.id)]
    choices = option_tables.list_tables(session, lead.id)
    return {"asked": asked, "acts": acts, "given": given, "choices": choices} if asked or acts or given or choices else None
