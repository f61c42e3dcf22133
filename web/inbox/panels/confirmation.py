"""What the client was asked to confirm in writing on this case, how far it is, and the acts that were done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.client_service import shown_confirmation
from workflows.records import authority, confirmations, matters, signers

SHOWN = 5


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest confirmations, who may sign, and the acts; empty before the matter is opened."""
    matter = matters.find_matter_by_lead(session, lead_id)
    if matter is None:
        return {}
    rows = [shown_confirmation(each) for each in confirmations.list_confirmations(session, lead_id)[:SHOWN]]
    acts = [authority.describe(each) for each in authority.list_acts(session, matter.id)[:SHOWN]]
    return {"asked": rows, "acts": acts, "signers": signers.list_signers(session, lead_id)}
