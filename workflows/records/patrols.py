"""Integrity patrols (完整性巡检, P22b): every package hashed in both places, package by package, so that a kill loses little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, and_, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records.package_parts import PackagePartRow
from workflows.records.package_repair import LOST, REPAIRED
from workflows.records.volumes import DESTROYED, VolumeRow

YEARLY, MIGRATION, BY_HAND = "yearly", "migration", "hand"
CAUSES = {YEARLY: "年度巡检", MIGRATION: "迁移后巡检", BY_HAND: "人工发起"}


class PatrolRow(Base):
    __tablename__ = "archive_patrols"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    cause: Mapped[str] = mapped_column(String(12))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_by_name: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totals: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    report_id: Mapped[str | None] = mapped_column(String(32))
    handled: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class PatrolItemRow(Base):
    __tablename__ = "archive_patrol_items"

    patrol_id: Mapped[str] = mapped_column(ForeignKey("archive_patrols.id"), primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))
    files: Mapped[int]
    octets: Mapped[int] = mapped_column(BigInteger)
    opened: Mapped[int]
    faults: Mapped[list[dict[str, str]]] = mapped_column(Json)
    unopened: Mapped[list[str]] = mapped_column(Json)
    kinds: Mapped[dict[str, int]] = mapped_column(Json)
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Patrol:
    """One patrol; ``totals`` are counted when it ends, ``handled`` is what the archivist did about what was found."""

    id: str
    cause: str
    begun_at: datetime
    begun_by_name: str
    ended_at: datetime | None
    totals: dict[str, Any]
    report_id: str | None
    handled: dict[str, Any]


@dataclass(frozen=True)
class Due:
    """A package that a patrol has still to look at."""

    volume_id: str
    number: int
    file_no: str
    sha256: str


@dataclass(frozen=True)
class Item:
    """What a patrol found at one package that was not whole."""

    volume_id: str
    number: int
    file_no: str
    title: str
    outcome: str
    faults: list[dict[str, str]]
    unopened: list[str]


def begin(context: Context, cause: str) -> Patrol:
    """Begin a patrol; while one is under way that is the one."""
    row = context.session.scalars(select(PatrolRow).where(PatrolRow.ended_at.is_(None))).first()
    if row is None:
        row = PatrolRow(id=new_id(), cause=cause, begun_at=context.now, begun_by_name=context.actor.name)
        context.session.add(row)
        context.session.flush()
        context.audit("patrol.begun", f"patrol:{row.id}", cause=cause)
        context.send_message("patrol.begun", correlation=row.id, payload={"patrol_id": row.id, "lead_id": row.id})
    return _patrol(row)


def list_due(session: Session, patrol_id: str, limit: int) -> list[Due]:
    """The next packages that a patrol has not looked at."""
    done = and_(
        PatrolItemRow.patrol_id == patrol_id,
        PatrolItemRow.volume_id == PackagePartRow.volume_id,
        PatrolItemRow.number == PackagePartRow.number,
    )
    query = (
        select(PackagePartRow.volume_id, PackagePartRow.number, VolumeRow.file_no, PackagePartRow.sha256)
        .join(VolumeRow, VolumeRow.id == PackagePartRow.volume_id)
        .outerjoin(PatrolItemRow, done)
        .where(PatrolItemRow.patrol_id.is_(None), VolumeRow.state != DESTROYED)
        .order_by(PackagePartRow.volume_id, PackagePartRow.number)
    )
    return [Due(each.volume_id, each.number, each.file_no or "", each.sha256) for each in session.execute(query.limit(limit))]


def record_item(context: Context, patrol_id: str, due: Due, found: Mapping[str, Any]) -> None:
    """Keep what was found at one package; what was repaired or is lost goes into the volume's log."""
    session = context.session
    if session.get(PatrolItemRow, (patrol_id, due.volume_id, due.number)):
        return
    names = ("outcome", "files", "octets", "opened", "faults", "unopened", "kinds")
    session.add(
        PatrolItemRow(
            patrol_id=patrol_id,
            volume_id=due.volume_id,
            number=due.number,
            looked_at=context.now,
            **{name: found[name] for name in names},
        )
    )
    part = session.get_one(PackagePartRow, (due.volume_id, due.number))
    part.looked_at, part.outcome = context.now, found["outcome"]
    session.flush()
    if found["outcome"] in (REPAIRED, LOST):
        faults = found["faults"][:20]
        context.audit(f"package.{found['outcome']}", f"volume:{due.volume_id}", patrol=patrol_id, part=due.number, faults=faults)


