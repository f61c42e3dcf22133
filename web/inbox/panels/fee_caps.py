"""What the contract charges, beside the cap and the steps that lead to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from workflows.records import contract_facts, contracts, fee_caps
from workflows.records.rule_packs import get_rule


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The fee in figures and capitals, the cap of a risk agency, and how the fee compares with the work."""
    contract = contracts.find_contract(session, lead_id)
    if contract is None:
        return {}
    today = now.astimezone(FIRM_ZONE).date()
    described = contract_facts.describe_terms(contract.terms, contract.fee_total, today)
    return {
        "fee": {key: described[key] for key in ("fee_mode_name", "fee_text", "fee_figures", "fee_words")},
        "cap": described["risk_cap"],
        "match": fee_caps.fee_match(contract.terms, today),
        "range": get_rule("fees", "fee_match_range", today).value,
    }
