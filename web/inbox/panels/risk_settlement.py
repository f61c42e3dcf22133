"""The settlement of a risk agency: what was realised, the cap step by step, what was charged before, what is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import documents, risk_settlements


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest settlement with its proofs; empty before the first."""
    found = risk_settlements.find_settlement(session, lead_id)
    if found is None:
        return {}
    return {
        "settlement": risk_settlements.facts(session, lead_id)["settlement"],
        "reported_by": found.reported_by_name,
        "proofs": [documents.get_document(session, each) for each in found.document_ids],
    }
