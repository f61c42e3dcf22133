"""The papers of the contract as they are now: for the reviewer to read, for the seal to be put on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import contract_signing, contracts, documents

KINDS = ("engagement_contract", "power_of_attorney", "risk_agency_notice", "firm_letter")


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Each paper as PDF and Word, and the client's signature with its proof; empty before the first draft."""
    contract = contracts.find_contract(session, lead_id)
    if contract is None:
        return {}
    found = [documents.find_latest(session, lead_id, kind, form) for kind in KINDS for form in (documents.PDF, documents.WORD)]
    return {
        "papers_contract": contract,
        "papers": [document for document in found if document],
        "papers_signature": contract_signing.find_signature(session, contract.id),
    }
