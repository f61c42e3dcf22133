"""Invoices (发票): numbers as the tax office prints them, never twice, never above what was received.

Measures on Invoices (发票管理办法) arts. 18–21: issued truthfully, in order, in one go. A fully digital e-invoice
(数电票) has a number of 20 digits; an older one a code of 10 or 12 digits and a number of 8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError, NotFound, StateRefused
from engine.forms import FieldError
from workflows.records import refusals
from workflows.records.fee_guards import refuse_charge
from workflows.records.fees import DUE, PLANNED, FeeItem, add_invoiced, get_fee_item
from workflows.records.money import Yuan, in_figures, round_fen

DIGITAL, CODED = "digital", "coded"
DIGITAL_NO = re.compile(r"\d{20}")
OLD_CODE = re.compile(r"\d{10}|\d{12}")
OLD_NO = re.compile(r"\d{8}")

Errors = dict[str, list[FieldError]]


class InvoiceRow(Base):
    __tablename__ = "invoices"
    __table_args__ = (UniqueConstraint("code", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    fee_item_id: Mapped[str] = mapped_column(ForeignKey("fee_items.id"), index=True)
    code: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    tax_id: Mapped[str] = mapped_column(String(30))
    item: Mapped[str] = mapped_column(String(120))
    amount: Mapped[Decimal] = mapped_column(Yuan)
    tax_rate: Mapped[str] = mapped_column(String(8))
    tax: Mapped[Decimal] = mapped_column(Yuan)
    issued_on: Mapped[date] = mapped_column(Date)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(String(80))
    document_ids: Mapped[list[str]] = mapped_column(Json)
    red_of: Mapped[str | None] = mapped_column(String(32), index=True)
    red_reason: Mapped[str | None] = mapped_column(Text)
    in_advance: Mapped[bool] = mapped_column(server_default="0")


@dataclass(frozen=True)
class Invoice:
    """One invoice; ``amount`` is the total with tax, ``tax`` the part that is tax, ``tax_rate`` in percent."""

    id: str
    fee_item_id: str
    code: str
    number: str
    title: str
    tax_id: str
    item: str
    amount: Decimal
    tax_rate: str
    tax: Decimal
    issued_on: date
    document_ids: list[str]
    red_of: str | None
    red_reason: str | None
    in_advance: bool


class InvoiceReversed(JuanzongError):
    """The invoice {number} was reversed before."""


def check_invoice(
    session: Session, item: FeeItem, *, kind: str, code: str, number: str, amount: Decimal, in_advance: bool = False
) -> Errors:
    """Field errors of an invoice: its number's shape, a number used before, more than was received.

    One issued in advance may go up to what the contract charges.
    """
    errors = check_number(session, kind=kind, code=code, number=number)
    limit = max(item.paid - item.refunded, item.amount if in_advance and item.state in (PLANNED, DUE) else Decimal(0))
    open_amount = limit - item.invoiced
    if amount > open_amount:
        errors["amount"] = [FieldError(refusals.INVOICE_ABOVE_RECEIPT, {"open": in_figures(open_amount)})]
    return errors


def check_number(session: Session, *, kind: str, code: str, number: str) -> Errors:
    """Field errors of an invoice's number."""
    errors: Errors = {}
    if kind == DIGITAL and not DIGITAL_NO.fullmatch(number):
        errors["invoice_no"] = [FieldError(refusals.INVOICE_DIGITAL_NUMBER, {})]
    if kind == CODED and not OLD_CODE.fullmatch(code):
        errors["invoice_code"] = [FieldError(refusals.INVOICE_CODE, {})]
    if kind == CODED and not OLD_NO.fullmatch(number):
        errors["invoice_no"] = [FieldError(refusals.INVOICE_OLD_NUMBER, {})]
    if not errors and find_invoice(session, code, number):
        errors["invoice_no"] = [FieldError(refusals.INVOICE_NUMBER_USED, {"number": number})]
    return errors


