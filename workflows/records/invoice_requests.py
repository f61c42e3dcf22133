"""Applications for an invoice (开票申请): whose name it bears, by the client or the lawyer, perhaps before the money is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id

SORTS = {"general": "普通发票", "special": "专用发票"}


class InvoiceRequestRow(Base):
    __tablename__ = "invoice_requests"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    fee_item_id: Mapped[str] = mapped_column(ForeignKey("fee_items.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    tax_id: Mapped[str] = mapped_column(String(30))
    email: Mapped[str] = mapped_column(String(200))
    sort: Mapped[str] = mapped_column(String(12))
    in_advance: Mapped[bool]
    advance_reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class InvoiceRequest:
    """What an invoice shall bear; ``in_advance`` lets it be issued before the money is there."""

    id: str
    fee_item_id: str
    title: str
    tax_id: str
    email: str
    sort: str
    in_advance: bool
    advance_reason: str
    asked_by_name: str


def request_invoice(
    context: Context,
    *,
    lead_id: str,
    fee_item_id: str,
    title: str,
    tax_id: str,
    email: str,
    sort: str,
    in_advance: bool = False,
    advance_reason: str = "",
) -> InvoiceRequest:
    """Keep an application; the newest of a payment counts."""
    row = InvoiceRequestRow(
        id=new_id(),
        lead_id=lead_id,
        fee_item_id=fee_item_id,
        title=title,
        tax_id=tax_id,
        email=email,
        sort=sort,
        in_advance=in_advance,
        advance_reason=advance_reason,
        asked_at=context.now,
        asked_by=context.actor.id,
        asked_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("invoice.requested", f"fee_item:{fee_item_id}", in_advance=in_advance)
    return _request(row)


def find_request(session: Session, lead_id: str, fee_item_id: str) -> InvoiceRequest | None:
    """The newest application for a payment, else the newest of the case; None when nobody applied."""
    query = select(InvoiceRequestRow).where(InvoiceRequestRow.lead_id == lead_id).order_by(InvoiceRequestRow.id.desc())
    rows = list(session.scalars(query))
    row = next((each for each in rows if each.fee_item_id == fee_item_id), rows[0] if rows else None)
    return _request(row) if row else None


def _request(row: InvoiceRequestRow) -> InvoiceRequest:
    return InvoiceRequest(**{name: getattr(row, name) for name in InvoiceRequest.__dataclass_fields__})
