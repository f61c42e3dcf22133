"""Refunds (退费): from the application with its formula to the client's receipt; money goes back to the account it came from."""

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
from workflows.records.fees import add_refunded, get_fee_item
from workflows.records.money import Yuan, in_figures
from workflows.records.rule_packs import get_rule

APPLIED, APPROVED, REFUSED, PAID, CHECKED, CONFIRMED = "APPLIED", "APPROVED", "REFUSED", "PAID", "CHECKED", "CONFIRMED"
STATE_NAMES = {
    APPLIED: "待审批", APPROVED: "待付款", REFUSED: "不同意", PAID: "待复核", CHECKED: "已退款", CONFIRMED: "客户已签收"
}  # fmt: skip
NEXT = {
    APPLIED: frozenset({APPROVED, REFUSED}),
    APPROVED: frozenset({PAID}),
    PAID: frozenset({CHECKED, APPROVED}),
    CHECKED: frozenset({CONFIRMED}),
    REFUSED: frozenset(),
    CONFIRMED: frozenset(),
}


class RefundRow(Base):
    __tablename__ = "refunds"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    fee_item_id: Mapped[str] = mapped_column(ForeignKey("fee_items.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    reason: Mapped[str] = mapped_column(Text)
    formula: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str] = mapped_column(String(80))
    applied_by_name: Mapped[str] = mapped_column(String(120))
    approvals: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    account: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(120))
    paid_on: Mapped[date | None] = mapped_column(Date)
    paid_by: Mapped[str | None] = mapped_column(String(80))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Refund:
    """One refund; ``formula`` is how the contract reckons it, ``account`` where the money came from."""

    id: str
    lead_id: str
    fee_item_id: str
    amount: Decimal
    reason: str
    formula: str
    state: str
    applied_at: datetime
    applied_by: str
    applied_by_name: str
    approvals: list[dict[str, Any]]
    account: str
    reference: str
    paid_on: date | None
    confirmed_at: datetime | None


def apply_refund(context: Context, fee_item_id: str, *, amount: Decimal, reason: str, formula: str, account: str) -> Refund:
    """Ask for money to go back; no more than what was received and is still there."""
    item = get_fee_item(context.session, fee_item_id)
    asked = sum((each.amount for each in list_item_refunds(context.session, fee_item_id) if each.state in PENDING), Decimal(0))
    if amount <= 0 or amount > item.paid - item.refunded - asked:
        left = in_figures(item.paid - item.refunded - asked)
        raise StateRefused(what=item.milestone, old=item.state, new="REFUNDED", reason=f"only {left} can go back")
    row = RefundRow(
        id=new_id(),
        lead_id=item.lead_id,
        fee_item_id=fee_item_id,
        amount=amount,
        reason=reason,
        formula=formula,
        state=APPLIED,
        applied_at=context.now,
        applied_by=context.actor.id,
        applied_by_name=context.actor.name,
        approvals=[],
        account=account,
        reference="",
    )
    context.session.add(row)
    context.session.flush()
    context.audit("refund.applied", f"refund:{row.id}", amount=str(amount), fee_item_id=fee_item_id)
    return _refund(row)


PENDING = frozenset({APPLIED, APPROVED, PAID})


def needs_director(amount: Decimal, on: date) -> bool:
    """Whether a director must approve a refund of this amount."""
    return amount > Decimal(get_rule("fees", "refund_director_limit", on).value)


def decide_refund(context: Context, refund_id: str, *, approved: bool, opinion: str) -> Refund:
    """A partner's or director's word: not one's own application; above the limit a director is among the approvers."""
    row = _get_row(context.session, refund_id)
    if row.applied_by == context.actor.id:
        raise FourEyes(who=row.applied_by_name, task="申请退费")
    is_director = "director" in context.actor.roles
    entry = {
        "by": context.actor.id,
        "name": context.actor.name,
        "approved": approved,
        "opinion": opinion,
        "director": is_director,
    }
    row.approvals = [*row.approvals, entry]
    today = context.now.astimezone(FIRM_ZONE).date()
    if not approved:
        _move(context, row, REFUSED)
    elif is_director or not needs_director(row.amount, today):
        _move(context, row, APPROVED)
    context.session.flush()
    return _refund(row)


def pay_refund(context: Context, refund_id: str, *, reference: str, paid_on: date) -> Refund:
    """The cashier paid to the original account; it counts once somebody else has checked it."""
    row = _get_row(context.session, refund_id)
    row.reference, row.paid_on, row.paid_by = reference, paid_on, context.actor.id
    _move(context, row, PAID)
    return _refund(row)


def check_refund(context: Context, refund_id: str, *, accepted: bool) -> Refund:
    """A second person of finance books the refund or returns it; raises FourEyes for who paid."""
    row = _get_row(context.session, refund_id)
    if row.paid_by == context.actor.id:
        raise FourEyes(who=context.actor.name, task="退款")
    _move(context, row, CHECKED if accepted else APPROVED)
    if accepted:
        add_refunded(context, row.fee_item_id, row.amount)
    return _refund(row)


def confirm_refund(context: Context, refund_id: str) -> Refund:
    """The client signed that the money arrived."""
    row = _get_row(context.session, refund_id)
    row.confirmed_at = context.now
    _move(context, row, CONFIRMED)
    return _refund(row)


def get_refund(session: Session, refund_id: str) -> Refund:
    """The refund with this id; raises NotFound."""
    return _refund(_get_row(session, refund_id))


def list_refunds(session: Session, lead_id: str) -> list[Refund]:
    """The refunds of a case, oldest first."""
    rows = session.scalars(select(RefundRow).where(RefundRow.lead_id == lead_id).order_by(RefundRow.id))
    return [_refund(row) for row in rows]


def list_item_refunds(session: Session, fee_item_id: str) -> list[Refund]:
    """The refunds of one payment, oldest first."""
    rows = session.scalars(select(RefundRow).where(RefundRow.fee_item_id == fee_item_id).order_by(RefundRow.id))
    return [_refund(row) for row in rows]


def _move(context: Context, row: RefundRow, state: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what="退费", old=row.state, new=state, reason="the refund is not at that point")
    row.state = state
    context.session.flush()
    context.audit("refund.moved", f"refund:{row.id}", new=state)


def _get_row(session: Session, refund_id: str) -> RefundRow:
    row = session.get(RefundRow, refund_id)
    if row is None:
        raise NotFound(kind="refund", id=refund_id)
    return row


def _refund(row: RefundRow) -> Refund:
    return Refund(**{name: getattr(row, name) for name in Refund.__dataclass_fields__})