def issue_invoice(
    context: Context,
    fee_item_id: str,
    *,
    code: str,
    number: str,
    title: str,
    tax_id: str,
    item: str,
    amount: Decimal,
    tax_rate: str,
    issued_on: date,
    document_ids: Sequence[str] = (),
    in_advance: bool = False,
    red_of: str | None = None,
    red_reason: str | None = None,
) -> Invoice:
    """Enter an invoice that was issued; its tax is the part of the total at the rate. Above what may be: StateRefused."""
    fee = get_fee_item(context.session, fee_item_id)
    refuse_charge(context.session, fee.lead_id, amount, context.now.astimezone(FIRM_ZONE).date())
    limit = fee.amount if in_advance else fee.paid - fee.refunded
    if red_of is None and amount > max(limit, fee.paid - fee.refunded) - fee.invoiced:
        raise StateRefused(what=number, old=fee.state, new="INVOICED", reason="more than was received")
    rate = Decimal(tax_rate) / 100
    row = InvoiceRow(
        id=new_id(),
        fee_item_id=fee_item_id,
        code=code,
        number=number,
        title=title,
        tax_id=tax_id,
        item=item,
        amount=amount,
        tax_rate=tax_rate,
        tax=round_fen(amount * rate / (1 + rate)),
        issued_on=issued_on,
        entered_at=context.now,
        entered_by=context.actor.id,
        document_ids=list(document_ids),
        in_advance=in_advance,
        red_of=red_of,
        red_reason=red_reason,
    )
    context.session.add(row)
    context.session.flush()
    add_invoiced(context, fee_item_id, amount)
    context.audit("invoice.issued", f"fee_item:{fee_item_id}", code=code, number=number, amount=str(amount))
    return _invoice(row)


def reverse_invoice(
    context: Context, invoice_id: str, *, code: str, number: str, issued_on: date, reason: str, document_ids: Sequence[str] = ()
) -> Invoice:
    """Enter the red-letter invoice (红字发票) that takes an invoice back whole; once."""
    first = get_invoice(context.session, invoice_id)
    if first.red_of or find_red(context.session, invoice_id):
        raise InvoiceReversed(number=first.number)
    return issue_invoice(
        context,
        first.fee_item_id,
        code=code,
        number=number,
        title=first.title,
        tax_id=first.tax_id,
        item=first.item,
        amount=-first.amount,
        tax_rate=first.tax_rate,
        issued_on=issued_on,
        document_ids=document_ids,
        red_of=invoice_id,
        red_reason=reason,
    )


def get_invoice(session: Session, invoice_id: str) -> Invoice:
    """The invoice with this id; raises NotFound."""
    row = session.get(InvoiceRow, invoice_id)
    if row is None:
        raise NotFound(kind="invoice", id=invoice_id)
    return _invoice(row)


def find_red(session: Session, invoice_id: str) -> Invoice | None:
    """The red-letter invoice that took this one back, or None."""
    row = session.scalar(select(InvoiceRow).where(InvoiceRow.red_of == invoice_id))
    return _invoice(row) if row else None


def list_valid(session: Session, fee_item_ids: Sequence[str]) -> list[Invoice]:
    """The invoices of these payments that stand: not red, not taken back; oldest first."""
    query = select(InvoiceRow).where(InvoiceRow.fee_item_id.in_(fee_item_ids)).order_by(InvoiceRow.id)
    rows = list(session.scalars(query))
    taken_back = {row.red_of for row in rows if row.red_of}
    return [_invoice(row) for row in rows if not row.red_of and row.id not in taken_back]


def find_invoice(session: Session, code: str, number: str) -> Invoice | None:
    """The invoice with this code (empty for a digital one) and number, or None."""
    row = session.scalar(select(InvoiceRow).where(InvoiceRow.code == code, InvoiceRow.number == number))
    return _invoice(row) if row else None


def list_invoices(session: Session, fee_item_id: str) -> list[Invoice]:
    """The invoices of a fee item, oldest first."""
    rows = session.scalars(select(InvoiceRow).where(InvoiceRow.fee_item_id == fee_item_id).order_by(InvoiceRow.id))
    return [_invoice(row) for row in rows]


def _invoice(row: InvoiceRow) -> Invoice:
    return Invoice(**{name: getattr(row, name) for name in Invoice.__dataclass_fields__})


def describe_invoice(invoice: Invoice) -> dict[str, Any]:
    """An invoice for letters and panels."""
    return {
        "number": f"{invoice.code} {invoice.number}".strip(),
        "title": invoice.title,
        "item": invoice.item,
        "figures": in_figures(invoice.amount),
        "issued_on": invoice.issued_on.isoformat(),
        "document_ids": list(invoice.document_ids),
        "is_red": bool(invoice.red_of),
    }
