"""Volumes (案卷): the documents of one matter on their way to the archive, and the file number (档号) given there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Date, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import archive_stops, volume_checks, volume_slots
from workflows.records.firm import read_firm
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

COLLECTING, SUBMITTED, CHECKING, RETURNED = "COLLECTING", "SUBMITTED", "CHECKING", "RETURNED"
ACCEPTED, PACKED, STORED = "ACCEPTED", "PACKED", "STORED"
ON_LOAN, APPRAISING, TO_DESTROY = "ON_LOAN", "APPRAISING", "TO_DESTROY"
DESTROYED, TRANSFERRED = "DESTROYED", "TRANSFERRED"
NEXT: Mapping[str, frozenset[str]] = {
    COLLECTING: frozenset({SUBMITTED}),
    SUBMITTED: frozenset({CHECKING, RETURNED}),
    CHECKING: frozenset({ACCEPTED, RETURNED}),
    RETURNED: frozenset({SUBMITTED}),
    ACCEPTED: frozenset({PACKED}),
    PACKED: frozenset({STORED}),
    STORED: frozenset({ON_LOAN, APPRAISING, TRANSFERRED}),
    ON_LOAN: frozenset({STORED}),
    # Back to STORED is what the standard calls 续存: kept on, with a new period.
    APPRAISING: frozenset({STORED, TO_DESTROY, TRANSFERRED}),
    TO_DESTROY: frozenset({APPRAISING, STORED, DESTROYED}),
    DESTROYED: frozenset(),
    TRANSFERRED: frozenset(),
}
OPEN = frozenset({COLLECTING, RETURNED})  # documents may still be put in and taken out
GONE = frozenset({DESTROYED, TRANSFERRED})
LOCKED = frozenset({ACCEPTED, PACKED, STORED, ON_LOAN, APPRAISING, TO_DESTROY}) | GONE
#: classes of secrecy (密级) from the least to the most; state secrets (绝密) have only an index here (档案法 art. 20)
INTERNAL, SECRET, CONFIDENTIAL, STATE_SECRET = "内部", "秘密", "机密", "绝密"
LEVELS = (INTERNAL, SECRET, CONFIDENTIAL, STATE_SECRET)
PERMANENT, LONG, SHORT = "Y", "C", "D"
PERIODS = {PERMANENT: "永久", LONG: "长期", SHORT: "短期"}


class VolumeRow(Base):
    __tablename__ = "volumes"
    __table_args__ = (UniqueConstraint("matter_id", "series"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(String(32))
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    series: Mapped[int] = mapped_column(default=1, server_default="1")
    matter_type: Mapped[str] = mapped_column(String(20))
    client_name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_on: Mapped[date | None] = mapped_column(Date)
    close_reason: Mapped[str] = mapped_column(String(40), default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    hard_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminders: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)
    remarks: Mapped[str] = mapped_column(Text, default="")
    cover: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str | None] = mapped_column(String(80))
    submitted_by_name: Mapped[str | None] = mapped_column(String(120))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str | None] = mapped_column(String(80))
    accepted_by_name: Mapped[str | None] = mapped_column(String(120))
    file_no: Mapped[str | None] = mapped_column(String(60), unique=True)
    retention_code: Mapped[str | None] = mapped_column(String(1))
    retention_years: Mapped[int | None]
    retention_reason: Mapped[str] = mapped_column(Text, default="")
    expires_on: Mapped[date | None] = mapped_column(Date, index=True)
    keep_until: Mapped[date | None] = mapped_column(Date)
    destroyed_on: Mapped[date | None] = mapped_column(Date)
    pieces: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    package_sha256: Mapped[str | None] = mapped_column(String(64))
    package_size: Mapped[int | None]
    packed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    location: Mapped[str] = mapped_column(String(200), default="")
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    level: Mapped[str] = mapped_column(String(4), default=INTERNAL, server_default=INTERNAL)


@dataclass(frozen=True)
class Volume:
    """One volume; ``pieces`` documents (件) on ``pages`` numbered pages; ``retention_years`` is None for permanent.

    ``cover`` holds what the cover says beside the matter's own facts (see ``set_cover``).
    """

    id: str
    matter_id: str
    lead_id: str
    series: int
    matter_type: str
    client_name: str
    title: str
    state: str
    opened_at: datetime
    closed_on: date | None
    close_reason: str
    due_at: datetime | None
    hard_due_at: datetime | None
    reminders: int
    returns: int
    remarks: str
    cover: dict[str, Any]
    submitted_at: datetime | None
    submitted_by: str | None
    submitted_by_name: str | None
    accepted_at: datetime | None
    accepted_by: str | None
    accepted_by_name: str | None
    file_no: str | None
    retention_code: str | None
    retention_years: int | None
    retention_reason: str
    expires_on: date | None
    keep_until: date | None
    destroyed_on: date | None
    pieces: int
    pages: int
    package_sha256: str | None
    package_size: int | None
    packed_at: datetime | None
    location: str
    stored_at: datetime | None
    level: str

    @property
    def retention(self) -> str:
        """The period of keeping as the cover says it: 永久, 长期（20年）, 短期（10年）."""
        if not self.retention_code:
            return ""
        name = PERIODS[self.retention_code]
        return f"{name}（{self.retention_years}年）" if self.retention_years else name


def open_volume(context: Context, *, matter_id: str, lead_id: str, matter_type: str, client_name: str, title: str) -> str:
    """Open a volume of a matter, in which its documents gather; returns the volume's id.

    A matter has one volume (一案一卷) and gets a further ``series`` for a retainer's next contract year or a retrial.
    """
    volume_slots.get_kind(matter_type)
    last = context.session.scalar(select(func.max(VolumeRow.series)).where(VolumeRow.matter_id == matter_id))
    row = VolumeRow(
        id=new_id(),
        matter_id=matter_id,
        lead_id=lead_id,
        series=(last or 0) + 1,
        matter_type=matter_type,
        client_name=client_name,
        title=title,
        state=COLLECTING,
        opened_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("volume.opened", f"volume:{row.id}", matter_id=matter_id, kind=matter_type)
    return row.id


def plan_filing(context: Context, volume_id: str, *, closed_at: datetime, close_reason: str) -> Volume:
    """Count the periods for handing in from the day of closing: the firm's target and the last day."""
    row = _get_row(context.session, volume_id)
    closed_on = closed_at.astimezone(FIRM_ZONE).date()
    row.closed_on, row.close_reason = closed_on, close_reason
    row.due_at = _end_of(closed_on + timedelta(days=int(_rule("target_days", closed_on))))
    row.hard_due_at = _end_of(_months_later(closed_on, int(_rule("hard_months", closed_on))))
    context.audit("volume.planned", f"volume:{row.id}", due_at=row.due_at.isoformat())
    return _volume(row)


