"""Why the firm declines, and the letter once it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from workflows.records import client_mail, declines, documents, leads, rule_packs


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The client, the draft's reason and the letter; where the client reads mail."""
    lead = session.get(leads.Lead, lead_id)
    if lead is None:
        return {}
    today = now.astimezone(FIRM_ZONE).date()
    found = declines.facts(session, lead_id).get("decline", {})
    kinds = ("decline_polite", "decline_firm")
    letters = [documents.find_latest(session, lead_id, kind, form) for kind in kinds for form in (documents.PDF, documents.WORD)]
    return {
        "decline_lead": lead,
        "decline_facts": found,
        "decline_mail": client_mail.find_client_address(session, lead_id) or "",
        "decline_post": lead.client.get("service_address") or lead.client.get("address") or "",
        "decline_variants": [] if found else rule_packs.get_rule(declines.PACK, "variants", today).value,
        "decline_letters": [document for document in letters if document],
    }
