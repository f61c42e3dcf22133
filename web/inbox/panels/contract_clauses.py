"""The ten statutory clauses of the contract, and what the last review said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from workflows.records import contract_clauses, contract_reviews, contracts


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Which clauses are there, and the clauses that came back with their comments; empty before the first draft."""
    contract = contracts.find_contract(session, lead_id)
    if contract is None:
        return {}
    reviews = contract_reviews.list_reviews(session, contract.id)
    last = reviews[-1] if reviews else None
    returned = [verdict for verdict in last.verdicts if verdict["verdict"] != "ok"] if last else []
    return {
        "contract": contract,
        "checks": contract_clauses.check_clauses(contract.terms, now.astimezone(FIRM_ZONE).date()),
        "review": last,
        "returned": returned,
    }