def move_due(context: Context, volume_id: str, due_on: date) -> Volume:
    """Move the day of handing in; the last day stays (see ``volume_chasing.extend``)."""
    row = _get_row(context.session, volume_id)
    row.due_at = _end_of(due_on)
    context.audit("volume.extended", f"volume:{row.id}", due_at=row.due_at.isoformat())
    return _volume(row)


def count_reminder(context: Context, volume_id: str, step: int) -> None:
    """Record how many reminders went out."""
    row = _get_row(context.session, volume_id)
    row.reminders = step
    context.audit("volume.reminded", f"volume:{row.id}", step=step)


def count_contents(context: Context, volume_id: str, *, pieces: int, pages: int) -> None:
    """Record how many documents and pages the volume has after it was put in order."""
    row = _get_row(context.session, volume_id)
    row.pieces, row.pages = pieces, pages


def set_remarks(context: Context, volume_id: str, remarks: str) -> None:
    """Record the text of the remarks sheet (备考表): what is missing, damaged, moved or restricted."""
    _get_row(context.session, volume_id).remarks = remarks


def append_remark(context: Context, volume_id: str, text: str) -> None:
    """Write a later note on the remarks sheet; what stands there stays (G7)."""
    row = _get_row(context.session, volume_id)
    row.remarks = f"{row.remarks}\n{text}" if row.remarks else text
    context.audit("volume.remarked", f"volume:{row.id}", text=text)


def set_cover(context: Context, volume_id: str, cover: dict[str, Any]) -> None:
    """Record what the cover says beside the matter: cause, opponents, court, instance, case_no, result, level."""
    _get_row(context.session, volume_id).cover = cover


def submit(context: Context, volume_id: str) -> Volume:
    """The lawyer hands the volume in."""
    row = _get_row(context.session, volume_id)
    row.submitted_at, row.submitted_by = context.now, context.actor.id
    row.submitted_by_name = context.actor.name
    return _move(context, row, SUBMITTED)


def start_check(context: Context, volume_id: str) -> Volume:
    """The automatic checks passed; the archivist looks at it."""
    return _move(context, _get_row(context.session, volume_id), CHECKING)


def send_back(context: Context, volume_id: str, reason: str) -> Volume:
    """The checks or the archivist found defects; the lawyer mends them."""
    row = _get_row(context.session, volume_id)
    row.returns += 1
    return _move(context, row, RETURNED, reason=reason, returns=row.returns)


