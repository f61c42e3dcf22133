"""Settling a risk agency (风险代理结算): what was realised, the cap step by step, what is left to charge (guard G3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotFound, StateRefused
from workflows.records.contracts import get_contract
from workflows.records.fee_caps import RISK, Cap, risk_fee_cap
from workflows.records.fee_guards import RiskFeeAboveCap, refuse_forbidden_fee
from workflows.records.fees import WRITTEN_OFF, change_amount, get_fee_item, list_fee_items
from workflows.records.money import Yuan, in_figures, in_words, round_fen, to_decimal

REPORTED, APPROVED, RETURNED, SIGNED, OBJECTED = "REPORTED", "APPROVED", "RETURNED", "SIGNED", "OBJECTED"
NEXT = {
    REPORTED: frozenset({APPROVED, RETURNED}),
    APPROVED: frozenset({SIGNED, OBJECTED, RETURNED}),
    RETURNED: frozenset(),
    OBJECTED: frozenset(),
    SIGNED: frozenset(),
}


class RiskSettlementRow(Base):
    __tablename__ = "risk_settlements"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    fee_item_id: Mapped[str] = mapped_column(ForeignKey("fee_items.id"), index=True)
    realised: Mapped[Decimal] = mapped_column(Yuan)
    realised_on: Mapped[date] = mapped_column(Date)
    so_far: Mapped[Decimal] = mapped_column(Yuan)
    agreed: Mapped[Decimal] = mapped_column(Yuan)
    cap: Mapped[Decimal] = mapped_column(Yuan)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reported_by: Mapped[str] = mapped_column(String(80))
    reported_by_name: Mapped[str] = mapped_column(String(120))
    document_ids: Mapped[list[str]] = mapped_column(Json)


@dataclass(frozen=True)
class RiskSettlement:
    """One settlement: ``agreed`` by the contract, ``cap`` by law, ``so_far`` charged before, ``amount`` left to charge."""

    id: str
    lead_id: str
    fee_item_id: str
    realised: Decimal
    realised_on: date
    so_far: Decimal
    agreed: Decimal
    cap: Decimal
    amount: Decimal
    state: str
    note: str
    reported_by: str
    reported_by_name: str
    document_ids: list[str]


def compute(session: Session, fee_item_id: str, realised: Decimal, on: date) -> tuple[Cap, Decimal, Decimal, Decimal]:
    """The cap for the amount realised, what the contract gives, what was charged before, and what is left to charge."""
    item = get_fee_item(session, fee_item_id)
    contract = get_contract(session, item.contract_id)
    if contract.terms.get("fee_mode") != RISK:
        raise StateRefused(what=item.milestone, old=item.state, new=REPORTED, reason="the contract is no risk agency")
    cap = risk_fee_cap(realised, on)
    others = [each for each in list_fee_items(session, item.contract_id) if each.id != item.id]
    so_far = sum((each.paid if each.state == WRITTEN_OFF else each.amount for each in others), Decimal(0))
    if contract.terms.get("risk_basis") == "percent":
        agreed = round_fen(realised * to_decimal(contract.terms.get("risk_percent")) / 100)
    else:
        agreed = to_decimal(contract.terms.get("risk_amount"))
    return cap, agreed, so_far, max(Decimal(0), min(agreed, cap.total - so_far))


def report(
    context: Context,
    fee_item_id: str,
    *,
    realised: Decimal,
    realised_on: date,
    amount: Decimal,
    document_ids: list[str],
    note: str,
) -> RiskSettlement:
    """Report a result; the fee may be less than what is left, never more (guard G3)."""
    item = get_fee_item(context.session, fee_item_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    refuse_forbidden_fee(context.session, item.lead_id, get_contract(context.session, item.contract_id).terms, today)
    cap, agreed, so_far, left = compute(context.session, fee_item_id, realised, today)
    if amount < 0 or amount > left:
        raise RiskFeeAboveCap(
            total=in_figures(so_far + amount), cap=in_figures(min(cap.total, so_far + agreed)), steps=cap.explanation
        )
    row = RiskSettlementRow(
        id=new_id(),
        lead_id=item.lead_id,
        fee_item_id=fee_item_id,
        realised=realised,
        realised_on=realised_on,
        so_far=so_far,
        agreed=agreed,
        cap=cap.total,
        amount=amount,
        state=REPORTED,
        note=note,
        reported_at=context.now,
        reported_by=context.actor.id,
        reported_by_name=context.actor.name,
        document_ids=document_ids,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("risk_settlement.reported", f"fee_item:{fee_item_id}", realised=str(realised), amount=str(amount))
    return _settlement(row)


def decide(context: Context, settlement_id: str, *, state: str) -> RiskSettlement:
    """Move a settlement on; the client's signature sets what the payment comes to."""
    row = _get_row(context.session, settlement_id)
    if state == APPROVED and row.reported_by == context.actor.id:
        raise FourEyes(who=row.reported_by_name, task="风险代理结算")
    if state not in NEXT[row.state]:
        raise StateRefused(what="风险代理结算", old=row.state, new=state, reason="the settlement is not at that point")
    row.state = state
    if state == SIGNED:
        change_amount(context, row.fee_item_id, amount=row.amount)
    context.session.flush()
    context.audit("risk_settlement.moved", f"fee_item:{row.fee_item_id}", new=state)
    return _settlement(row)


def find_settlement(session: Session, lead_id: str) -> RiskSettlement | None:
    """The newest settlement of a case, or None."""
    query = select(RiskSettlementRow).where(RiskSettlementRow.lead_id == lead_id)
    row = session.scalars(query.order_by(RiskSettlementRow.id.desc()).limit(1)).first()
    return _settlement(row) if row else None


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest settlement with every step of its cap; empty before the first."""
    found = find_settlement(session, lead_id)
    if found is None:
        return {}
    cap = risk_fee_cap(found.realised, found.realised_on)
    return {
        "settlement": {
            "realised": in_figures(found.realised),
            "realised_words": in_words(found.realised),
            "realised_on": found.realised_on.isoformat(),
            "agreed": in_figures(found.agreed),
            "so_far": in_figures(found.so_far),
            "cap": in_figures(cap.total),
            "steps": [
                {"part": in_figures(step.part), "percent": f"{step.percent:f}%", "fee": in_figures(step.fee)}
                for step in cap.steps
            ],
            "explanation": cap.explanation,
            "legal_basis": cap.legal_basis,
            "amount": in_figures(found.amount),
            "amount_words": in_words(found.amount),
            "note": found.note,
        }
    }


def _get_row(session: Session, settlement_id: str) -> RiskSettlementRow:
    row = session.get(RiskSettlementRow, settlement_id)
    if row is None:
        raise NotFound(kind="risk settlement", id=settlement_id)
    return row


def _settlement(row: RiskSettlementRow) -> RiskSettlement:
    return RiskSettlement(**{name: getattr(row, name) for name in RiskSettlement.__dataclass_fields__})
