"""What the director orders while a lawyer's volume is long overdue: the fee share held, no new matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError
from workflows.records.rule_packs import get_rule


class NoNewMatters(JuanzongError):
    """{name} is given no new matters until an overdue volume is filed."""


class ArchiveStopRow(Base):
    __tablename__ = "archive_stops"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(80), index=True)
    person_name: Mapped[str] = mapped_column(String(120))
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), index=True)
    hold_fee_share: Mapped[bool]
    stop_new: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ordered_by: Mapped[str] = mapped_column(String(80))
    ordered_by_name: Mapped[str] = mapped_column(String(120))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class ArchiveStop:
    """One order of the director."""

    person_id: str
    person_name: str
    volume_id: str
    hold_fee_share: bool
    stop_new: bool
    note: str
    ordered_at: datetime
    ordered_by_name: str
    lifted_at: datetime | None


def order(
    context: Context, *, person_id: str, person_name: str, volume_id: str, hold_fee_share: bool, stop_new: bool, note: str
) -> ArchiveStop:
    """Order the measures that the firm's policy switches allow; others are recorded as not ordered."""
    today = context.now.astimezone(FIRM_ZONE).date()
    row = ArchiveStopRow(
        id=new_id(),
        person_id=person_id,
        person_name=person_name,
        volume_id=volume_id,
        hold_fee_share=hold_fee_share and bool(get_rule("retention", "may_hold_fee_share", today).value),
        stop_new=stop_new and bool(get_rule("retention", "may_stop_new_matters", today).value),
        note=note,
        ordered_at=context.now,
        ordered_by=context.actor.id,
        ordered_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit(
        "archive.stop_ordered", f"volume:{volume_id}", person=person_id, hold_fee_share=row.hold_fee_share, stop_new=row.stop_new
    )
    return _stop(row)


def lift(context: Context, volume_id: str) -> int:
    """End what was ordered because of a volume, which is filed now; returns how many orders ended."""
    rows = list(
        context.session.scalars(
            select(ArchiveStopRow).where(ArchiveStopRow.volume_id == volume_id, ArchiveStopRow.lifted_at.is_(None))
        )
    )
    for row in rows:
        row.lifted_at = context.now
        context.audit("archive.stop_lifted", f"volume:{volume_id}", person=row.person_id)
    context.session.flush()
    return len(rows)


def list_standing(session: Session, person_id: str | None = None) -> list[ArchiveStop]:
    """The orders in force, of one person or of all."""
    query = select(ArchiveStopRow).where(ArchiveStopRow.lifted_at.is_(None)).order_by(ArchiveStopRow.id)
    if person_id is not None:
        query = query.where(ArchiveStopRow.person_id == person_id)
    return [_stop(row) for row in session.scalars(query)]


def may_take_matters(session: Session, person_id: str) -> bool:
    """Whether nobody stopped new matters for a lawyer."""
    return not any(stop.stop_new for stop in list_standing(session, person_id))


def check_may_take(session: Session, person_id: str) -> None:
    """Raise NoNewMatters when a lawyer is given no new matters."""
    for stop in list_standing(session, person_id):
        if stop.stop_new:
            raise NoNewMatters(name=stop.person_name)


def holds_fee_share(session: Session, person_id: str) -> bool:
    """Whether a lawyer's fee share is held."""
    return any(stop.hold_fee_share for stop in list_standing(session, person_id))


def _stop(row: ArchiveStopRow) -> ArchiveStop:
    return ArchiveStop(**{name: getattr(row, name) for name in ArchiveStop.__dataclass_fields__})
