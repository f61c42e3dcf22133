"""The archive's regular work (档案室工作): one inventory, one month's check, one year's statistics, with what came out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import client_mail, people
from workflows.records.rule_packs import get_rule

INVENTORY, STORAGE, STATISTICS = "inventory", "storage", "statistics"
READERS = frozenset({"archivist", "partner", "director", "compliance"})
#: as each is called, for titles and mails
NAMES: Mapping[str, str] = {INVENTORY: "档案盘点", STORAGE: "库房八防检查", STATISTICS: "档案年度统计"}


class ArchiveWorkRow(Base):
    """One piece of work; ``data`` holds what its steps found, ``ended_at`` closes it for good."""

    __tablename__ = "archive_works"
    __table_args__ = (UniqueConstraint("kind", "period"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    period: Mapped[str] = mapped_column(String(10))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class ArchiveWork:
    """One piece of work and what was found."""

    id: str
    kind: str
    period: str
    data: dict[str, Any]
    begun_at: datetime
    ended_at: datetime | None

    @property
    def title(self) -> str:
        """What it is called: 档案盘点 2026."""
        return f"{NAMES[self.kind]} {self.period}"


def begin(context: Context, kind: str, period: str, data: Mapping[str, Any]) -> ArchiveWork:
    """Begin the work of a period; begun a second time it takes up what is there, unless that has ended."""
    row = context.session.scalar(select(ArchiveWorkRow).where(ArchiveWorkRow.kind == kind, ArchiveWorkRow.period == period))
    if row is None:
        row = ArchiveWorkRow(id=new_id(), kind=kind, period=period, data=dict(data), begun_at=context.now)
        context.session.add(row)
        context.session.flush()
        context.audit("archive_work.begun", f"archive_work:{row.id}", kind=kind, period=period)
    elif row.ended_at is None:
        row.data = {**row.data, **data}
    return _work(row)


def record(context: Context, work_id: str, **found: Any) -> ArchiveWork:
    """Keep what a step found. Raises ``StateRefused`` once the work has ended."""
    row = _get_row(context.session, work_id)
    if row.ended_at is not None:
        raise StateRefused(what=_work(row).title, old="ended", new="changed", reason="this work has ended")
    row.data = {**row.data, **found}
    context.session.flush()
    context.audit("archive_work.recorded", f"archive_work:{work_id}", what=sorted(found))
    return _work(row)


def end(context: Context, work_id: str) -> ArchiveWork:
    """Close the work; what it found stays as it is."""
    row = _get_row(context.session, work_id)
    if row.ended_at is None:
        row.ended_at = context.now
        context.session.flush()
        context.audit("archive_work.ended", f"archive_work:{work_id}", kind=row.kind, period=row.period)
    return _work(row)


def get(session: Session, work_id: str) -> ArchiveWork:
    """A piece of work by id; raises NotFound."""
    return _work(_get_row(session, work_id))


def list_works(session: Session, kind: str, limit: int = 24) -> list[ArchiveWork]:
    """The works of a kind, the latest first."""
    query = select(ArchiveWorkRow).where(ArchiveWorkRow.kind == kind).order_by(ArchiveWorkRow.period.desc()).limit(limit)
    return [_work(row) for row in session.scalars(query)]


def is_file(session: Session, file_id: str) -> bool:
    """Whether documents with this file id belong to the archive's work."""
    return session.get(ArchiveWorkRow, file_id) is not None


def stamp(context: Context) -> dict[str, str]:
    """Who does a step and when, for what is recorded."""
    day = context.now.astimezone(FIRM_ZONE).strftime("%Y-%m-%d")
    return {"by": context.actor.name, "by_id": context.actor.id, "on": day}


def read_days(context: Context, key: str) -> str:
    """A period of the storage pack as a task's due date takes it."""
    return str(get_rule("storage", key, context.now.astimezone(FIRM_ZONE).date()).value)


def tell(context: Context, role: str, work: ArchiveWork, body: str) -> None:
    """Mail everybody of a role about a piece of work."""
    for person in people.list_people(context.session, role):
        client_mail.mail_person(context, person_id=person.id, subject=work.title, body=body)


def _work(row: ArchiveWorkRow) -> ArchiveWork:
    return ArchiveWork(**{name: getattr(row, name) for name in ArchiveWork.__dataclass_fields__})


def _get_row(session: Session, work_id: str) -> ArchiveWorkRow:
    row = session.get(ArchiveWorkRow, work_id)
    if row is None:
        raise NotFound(kind="archive work", id=work_id)
    return row
