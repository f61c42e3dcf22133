"""What stops a fee wherever it comes from: no fee before a signed contract (G2), no forbidden risk fee (G3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import JuanzongError
from workflows.records.fee_caps import banned_categories, fee_total, find_blocks, risk_fee_cap
from workflows.records.leads import get_lead
from workflows.records.money import in_figures, to_decimal


class RiskFeeForbidden(JuanzongError):
    """A risk agency is forbidden in this matter: {categories}."""


class RiskFeeAboveCap(JuanzongError):
    """The risk fees of all stages come to {total}; the cap is {cap}: {steps}."""


def refuse_forbidden_fee(session: Session, lead_id: str, terms: Mapping[str, Any], on: date) -> None:
    """Raise when decision D3 blocks the risk fee of these terms (guard G3); any other fee passes."""
    lead = get_lead(session, lead_id)
    about: dict[str, Any] = {"matter_type": str(lead.matter_type), "cause": str(lead.outline.get("cause") or ""), "on": on}
    if not find_blocks(terms, **about):
        return
    if banned := banned_categories(terms, **about):
        raise RiskFeeForbidden(categories="、".join(banned))
    cap = risk_fee_cap(to_decimal(terms.get("dispute_amount")), on)
    raise RiskFeeAboveCap(total=in_figures(fee_total(terms)), cap=in_figures(cap.total), steps=cap.explanation)
