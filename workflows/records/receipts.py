"""Money that came in (收款): whoever enters a receipt does not check it (收款 ≠ 复核); it counts once it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, JuanzongError, NotFound
from workflows.records.fee_guards import refuse_charge
from workflows.records.fees import add_paid, check_in_force, get_fee_item
from workflows.records.money import Yuan
from workflows.records.people import find_name
from workflows.records.suspense import SuspendedMoney

REGISTERED, CHECKED, RETURNED = "REGISTERED", "CHECKED", "RETURNED"
CHANNELS = {"bank": "对公转账", "pos": "POS刷卡", "cash": "现金", "online": "第三方支付"}


class ReceiptDecided(JuanzongError):
    """This receipt was already checked."""


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
    payer_account: Mapped[str | None] = mapped_column(String(120))
    aml_note: Mapped[str | None] = mapped_column(Text)
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
class FeeReceipt:
    """Money received for one item; ``payer_account`` is where a refund goes, ``aml_note`` what compliance found."""

    id: str
    fee_item_id: str
    amount: Decimal
    received_on: date
    channel: str
    reference: str
    payer_name: str
    third_party: bool
    payer_relation: str
    payer_account: str | None
    aml_note: str | None
    state: str
    registered_by: str
    registered_by_name: str
    checked_by_name: str | None
    comment: str
    document_ids: list[str]


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
    payer_account: str = "",
    document_ids: Sequence[str] = (),
) -> FeeReceipt:
    """Enter money that came in; it is not booked until somebody else has checked it (guard G2: not before signing)."""
    item = get_fee_item(context.session, fee_item_id)
    check_in_force(context, item.contract_id)
    refuse_charge(context.session, item.lead_id, amount, context.now.astimezone(FIRM_ZONE).date())
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
        payer_account=payer_account,
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
    row = _get_row(context.session, receipt_id)
    if row.state != REGISTERED:
        raise ReceiptDecided
    if row.registered_by == context.actor.id:
        raise FourEyes(who=row.registered_by_name, task="登记收款")
    row.state, row.comment = CHECKED if accepted else RETURNED, comment
    row.checked_at, row.checked_by, row.checked_by_name = context.now, context.actor.id, context.actor.name
    if accepted:
        add_paid(context, row.fee_item_id, row.amount)
    context.session.flush()
    context.audit("fee_receipt.checked", f"fee_item:{row.fee_item_id}", receipt_id=row.id, accepted=accepted)
    return _receipt(row)


def book_matched(context: Context, fee_item_id: str, *, money: SuspendedMoney, amount: Decimal) -> FeeReceipt:
    """Book suspended money that one person matched and this one checked."""
    if money.proposed_by is None or money.proposed_by == context.actor.id:
        raise FourEyes(who=context.actor.name, task="匹配挂账款")
    check_in_force(context, get_fee_item(context.session, fee_item_id).contract_id)
    row = FeeReceiptRow(
        id=new_id(),
        fee_item_id=fee_item_id,
        amount=amount,
        received_on=money.received_on,
        channel=money.channel,
        reference=money.reference,
        payer_name=money.payer_name,
        third_party=False,
        payer_relation="",
        payer_account=money.payer_account,
        state=CHECKED,
        registered_at=context.now,
        registered_by=money.proposed_by,
        registered_by_name=find_name(context.session, money.proposed_by) or money.noted_by_name,
        checked_at=context.now,
        checked_by=context.actor.id,
        checked_by_name=context.actor.name,
        comment="挂账款匹配",
        document_ids=[],
    )
    context.session.add(row)
    add_paid(context, fee_item_id, amount)
    context.audit("fee_receipt.checked", f"fee_item:{fee_item_id}", receipt_id=row.id, accepted=True)
    return _receipt(row)


def note_payer(context: Context, receipt_id: str, *, accepted: bool, note: str) -> FeeReceipt:
    """What compliance says of money that somebody else paid; not accepted, the receipt is returned and the money with it."""
    row = _get_row(context.session, receipt_id)
    if row.state != REGISTERED:
        raise ReceiptDecided
    row.aml_note = note
    if not accepted:
        row.state, row.comment = RETURNED, note
        row.checked_at, row.checked_by, row.checked_by_name = context.now, context.actor.id, context.actor.name
    context.session.flush()
    context.audit("fee_receipt.payer_reviewed", f"fee_item:{row.fee_item_id}", receipt_id=row.id, accepted=accepted)
    return _receipt(row)


def list_receipts(session: Session, fee_item_id: str) -> list[FeeReceipt]:
    """The receipts of an item, oldest first."""
    rows = session.scalars(
        select(FeeReceiptRow).where(FeeReceiptRow.fee_item_id == fee_item_id).order_by(FeeReceiptRow.id)
    )
    return [_receipt(row) for row in rows]


def get_receipt(session: Session, receipt_id: str) -> FeeReceipt:
    """The receipt with this id; raises NotFound."""
    return _receipt(_get_row(session, receipt_id))


def _get_row(session: Session, receipt_id: str) -> FeeReceiptRow:
    row = session.get(FeeReceiptRow, receipt_id)
    if row is None:
        raise NotFound(kind="receipt", id=receipt_id)
    return row


def _receipt(row: FeeReceiptRow) -> FeeReceipt:
    return FeeReceipt(**{name: getattr(row, name) for name in FeeReceipt.__dataclass_fields__})
