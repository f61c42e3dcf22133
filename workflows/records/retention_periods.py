"""Periods of keeping (保管期限): set by decision D6 and the floors, made longer, renewed after an appraisal, marked.

Years count from 1 January after the year of closing, so the last day is a 31 December. A period is made shorter only by the
director's decision on a review (``retention_reviews``); everything else only makes it longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import retention_floors, retention_packs, volumes
from workflows.records.volumes import LONG, PERIODS, PERMANENT, SHORT, Volume, VolumeRow

LENGTH: Mapping[str, int] = {SHORT: 0, LONG: 1, PERMANENT: 2}
FOREVER = date.max


class RetentionMarkRow(Base):
    __tablename__ = "retention_marks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(String(32), index=True)
    list_no: Mapped[str] = mapped_column(String(40))
    until: Mapped[date | None] = mapped_column(Date)
    text: Mapped[str] = mapped_column(Text)
    marked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    marked_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class RetentionMark:
    """The mark on cover and remarks sheet of a volume that an appraisal kept (档案法实施条例 art. 24); until None: for good."""

    id: str
    volume_id: str
    list_no: str
    until: date | None
    text: str
    marked_at: datetime
    marked_by_name: str


def set_period(context: Context, volume_id: str, *, code: str, years: int, reason: str) -> Volume:
    """Record how long a volume is kept: the longer of the decision and the longest floor.

    ``code`` is Y permanent, C long or D short; ``years`` is 0 for permanent.
    """
    row = _get_row(context.session, volume_id)
    if code not in PERIODS:
        raise NotFound(kind="retention period", id=code)
    volume = volumes.get_volume(context.session, volume_id)
    closed_on = closing_day(volume)
    floor = retention_floors.longest(context.session, volume)
    row.keep_until = floor.until if floor else None
    if floor and code != PERMANENT and floor.until.year - closed_on.year > years:
        years = floor.until.year - closed_on.year
        code = LONG if years >= _long_years(context.session, closed_on) else code
        reason = f"{reason}；{floor.sentence}"
    row.retention_code, row.retention_reason = code, reason
    row.retention_years = None if code == PERMANENT else years
    row.expires_on = None if code == PERMANENT else date(closed_on.year + years, 12, 31)
    context.session.flush()
    context.audit("volume.retention_set", f"volume:{row.id}", code=code, years=years)
    return volumes.get_volume(context.session, volume_id)


def is_longer(volume: Volume, code: str) -> bool:
    """Whether a period is longer than the one the volume has."""
    return LENGTH[code] > LENGTH[volume.retention_code or SHORT]


def lengthen(context: Context, volume_id: str, *, code: str, reason: str) -> Volume:
    """Keep a volume longer than the decision table says, with a reason; a shorter period is refused."""
    volume = volumes.get_volume(context.session, volume_id)
    if not is_longer(volume, code):
        raise StateRefused(what=volume.title, old=volume.retention_code, new=code, reason="the period may only be longer")
    years = 0 if code == PERMANENT else _long_years(context.session, closing_day(volume))
    said = f"{volume.retention_reason}；立卷人延长：{reason}"
    return set_period(context, volume_id, code=code, years=years, reason=said)


def follow_floors(context: Context, volume_id: str) -> Volume:
    """Make the period as long as the floors have become meanwhile (a complaint, an agreement); never shorter."""
    volume = volumes.get_volume(context.session, volume_id)
    floor = retention_floors.longest(context.session, volume)
    if volume.retention_code in (None, PERMANENT) or floor is None or volume.expires_on is None:
        return volume
    row = _get_row(context.session, volume_id)
    row.keep_until = max(floor.until, row.keep_until or floor.until)
    if floor.until > volume.expires_on:
        row.expires_on = floor.until
        row.retention_years = floor.until.year - closing_day(volume).year
        row.retention_reason = f"{volume.retention_reason}；{floor.sentence}"
        context.audit("volume.retention_set", f"volume:{row.id}", code=row.retention_code, years=row.retention_years)
    context.session.flush()
    return volumes.get_volume(context.session, volume_id)


def renew(context: Context, volume_id: str, *, years: int | None, reason: str, list_no: str) -> Volume:
    """Keep a volume on after its appraisal (续存) some years from now, or for good (None), and mark it."""
    volume, row = volumes.get_volume(context.session, volume_id), _get_row(context.session, volume_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    until = date(max(today, volume.expires_on or today).year + years, 12, 31) if years else None
    row.expires_on = until
    row.retention_years = until.year - closing_day(volume).year if until else None
    if until is None:
        row.retention_code = PERMANENT
    said = f"续存{years}年，至{until.isoformat()}" if until else "永久保管"
    text = f"经{list_no}号鉴定，{said}。{reason}"
    row.retention_reason = f"{volume.retention_reason}；{text}"
    mark = RetentionMarkRow(
        id=new_id(),
        volume_id=volume_id,
        list_no=list_no,
        until=until,
        text=text,
        marked_at=context.now,
        marked_by_name=context.actor.name,
    )
    context.session.add(mark)
    context.session.flush()
    context.audit("volume.retention_renewed", f"volume:{volume_id}", list_no=list_no, years=years or 0, reason=reason)
    return volumes.get_volume(context.session, volume_id)


def list_marks(session: Session, volume_id: str) -> list[RetentionMark]:
    """The marks of a volume, oldest first."""
    rows = session.scalars(select(RetentionMarkRow).where(RetentionMarkRow.volume_id == volume_id).order_by(RetentionMarkRow.id))
    return [RetentionMark(**{name: getattr(row, name) for name in RetentionMark.__dataclass_fields__}) for row in rows]


def locked_until(session: Session, lead_id: str) -> date | None:
    """Until when what a case file holds may not be deleted on request (个人信息保护法 art. 47: ``RETENTION_LOCKED``).

    None: nothing keeps it. ``date.max``: kept for good, or no end is known yet because the volume is still being made.
    """
    days = [_lock_of(session, volume) for volume in volumes.list_volumes_of_lead(session, lead_id)]
    return max((day for day in days if day is not None), default=None)


def closing_day(volume: Volume) -> date:
    """The day from which periods count; raises StateRefused before the matter is closed."""
    if volume.closed_on is None:
        raise StateRefused(what=volume.title, old=volume.state, new=volume.state, reason="the matter is not closed")
    return volume.closed_on


def _lock_of(session: Session, volume: Volume) -> date | None:
    if volume.state in volumes.GONE:
        return None
    if volume.expires_on is None:
        return FOREVER
    floor = retention_floors.longest(session, volume)
    return max(volume.expires_on, floor.until) if floor else volume.expires_on


def _long_years(session: Session, on: date) -> int:
    return int(retention_packs.threshold(retention_packs.pack_in_force(session), "long_years", on))


def _get_row(session: Session, volume_id: str) -> VolumeRow:
    row = session.get(VolumeRow, volume_id)
    if row is None:
        raise NotFound(kind="volume", id=volume_id)
    return row