def end(context: Context, patrol_id: str) -> Patrol:
    """Count what a patrol found, once nothing is due any more."""
    row = _get_row(context.session, patrol_id)
    rows = context.session.scalars(select(PatrolItemRow).where(PatrolItemRow.patrol_id == patrol_id)).all()
    kinds: Counter[str] = Counter()
    for each in rows:
        kinds.update(each.kinds)
    outcomes = Counter(each.outcome for each in rows)
    row.totals = {
        "packages": len(rows),
        "files": sum(each.files for each in rows),
        "octets": sum(each.octets for each in rows),
        "opened": sum(each.opened for each in rows),
        "unopened": sum(len(each.unopened) for each in rows),
        "repaired": outcomes[REPAIRED],
        "lost": outcomes[LOST],
        "kinds": dict(kinds),
    }
    row.ended_at = context.now
    context.session.flush()
    context.audit("patrol.ended", f"patrol:{patrol_id}", **{key: row.totals[key] for key in ("packages", "repaired", "lost")})
    return _patrol(row)


def keep_report(context: Context, patrol_id: str, document_id: str) -> None:
    """Say which document is the report."""
    _get_row(context.session, patrol_id).report_id = document_id


def handle(context: Context, patrol_id: str, values: Mapping[str, Any]) -> None:
    """Keep what was done about what a patrol found."""
    row = _get_row(context.session, patrol_id)
    row.handled = {**row.handled, **values, "by": context.actor.name, "at": context.now.isoformat()}
    context.session.flush()
    context.audit("patrol.handled", f"patrol:{patrol_id}")


def list_found(session: Session, patrol_id: str) -> list[Item]:
    """The packages that were not whole, or had documents that do not open."""
    query = (
        select(PatrolItemRow, VolumeRow.file_no, VolumeRow.title)
        .join(VolumeRow, VolumeRow.id == PatrolItemRow.volume_id)
        .where(PatrolItemRow.patrol_id == patrol_id)
        .order_by(VolumeRow.file_no, PatrolItemRow.number)
    )
    return [
        Item(row.volume_id, row.number, file_no or "", title, row.outcome, row.faults, row.unopened)
        for row, file_no, title in session.execute(query)
        if row.outcome in (REPAIRED, LOST) or row.unopened
    ]


def count_done(session: Session, patrol_id: str) -> int:
    """How many packages a patrol has looked at."""
    query = select(func.count()).select_from(PatrolItemRow).where(PatrolItemRow.patrol_id == patrol_id)
    return int(session.scalar(query) or 0)


def get_patrol(session: Session, patrol_id: str) -> Patrol:
    """The patrol with this id; raises NotFound."""
    return _patrol(_get_row(session, patrol_id))


def list_patrols(session: Session, *, limit: int = 50) -> list[Patrol]:
    """The patrols, newest first."""
    return [_patrol(row) for row in session.scalars(select(PatrolRow).order_by(PatrolRow.id.desc()).limit(limit))]


def _get_row(session: Session, patrol_id: str) -> PatrolRow:
    row = session.get(PatrolRow, patrol_id)
    if row is None:
        raise NotFound(kind="patrol", id=patrol_id)
    return row


def _patrol(row: PatrolRow) -> Patrol:
    return Patrol(**{name: getattr(row, name) for name in Patrol.__dataclass_fields__})