def accept(context: Context, volume_id: str) -> Volume:
    """Give the file number and lock the volume (G7); the number is taken in the transaction of the acceptance.

    Prefix (DA/T 13-2022): fonds, 业务, class, year of closing, period; gap-free per prefix, never given twice.
    """
    row = _get_row(context.session, volume_id)
    if row.retention_code is None:
        raise StateRefused(what=row.title, old=row.state, new=ACCEPTED, reason="the period of keeping is not decided")
    if not volume_checks.is_accepted(context.session, volume_id, row.submitted_at):
        raise StateRefused(what=row.title, old=row.state, new=ACCEPTED, reason="the archivist has not accepted it")
    closed_on = _closed_on(row)
    group = get_rule("retention", "file_no", context.now.astimezone(FIRM_ZONE).date()).value[row.matter_type]
    prefix = f"{read_firm()['fonds']}-YW·{group}"
    number = allocate(context, f"file_no:{prefix}-{row.retention_code}", closed_on.year)
    archive_stops.lift(context, volume_id)  # what the director ordered while it was overdue
    # From here to the move nothing is asked of the database: number and state are written at once (G6).
    row.file_no = f"{prefix}-{closed_on.year}-{row.retention_code}-{number:04d}"
    row.accepted_at, row.accepted_by, row.accepted_by_name = context.now, context.actor.id, context.actor.name
    return _move(context, row, ACCEPTED, file_no=row.file_no)


def mark_packed(context: Context, volume_id: str, *, sha256: str, size: int) -> Volume:
    """Record the archive package that was written and the digest of its manifest."""
    row = _get_row(context.session, volume_id)
    row.package_sha256, row.package_size, row.packed_at = sha256, size, context.now
    return _move(context, row, PACKED, sha256=sha256)


def store(context: Context, volume_id: str, location: str) -> Volume:
    """Record where the volume stands in the store room, or that it is kept electronically only."""
    row = _get_row(context.session, volume_id)
    row.location, row.stored_at = location, context.now
    return _move(context, row, STORED, location=location)


def move(context: Context, volume_id: str, state: str, **data: Any) -> Volume:
    """Bring a volume into its next state; raises StateRefused for a change that ``NEXT`` does not know."""
    return _move(context, _get_row(context.session, volume_id), state, **data)


def get_volume(session: Session, volume_id: str) -> Volume:
    """The volume with this id; raises NotFound."""
    return _volume(_get_row(session, volume_id))


def find_volume_by_lead(session: Session, lead_id: str) -> Volume | None:
    """The newest volume of a case file, or None before the matter is opened."""
    row = session.scalar(select(VolumeRow).where(VolumeRow.lead_id == lead_id).order_by(VolumeRow.series.desc()).limit(1))
    return _volume(row) if row else None


def list_volumes_of_lead(session: Session, lead_id: str) -> list[Volume]:
    """Every volume of a case file, the first series first."""
    rows = session.scalars(select(VolumeRow).where(VolumeRow.lead_id == lead_id).order_by(VolumeRow.series))
    return [_volume(row) for row in rows]


def list_volumes(session: Session, *, state: str | None = None) -> list[Volume]:
    """All volumes or those in a state, newest first."""
    statement = select(VolumeRow).order_by(VolumeRow.id.desc())
    if state:
        statement = statement.where(VolumeRow.state == state)
    return [_volume(row) for row in session.scalars(statement)]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels say about the volume; empty before the matter is opened."""
    volume = find_volume_by_lead(session, lead_id)
    if volume is None:
        return {}
    kind = volume_slots.get_kind(volume.matter_type)
    plain = {name: _plain(getattr(volume, name)) for name in Volume.__dataclass_fields__}
    return {"volume": {**plain, "kind": kind.title, "retention": volume.retention}}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _rule(key: str, on: date) -> Any:
    return get_rule("retention", key, on).value


def _closed_on(row: VolumeRow) -> date:
    if row.closed_on is None:
        raise StateRefused(what=row.title, old=row.state, new=row.state, reason="the matter is not closed")
    return row.closed_on


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), FIRM_ZONE)


def _months_later(day: date, months: int) -> date:
    """The corresponding day some months later, or the last day of that month (民法典 art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_after - timedelta(days=1))


def _move(context: Context, row: VolumeRow, state: str, **data: Any) -> Volume:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=state, reason="the volume is not at that point")
    row.state = state
    context.session.flush()
    context.audit(f"volume.{state.lower()}", f"volume:{row.id}", **data)
    return _volume(row)


def _get_row(session: Session, volume_id: str) -> VolumeRow:
    row = session.get(VolumeRow, volume_id)
    if row is None:
        raise NotFound(kind="volume", id=volume_id)
    return row


def _volume(row: VolumeRow) -> Volume:
    return Volume(**{name: getattr(row, name) for name in Volume.__dataclass_fields__})
