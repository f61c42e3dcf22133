"""Periodic updates (进展通报): what a client hears about the matter, how often, and whether it came in time.

Civil Code (民法典) art. 924: an agent reports on the matter; the cadence in days is decision table D7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records import service_guard
from workflows.records.matters import find_matter_by_lead, get_matter
from workflows.records.rule_packs import get_rule


class MatterUpdateRow(Base):
    __tablename__ = "matter_updates"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(ForeignKey("matters.id"), index=True)
    number: Mapped[int]
    latest: Mapped[str] = mapped_column(Text)
    next_plan: Mapped[str] = mapped_column(Text)
    risks: Mapped[str] = mapped_column(Text)
    needs: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[str] = mapped_column(String(80))
    written_by_name: Mapped[str] = mapped_column(String(120))
    late: Mapped[bool]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document_id: Mapped[str | None] = mapped_column(String(32))
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class MatterUpdate:
    """One update: news, next steps, risks, what the client should do; ``late`` when a reminder had gone out."""

    id: str
    matter_id: str
    number: int
    latest: str
    next_plan: str
    risks: str
    needs: str
    written_at: datetime
    written_by: str
    written_by_name: str
    late: bool
    sent_at: datetime | None
    document_id: str | None
    read_at: datetime | None = None


def write_update(
    context: Context, matter_id: str, *, latest: str, next_plan: str, risks: str, needs: str, late: bool
) -> MatterUpdate:
    """Keep a new update; it reaches the client when it is sent."""
    get_matter(context.session, matter_id)
    count = context.session.scalar(
        select(func.count()).select_from(MatterUpdateRow).where(MatterUpdateRow.matter_id == matter_id)
    )
    row = MatterUpdateRow(
        id=new_id(),
        matter_id=matter_id,
        number=(count or 0) + 1,
        latest=latest,
        next_plan=next_plan,
        risks=risks,
        needs=needs,
        written_at=context.now,
        written_by=context.actor.id,
        written_by_name=context.actor.name,
        late=late,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("matter_update.written", f"matter:{matter_id}", number=row.number, late=late)
    return _update(row)


def mark_sent(context: Context, update_id: str, *, document_id: str | None) -> MatterUpdate:
    """Record that an update went to the client, and as which document."""
    row = _get_row(context.session, update_id)
    service_guard.check_advice(context.session, get_matter(context.session, row.matter_id).lead_id, context.now, "SENT")
    row.sent_at, row.document_id = context.now, document_id
    context.session.flush()
    context.audit("matter_update.sent", f"matter:{row.matter_id}", number=row.number)
    return _update(row)


def mark_read(context: Context, update_id: str) -> None:
    """The client has had the update: read on the page, or told by a person."""
    row = _get_row(context.session, update_id)
    row.read_at = row.read_at or context.now
    context.session.flush()
    context.audit("matter_update.read", f"matter:{row.matter_id}", number=row.number)


def next_update_at(session: Session, matter_id: str, *, cadence_days: int, now: datetime) -> datetime:
    """When the next update falls due: the cadence after the last one, or the plan's first date if that is earlier.

    A planned first date counts from 09:00 of the firm's day and only before the first update.
    """
    due = now + timedelta(days=cadence_days)
    planned = get_matter(session, matter_id).plan.get("first_update_on")
    if planned and not list_updates(session, matter_id, limit=1):
        first = datetime.combine(date.fromisoformat(planned), time(9), FIRM_ZONE)
        return max(now, min(due, first))
    return due


def is_late(due_at: datetime, now: datetime) -> bool:
    """Whether an update that fell due comes after the working days the lawyer has for it (rule pack ``cadences``)."""
    days = int(get_rule("cadences", "update_writing", now.astimezone(FIRM_ZONE).date()).value)
    return now > add_working_days(due_at, days)


def describe(update: MatterUpdate) -> str:
    """An update as the text of a mail."""
    parts = [("最新进展", update.latest), ("下一步计划", update.next_plan), ("风险及应对", update.risks)]
    parts += [("需要您配合的事项", update.needs)] if update.needs else []
    return "\n\n".join(f"【{title}】\n{text}" for title, text in parts)


def get_update(session: Session, update_id: str) -> MatterUpdate:
    """The update with this id; raises NotFound."""
    return _update(_get_row(session, update_id))


def list_updates(session: Session, matter_id: str, *, limit: int = 100) -> list[MatterUpdate]:
    """The updates of a matter, newest first."""
    rows = session.scalars(
        select(MatterUpdateRow).where(MatterUpdateRow.matter_id == matter_id).order_by(MatterUpdateRow.number.desc()).limit(limit)
    )
    return [_update(row) for row in rows]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest update for its letter, and how many there were; empty before the matter is opened."""
    matter = find_matter_by_lead(session, lead_id)
    updates = list_updates(session, matter.id, limit=1) if matter else []
    if not updates:
        return {}
    newest = updates[0]
    return {
        "update": {
            "number": newest.number,
            "latest": newest.latest,
            "next_plan": newest.next_plan,
            "risks": newest.risks,
            "needs": newest.needs,
            "written_by": newest.written_by_name,
            "written_at": newest.written_at.isoformat(),
        }
    }


def _get_row(session: Session, update_id: str) -> MatterUpdateRow:
    row = session.get(MatterUpdateRow, update_id)
    if row is None:
        raise NotFound(kind="update", id=update_id)
    return row


def _update(row: MatterUpdateRow) -> MatterUpdate:
    return MatterUpdate(**{name: getattr(row, name) for name in MatterUpdate.__dataclass_fields__})
