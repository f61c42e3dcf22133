"""What the firm decided about a payment that does not come (欠费处置), and the fee lists that went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import FourEyes

EXTEND, SUSPEND, RESCIND, SUE = "EXTEND", "SUSPEND", "RESCIND", "SUE"
MEASURES = {EXTEND: "同意延期", SUSPEND: "暂停服务", RESCIND: "解除合同", SUE: "诉讼或者仲裁追讨"}


class FeeMeasureRow(Base):
    __tablename__ = "fee_measures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    fee_item_id: Mapped[str] = mapped_column(ForeignKey("fee_items.id"), index=True)
    measure: Mapped[str] = mapped_column(String(12))
    until: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(80))
    decided_by_name: Mapped[str] = mapped_column(String(120))


class FeeListRow(Base):
    __tablename__ = "fee_lists"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    number: Mapped[int]
    document_id: Mapped[str] = mapped_column(String(32))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class FeeMeasure:
    """One decision on a payment that did not come."""

    fee_item_id: str
    measure: str
    until: date | None
    reason: str
    decided_at: datetime
    decided_by_name: str


def decide_measure(
    context: Context, *, lead_id: str, fee_item_id: str, measure: str, until: date | None, reason: str, proposed_by: str
) -> None:
    """Keep what lawyer and partner decided; raises FourEyes when one person is both."""
    if proposed_by == context.actor.id:
        raise FourEyes(who=context.actor.name, task="提出欠费处置意见")
    row = FeeMeasureRow(
        id=new_id(),
        lead_id=lead_id,
        fee_item_id=fee_item_id,
        measure=measure,
        until=until,
        reason=reason,
        proposed_by=proposed_by,
        decided_at=context.now,
        decided_by=context.actor.id,
        decided_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("fee_item.measure_decided", f"fee_item:{fee_item_id}", measure=measure)


def list_measures(session: Session, lead_id: str) -> list[FeeMeasure]:
    """The decisions of a case, oldest first."""
    rows = session.scalars(select(FeeMeasureRow).where(FeeMeasureRow.lead_id == lead_id).order_by(FeeMeasureRow.id))
    return [FeeMeasure(**{name: getattr(row, name) for name in FeeMeasure.__dataclass_fields__}) for row in rows]


def note_list(context: Context, *, lead_id: str, document_id: str) -> int:
    """Count a fee list that went to the client; returns its number."""
    number = len(list(context.session.scalars(select(FeeListRow.id).where(FeeListRow.lead_id == lead_id)))) + 1
    row = FeeListRow(id=new_id(), lead_id=lead_id, number=number, document_id=document_id, issued_at=context.now)
    context.session.add(row)
    context.session.flush()
    return number


def find_last_list(session: Session, lead_id: str) -> datetime | None:
    """When the newest fee list went out, or None."""
    query = select(FeeListRow.issued_at).where(FeeListRow.lead_id == lead_id).order_by(FeeListRow.number.desc())
    return session.scalars(query.limit(1)).first()


def count_lists(session: Session, lead_id: str) -> int:
    """How many fee lists went out."""
    return len(list(session.scalars(select(FeeListRow.id).where(FeeListRow.lead_id == lead_id))))
