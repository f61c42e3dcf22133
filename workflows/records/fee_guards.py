"""What stops a fee wherever it comes from: no forbidden risk fee (G3), none at all where legal aid is given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import JuanzongError
from engine.forms import FieldError
from workflows.records import refusals
from workflows.records.fee_caps import AID, banned_categories, fee_total, find_blocks, risk_fee_cap
from workflows.records.leads import Lead, get_lead
from workflows.records.money import in_figures, to_decimal
from workflows.records.rule_packs import get_rule


class RiskFeeForbidden(JuanzongError):
    """A risk agency is forbidden in this matter: {categories}."""


class RiskFeeAboveCap(JuanzongError):
    """The risk fees of all stages come to {total}; the cap is {cap}: {steps}."""


class LegalAidIsFree(JuanzongError):
    """This matter was assigned as legal aid: the client is charged nothing."""


def is_legal_aid(session: Session, lead_id: str, on: date) -> bool:
    """Whether the lead came as an assignment of legal aid."""
    lead = session.get(Lead, lead_id)
    return lead is not None and lead.reception.get("source") in get_rule("fees", "legal_aid_sources", on).value


def refuse_charge(session: Session, lead_id: str, amount: Decimal, on: date) -> None:
    """Raise for any money, by whatever name, that a client with legal aid is to pay."""
    if amount > 0 and is_legal_aid(session, lead_id, on):
        raise LegalAidIsFree


def check_aid(session: Session, lead_id: str, fee_mode: object, on: date) -> dict[str, list[FieldError]]:
    """The error of the field ``fee_mode`` where legal aid is charged for, or claimed without an assignment."""
    if is_legal_aid(session, lead_id, on) == (fee_mode == AID):
        return {}
    if fee_mode == AID:
        return {"fee_mode": [FieldError(refusals.NOT_LEGAL_AID)]}
    basis = get_rule("fees", "legal_aid_sources", on).legal_basis
    return {"fee_mode": [FieldError(refusals.LEGAL_AID_FREE, {"basis": basis})]}


def refuse_forbidden_fee(session: Session, lead_id: str, terms: Mapping[str, Any], on: date) -> None:
    """Raise when decision D3 blocks the risk fee of these terms (guard G3), or legal aid is to cost something."""
    planned = sum((to_decimal(line.get("amount")) for line in terms.get("schedule") or []), Decimal(0))
    refuse_charge(session, lead_id, fee_total(terms) + planned, on)
    lead = get_lead(session, lead_id)
    about: dict[str, Any] = {"matter_type": str(lead.matter_type), "cause": str(lead.outline.get("cause") or ""), "on": on}
    if not find_blocks(terms, **about):
        return
    if banned := banned_categories(terms, **about):
        raise RiskFeeForbidden(categories="、".join(banned))
    cap = risk_fee_cap(to_decimal(terms.get("dispute_amount")), on)
    raise RiskFeeAboveCap(total=in_figures(fee_total(terms)), cap=in_figures(cap.total), steps=cap.explanation)
