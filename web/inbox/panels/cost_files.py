"""Costs paid for the client: what was confirmed, what was spent, and the receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import client_costs, documents


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Each statement of costs with its receipts; empty while there are none."""
    found = client_costs.list_costs(session, lead_id)
    shown = client_costs.facts(session, lead_id)["costs"]
    if not shown:
        return {}
    kept = [cost for cost in found if cost.state != client_costs.REFUSED]
    files = [[documents.get_document(session, each) for each in cost.document_ids] for cost in kept]
    return {"costs": list(zip(shown, files, strict=True))}
