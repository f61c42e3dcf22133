"""Fees (收费): the items of a contract's schedule, and the money that came in for them.

Lawyers Law (律师法) art. 25: the firm collects and books the fees. Whoever enters a receipt does not check it
(收款 ≠ 复核). An item moves PLANNED → DUE → PAID; whether it is invoiced stands apart from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, JuanzongError, NotFound
from workflows.records.contracts import SIGNED, get_contract
from workflows.records.money import Yuan, in_figures, in_words, to_decimal

PLANNED, DUE, PAID = "PLANNED", "DUE", "PAID"
REGISTERED, CHECKED, RETURNED = "REGISTERED", "CHECKED", "RETURNED"
STATE_NAMES = {PLANNED: "未到期", DUE: "待收", PAID: "已收"}


class ContractNotSigned(JuanzongError):
    """No fee may be booked before the contract {contract_no} is signed."""


class ReceiptDecided(JuanzongError):
    """This receipt was already checked."""


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
    state: Mapped[str] = mapped_column(String(12))
    deferred_reason: Mapped[str | None] = mapped_column(Text)
    deferred_by: Mapped[str | None] = mapped_column(String(80))


class FeeReceiptRow(Base):
    __tablename__ = "fee_receipts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    fee_item_id: Mapped[str] = mapped_column(ForeignKey("fee_items.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    received_on: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(120))
    payer_name: Mapped[str] = mapped_column(String(200))
    third_party: Mapped[bool]
    payer_relation: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[str] = mapped_column(String(80))
    registered_by_name: Mapped[str] = mapped_column(String(120))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checked_by: Mapped[str | None] = mapped_column(String(80))
    checked_by_name: Mapped[str | None] = mapped_column(String(120))
    comment: Mapped[str] = mapped_column(Text)
    document_ids: Mapped[list[str]] = mapped_column(Json)


@dataclass(frozen=True)
class FeeItem:
    """One line of the payment schedule; amounts in yuan, ``paid`` and ``invoiced`` so far."""

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
    state: str
    deferred_reason: str | None


@dataclass(frozen=True)
class FeeReceipt:
    """Money received for one item; it counts only once a second person has checked it."""

    id: str
    fee_item_id: str
    amount: Decimal
    received_on: date
    channel: str
    reference: str
    payer_name: str
    third_party: bool
    payer_relation: str
    state: str
    registered_by: str
    registered_by_name: str
    checked_by_name: str | None
    comment: str
    document_ids: list[str]


def plan_fees(context: Context, contract_id: str) -> list[FeeItem]:
    """Make the fee items of a signed contract from its schedule, once; raises ContractNotSigned (guard G2)."""
    contract = get_contract(context.session, contract_id)
    if contract.state != SIGNED or contract.signed_at is None:
        raise ContractNotSigned(contract_no=contract.contract_no)
    if planned := list_fee_items(context.session, contract_id):
        return planned
    today = context.now.astimezone(FIRM_ZONE).date()
    signed_on = contract.signed_at.astimezone(FIRM_ZONE).date()
    for position, line in enumerate(contract.terms.get("schedule") or [], 1):
        due_on = _due_on(line, signed_on)
        context.session.add(
            FeeItemRow(
                id=new_id(),
                lead_id=contract.lead_id,
                contract_id=contract_id,
                position=position,
                milestone=str(line.get("milestone") or ""),
                due_rule=str(line.get("due_rule") or ""),
                due_on=due_on,
                amount=to_decimal(line.get("amount")),
                paid=Decimal(0),
                invoiced=Decimal(0),
                state=DUE if line.get("due_rule") == "on_signing" or (due_on and due_on <= today) else PLANNED,
            )
        )
    context.session.flush()
    context.audit("fees.planned", f"contract:{contract_id}", total=str(contract.fee_total))
    return list_fee_items(context.session, contract_id)


def register_receipt(
    context: Context,
    fee_item_id: str,
    *,
    amount: Decimal,
    received_on: date,
    channel: str,
    reference: str,
    payer_name: str,
    third_party: bool,
    payer_relation: str,
    document_ids: Sequence[str] = (),
) -> FeeReceipt:
    """Enter money that came in; it is not booked until somebody else has checked it."""
    _get_item(context.session, fee_item_id)
    row = FeeReceiptRow(
        id=new_id(),
        fee_item_id=fee_item_id,
        amount=amount,
        received_on=received_on,
        channel=channel,
        reference=reference,
        payer_name=payer_name,
        third_party=third_party,
        payer_relation=payer_relation,
        state=REGISTERED,
        registered_at=context.now,
        registered_by=context.actor.id,
        registered_by_name=context.actor.name,
        comment="",
        document_ids=list(document_ids),
    )
    context.session.add(row)
    context.session.flush()
    context.audit("fee_receipt.registered", f"fee_item:{fee_item_id}", receipt_id=row.id, amount=str(amount))
    return _receipt(row)


def check_receipt(context: Context, receipt_id: str, *, accepted: bool, comment: str) -> FeeReceipt:
    """Book a receipt, or send it back; raises FourEyes for the person who entered it."""
    row = context.session.get(FeeReceiptRow, receipt_id)
    if row is None:
        raise NotFound(kind="receipt", id=receipt_id)
    if row.state != REGISTERED:
        raise ReceiptDecided
    if row.registered_by == context.actor.id:
        raise FourEyes(who=row.registered_by_name, task="登记收款")
    row.state, row.comment = CHECKED if accepted else RETURNED, comment
    row.checked_at, row.checked_by, row.checked_by_name = context.now, context.actor.id, context.actor.name
    if accepted:
        item = _get_item(context.session, row.fee_item_id)
        item.paid += row.amount
        item.state = PAID if item.paid >= item.amount else DUE
    context.session.flush()
    context.audit("fee_receipt.checked", f"fee_item:{row.fee_item_id}", receipt_id=row.id, accepted=accepted)
    return _receipt(row)


def call_payment(context: Context, fee_item_id: str) -> FeeItem:
    """Let a planned payment fall due now."""
    row = _get_item(context.session, fee_item_id)
    if row.state == PLANNED:
        row.state, row.due_on = DUE, row.due_on or context.now.astimezone(FIRM_ZONE).date()
        context.session.flush()
        context.audit("fee_item.called", f"fee_item:{fee_item_id}", milestone=row.milestone)
    return _item(row)


def defer_payment(context: Context, fee_item_id: str, *, until: date, reason: str) -> FeeItem:
    """Let a payment wait until a day; the work may begin."""
    row = _get_item(context.session, fee_item_id)
    row.due_on, row.state = until, PLANNED
    row.deferred_reason, row.deferred_by = reason, context.actor.id
    context.session.flush()
    context.audit("fee_item.deferred", f"fee_item:{fee_item_id}", until=until.isoformat(), reason=reason)
    return _item(row)


def add_invoiced(context: Context, fee_item_id: str, amount: Decimal) -> FeeItem:
    """Count an invoice against an item."""
    row = _get_item(context.session, fee_item_id)
    row.invoiced += amount
    context.session.flush()
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


def find_first_payment(session: Session, contract_id: str) -> FeeItem | None:
    """The item that is due on signing and not yet paid, or None when the work may begin without money."""
    for item in list_fee_items(session, contract_id):
        if item.state == DUE:
            return item
    return None


def list_receipts(session: Session, fee_item_id: str) -> list[FeeReceipt]:
    """The receipts of an item, oldest first."""
    rows = session.scalars(
        select(FeeReceiptRow).where(FeeReceiptRow.fee_item_id == fee_item_id).order_by(FeeReceiptRow.id)
    )
    return [_receipt(row) for row in rows]


def get_receipt(session: Session, receipt_id: str) -> FeeReceipt:
    """The receipt with this id; raises NotFound."""
    row = session.get(FeeReceiptRow, receipt_id)
    if row is None:
        raise NotFound(kind="receipt", id=receipt_id)
    return _receipt(row)


def list_open_items(session: Session, lead_id: str) -> list[FeeItem]:
    """Items of a case file that are not fully paid, or paid and not fully invoiced (guard G5 before closing)."""
    rows = session.scalars(select(FeeItemRow).where(FeeItemRow.lead_id == lead_id).order_by(FeeItemRow.position))
    return [_item(row) for row in rows if row.paid < row.amount or row.invoiced < row.paid]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The fee list (费用清单) for letters and panels; empty before fees are planned."""
    rows = list(session.scalars(select(FeeItemRow).where(FeeItemRow.lead_id == lead_id).order_by(FeeItemRow.position)))
    if not rows:
        return {}
    total, paid = sum((row.amount for row in rows), Decimal(0)), sum((row.paid for row in rows), Decimal(0))
    return {
        "fees": {
            "lines": [
                {
                    "number": row.position,
                    "milestone": row.milestone,
                    "figures": in_figures(row.amount),
                    "paid": in_figures(row.paid),
                    "invoiced": in_figures(row.invoiced),
                    "due_on": row.due_on.isoformat() if row.due_on else "",
                    "state": STATE_NAMES[row.state],
                }
                for row in rows
            ],
            "total": in_figures(total),
            "total_words": in_words(total),
            "paid": in_figures(paid),
            "open": in_figures(total - paid),
        }
    }


def _due_on(line: dict[str, Any], signed_on: date) -> date | None:
    rule = line.get("due_rule")
    if rule == "on_signing":
        return signed_on + timedelta(days=int(line.get("due_days") or 0))
    return date.fromisoformat(str(line["due_on"])) if rule == "on_date" and line.get("due_on") else None


def _get_item(session: Session, fee_item_id: str) -> FeeItemRow:
    row = session.get(FeeItemRow, fee_item_id)
    if row is None:
        raise NotFound(kind="fee item", id=fee_item_id)
    return row


def _item(row: FeeItemRow) -> FeeItem:
    return FeeItem(**{name: getattr(row, name) for name in FeeItem.__dataclass_fields__})


def _receipt(row: FeeReceiptRow) -> FeeReceipt:
    return FeeReceipt(**{name: getattr(row, name) for name in FeeReceipt.__dataclass_fields__})
