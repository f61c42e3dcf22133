"""Fees (收费): the items of a contract's schedule and what has become of each.

Lawyers Law (律师法) art. 25: the firm collects and books the fees. An item moves PLANNED → DUE → PAID and may end
REFUNDED or WRITTEN_OFF; how much of it is invoiced stands apart from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError, NotFound, StateRefused
from workflows.records.contracts import AMENDED, COMPLETED, RESCINDED, SIGNED, get_contract
from workflows.records.fee_guards import refuse_charge, refuse_forbidden_fee
from workflows.records.money import Yuan, in_figures, to_decimal

PLANNED, DUE, PAID, REFUNDED, WRITTEN_OFF = "PLANNED", "DUE", "PAID", "REFUNDED", "WRITTEN_OFF"
STATE_NAMES = {PLANNED: "未到期", DUE: "待收", PAID: "已收", REFUNDED: "已退费", WRITTEN_OFF: "已核销"}
NEXT: Mapping[str, frozenset[str]] = {
    PLANNED: frozenset({DUE, PAID, WRITTEN_OFF}),
    DUE: frozenset({PLANNED, PAID, WRITTEN_OFF}),
    PAID: frozenset({REFUNDED}),
    REFUNDED: frozenset(),
    WRITTEN_OFF: frozenset(),
}
OVER = frozenset({REFUNDED, WRITTEN_OFF})
IN_FORCE = frozenset({SIGNED, AMENDED, COMPLETED, RESCINDED})  # what a rescinded contract earned is still collected
SCHEDULED, TIME, RESULT = "scheduled", "time", "result"


class ContractNotSigned(JuanzongError):
    """No fee may be booked before the contract {contract_no} is signed."""


class FeeItemRow(Base):
    __tablename__ = "fee_items"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    position: Mapped[int]
    milestone: Mapped[str] = mapped_column(String(300))
    due_rule: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    paid: Mapped[Decimal] = mapped_column(Yuan)
    invoiced: Mapped[Decimal] = mapped_column(Yuan)
    refunded: Mapped[Decimal] = mapped_column(Yuan, server_default="0")
    state: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12), server_default=SCHEDULED)
    deferred_reason: Mapped[str | None] = mapped_column(Text)
    deferred_by: Mapped[str | None] = mapped_column(String(80))
    ended_reason: Mapped[str | None] = mapped_column(Text)
    moved_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class FeeItem:
    """One payment; amounts in yuan, ``paid``, ``invoiced`` and ``refunded`` so far; ``kind`` scheduled, time or result."""

    id: str
    lead_id: str
    contract_id: str
    position: int
    milestone: str
    due_rule: str
    due_on: date | None
    amount: Decimal
    paid: Decimal
    invoiced: Decimal
    refunded: Decimal
    state: str
    kind: str
    deferred_reason: str | None
    ended_reason: str | None

    @property
    def is_settled(self) -> bool:
        """Nothing is left to receive, to invoice or to correct."""
        return (self.state in OVER or self.paid >= self.amount) and self.invoiced == self.paid - self.refunded


def plan_fees(context: Context, contract_id: str) -> list[FeeItem]:
    """Make the fee items of a signed contract from its schedule, once (guards G2 and G3)."""
    contract = get_contract(context.session, contract_id)
    signed_at = check_in_force(context, contract_id)
    if planned := list_fee_items(context.session, contract_id):
        return planned
    today = context.now.astimezone(FIRM_ZONE).date()
    refuse_forbidden_fee(context.session, contract.lead_id, contract.terms, today)
    for line in contract.terms.get("schedule") or []:
        due_on = _due_on(line, signed_at.astimezone(FIRM_ZONE).date())
        add_fee_item(
            context,
            contract_id,
            milestone=str(line.get("milestone") or ""),
            amount=to_decimal(line.get("amount")),
            due_rule=str(line.get("due_rule") or ""),
            due_on=due_on,
            is_due=line.get("due_rule") == "on_signing" or bool(due_on and due_on <= today),
        )
    context.audit("fees.planned", f"contract:{contract_id}", total=str(contract.fee_total))
    return list_fee_items(context.session, contract_id)


def add_fee_item(
    context: Context,
    contract_id: str,
    *,
    milestone: str,
    amount: Decimal,
    due_rule: str,
    due_on: date | None,
    is_due: bool,
    kind: str = SCHEDULED,
) -> FeeItem:
    """One more payment under a signed contract; raises ContractNotSigned (guard G2), LegalAidIsFree."""
    check_in_force(context, contract_id)
    lead_id = get_contract(context.session, contract_id).lead_id
    refuse_charge(context.session, lead_id, amount, context.now.astimezone(FIRM_ZONE).date())
    row = FeeItemRow(
        id=new_id(),
        lead_id=lead_id,
        contract_id=contract_id,
        position=len(list_fee_items(context.session, contract_id)) + 1,
        milestone=milestone,
        due_rule=due_rule,
        due_on=due_on,
        amount=amount,
        paid=Decimal(0),
        invoiced=Decimal(0),
        refunded=Decimal(0),
        state=DUE if is_due else PLANNED,
        kind=kind,
        moved_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    return _item(row)


def check_in_force(context: Context, contract_id: str) -> datetime:
    """When the contract was signed; raises ContractNotSigned while it is not in force (guard G2)."""
    contract = get_contract(context.session, contract_id)
    if contract.state not in IN_FORCE or contract.signed_at is None:
        raise ContractNotSigned(contract_no=contract.contract_no)
    return contract.signed_at


def call_payment(context: Context, fee_item_id: str) -> FeeItem:
    """Let a planned payment fall due now."""
    row = _get_item(context.session, fee_item_id)
    if row.state == PLANNED:
        row.due_on = row.due_on or context.now.astimezone(FIRM_ZONE).date()
        _move(context, row, DUE)
        context.audit("fee_item.called", f"fee_item:{fee_item_id}", milestone=row.milestone)
    return _item(row)


def defer_payment(context: Context, fee_item_id: str, *, until: date, reason: str) -> FeeItem:
    """Let a payment wait until a day; the work may begin."""
    row = _get_item(context.session, fee_item_id)
    row.due_on = until
    row.deferred_reason, row.deferred_by = reason, context.actor.id
    _move(context, row, PLANNED)
    context.audit("fee_item.deferred", f"fee_item:{fee_item_id}", until=until.isoformat(), reason=reason)
    return _item(row)


def add_paid(context: Context, fee_item_id: str, amount: Decimal) -> FeeItem:
    """Count checked money; only receipts do this. The item is PAID once all of it is there."""
    row = _get_item(context.session, fee_item_id)
    check_in_force(context, row.contract_id)
    refuse_charge(context.session, row.lead_id, amount, context.now.astimezone(FIRM_ZONE).date())
    if row.state not in (PLANNED, DUE):
        raise StateRefused(what=row.milestone, old=row.state, new=PAID, reason="nothing is open on this payment")
    row.paid += amount
    row.moved_at = context.now
    if row.paid >= row.amount:
        _move(context, row, PAID)
        context.send_message("fee.paid", correlation=fee_item_id, payload={})
    elif row.state == PLANNED:
        _move(context, row, DUE)
    return _item(row)


def add_refunded(context: Context, fee_item_id: str, amount: Decimal) -> FeeItem:
    """Count money that went back to the client; the item is REFUNDED once all of it went back."""
    row = _get_item(context.session, fee_item_id)
    if amount <= 0 or amount > row.paid - row.refunded:
        open_amount = in_figures(row.paid - row.refunded)
        raise StateRefused(what=row.milestone, old=row.state, new=REFUNDED, reason=f"only {open_amount} can go back")
    row.refunded += amount
    row.moved_at = context.now
    if row.refunded == row.paid and row.state == PAID:
        _move(context, row, REFUNDED)
    context.session.flush()
    return _item(row)


def add_invoiced(context: Context, fee_item_id: str, amount: Decimal) -> FeeItem:
    """Count an invoice against an item; a red one counts with its negative amount."""
    row = _get_item(context.session, fee_item_id)
    if amount > 0 and row.state in OVER and row.invoiced + amount > row.paid - row.refunded:
        raise StateRefused(what=row.milestone, old=row.state, new="INVOICED", reason="this payment is over")
    row.invoiced += amount
    row.moved_at = context.now
    context.session.flush()
    return _item(row)


def change_amount(context: Context, fee_item_id: str, *, amount: Decimal) -> FeeItem:
    """Set what a payment that is not due yet comes to: the result of a risk agency or of a time bill is known now."""
    row = _get_item(context.session, fee_item_id)
    if row.state != PLANNED:
        raise StateRefused(what=row.milestone, old=row.state, new=PLANNED, reason="the payment is being collected")
    refuse_charge(context.session, row.lead_id, amount, context.now.astimezone(FIRM_ZONE).date())
    old, row.amount, row.moved_at = row.amount, amount, context.now
    context.session.flush()
    context.audit("fee_item.amount_changed", f"fee_item:{fee_item_id}", old=str(old), new=str(amount))
    return _item(row)


def write_off(context: Context, fee_item_id: str, *, reason: str) -> FeeItem:
    """Give up what is open on a payment; what was paid stays and is invoiced."""
    row = _get_item(context.session, fee_item_id)
    row.ended_reason = reason
    _move(context, row, WRITTEN_OFF)
    context.audit("fee_item.written_off", f"fee_item:{fee_item_id}", reason=reason, open=str(row.amount - row.paid))
    return _item(row)


def get_fee_item(session: Session, fee_item_id: str) -> FeeItem:
    """The fee item with this id; raises NotFound."""
    return _item(_get_item(session, fee_item_id))


def list_fee_items(session: Session, contract_id: str) -> list[FeeItem]:
    """The items of a contract in the order of its schedule."""
    rows = session.scalars(
        select(FeeItemRow).where(FeeItemRow.contract_id == contract_id).order_by(FeeItemRow.position)
    )
    return [_item(row) for row in rows]


def list_lead_items(session: Session, lead_id: str) -> list[FeeItem]:
    """The items of a case file, in their order."""
    rows = session.scalars(select(FeeItemRow).where(FeeItemRow.lead_id == lead_id).order_by(FeeItemRow.position))
    return [_item(row) for row in rows]


def find_first_payment(session: Session, contract_id: str) -> FeeItem | None:
    """The item that is due on signing and not yet paid, or None when the work may begin without money."""
    for item in list_fee_items(session, contract_id):
        if item.state == DUE:
            return item
    return None


def list_open_items(session: Session, lead_id: str) -> list[FeeItem]:
    """Items of a case file that are not fully paid, or paid and not rightly invoiced (guard G5 before closing)."""
    return [item for item in list_lead_items(session, lead_id) if not item.is_settled]


def _due_on(line: dict[str, Any], signed_on: date) -> date | None:
    rule = line.get("due_rule")
    if rule == "on_signing":
        return signed_on + timedelta(days=int(line.get("due_days") or 0))
    return date.fromisoformat(str(line["due_on"])) if rule == "on_date" and line.get("due_on") else None


def _move(context: Context, row: FeeItemRow, state: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.milestone, old=row.state, new=state, reason="the payment is not at that point")
    row.state, row.moved_at = state, context.now
    context.session.flush()


def _get_item(session: Session, fee_item_id: str) -> FeeItemRow:
    row = session.get(FeeItemRow, fee_item_id)
    if row is None:
        raise NotFound(kind="fee item", id=fee_item_id)
    return row


def _item(row: FeeItemRow) -> FeeItem:
    return FeeItem(**{name: getattr(row, name) for name in FeeItem.__dataclass_fields__})
