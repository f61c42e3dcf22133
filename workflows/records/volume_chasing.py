"""Chasing overdue volumes (催办): when to remind whom, extensions of the day, and volumes past the last day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import StateRefused
from workflows.records import volumes
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import Volume

LAWYER, TEAM, PARTNER, DIRECTOR, BREACH = "lawyer", "team", "partner", "director", "breach"
ESCALATED = frozenset({PARTNER, DIRECTOR, BREACH})
#: a volume nobody waits for any more
DONE = frozenset(volumes.LOCKED)
HOUR = 9  # in the morning, when somebody reads it
WEEKS = 104  # weekly reminders are laid out two years ahead; the last one repeats nothing


class ExtensionRefused(StateRefused):
    """The day of “{what}” cannot be moved: {reason}"""


class VolumeChaseRow(Base):
    __tablename__ = "volume_chases"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), index=True)
    step: Mapped[str] = mapped_column(String(24))
    level: Mapped[str] = mapped_column(String(12))
    due_on: Mapped[date] = mapped_column(Date)
    chased_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VolumeExtensionRow(Base):
    __tablename__ = "volume_extensions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), index=True)
    old_due_on: Mapped[date] = mapped_column(Date)
    new_due_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    missing_items: Mapped[list[str]] = mapped_column(Json)
    asked_by: Mapped[str] = mapped_column(String(80))
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by: Mapped[str] = mapped_column(String(80))
    approved_by_name: Mapped[str] = mapped_column(String(120))


class VolumeBreachRow(Base):
    __tablename__ = "volume_breaches"

    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    lawyer_id: Mapped[str] = mapped_column(String(80), index=True)
    last_day: Mapped[date] = mapped_column(Date)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Step:
    """One reminder: its name, who hears of it, and when."""

    name: str
    level: str
    at: datetime


@dataclass(frozen=True)
class Extension:
    """An approved extension."""

    old_due_on: date
    new_due_on: date
    reason: str
    missing_items: list[str]
    approved_at: datetime
    approved_by_name: str


def list_steps(volume: Volume, on: date) -> list[Step]:
    """Every reminder of a volume in order of time, as the rule pack lays them out around its day."""
    if volume.due_at is None or volume.hard_due_at is None:
        return []
    due = volume.due_at.astimezone(FIRM_ZONE).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    last = volume.hard_due_at.astimezone(FIRM_ZONE).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    again, partner, director = (int(_rule(key, on)) for key in ("chase_again_days", "partner_after_days", "director_after_days"))
    steps = [Step(f"D{days:+d}" if days else "D0", LAWYER, due + timedelta(days=days)) for days in _rule("chase_days", on)]
    steps += [Step(f"W{week}", TEAM, due + timedelta(days=again * week)) for week in range(1, WEEKS + 1)]
    steps += [
        Step(f"D+{partner}", PARTNER, due + timedelta(days=partner)),
        Step(f"D+{director}", DIRECTOR, due + timedelta(days=director)),
        # The last day does not move with an extension.
        Step("HARD", BREACH, last + timedelta(days=1)),
    ]
    return sorted(steps, key=lambda step: (step.at, step.name))


def find_next(session: Session, volume: Volume, now: datetime) -> Step | None:
    """The next reminder; of several that time passed over without a word only the weightiest is made up for."""
    rows = _rows(session, volume.id)
    done = {(row.step, row.due_on) for row in rows}
    due_on = _due_on(volume)
    broken = session.get(VolumeBreachRow, volume.id) is not None
    steps = [
        step
        for step in list_steps(volume, now.astimezone(FIRM_ZONE).date())
        if (step.name, due_on) not in done and not (step.level == BREACH and broken)
    ]
    last = max((row.chased_at for row in rows), default=None)
    passed = [step for step in steps if step.at <= now and (last is None or step.at > last or step.level in ESCALATED)]
    if passed:
        # A partner's task comes before the director's even when both are due at once.
        return next((step for step in passed if step.level in ESCALATED), passed[-1])
    return next((step for step in steps if step.at > now), None)


def record_chase(context: Context, volume_id: str, step: str) -> Step:
    """Record that a reminder went out, so that it never goes out twice for the same day."""
    volume = volumes.get_volume(context.session, volume_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    found = next(each for each in list_steps(volume, today) if each.name == step)
    context.session.add(
        VolumeChaseRow(
            id=new_id(),
            volume_id=volume_id,
            step=step,
            level=found.level,
            due_on=_due_on(volume),
            chased_at=context.now,
        )
    )
    context.session.flush()
    volumes.count_reminder(context, volume_id, len(_rows(context.session, volume_id)))
    return found


def count_chases(session: Session, volume_id: str) -> int:
    """How many reminders went out for a volume."""
    return len(_rows(session, volume_id))


def check_extension(session: Session, volume: Volume, new_due_on: date, now: datetime) -> None:
    """Raise ExtensionRefused when the day may not be moved so."""
    today = now.astimezone(FIRM_ZONE).date()
    days, most = int(_rule("extension_days", today)), int(_rule("extensions_most", today))
    old = _due_on(volume)
    assert volume.hard_due_at is not None
    problem = ""
    if volume.state in DONE:
        problem = "the volume is in the archive"
    elif len(list_extensions(session, volume.id)) >= most:
        problem = "it was moved as often as it may be"
    elif not old < new_due_on <= max(old, today) + timedelta(days=days):
        problem = "by so many days it is too long, or not longer at all"
    elif new_due_on > volume.hard_due_at.astimezone(FIRM_ZONE).date():
        problem = "not beyond the last day"
    if problem:
        raise ExtensionRefused(what=volume.title, old=old.isoformat(), new=new_due_on.isoformat(), reason=problem)


def extend(
    context: Context, volume_id: str, *, new_due_on: date, reason: str, missing_items: Sequence[str], asked_by: str
) -> Volume:
    """Move the day of handing in, approved by the acting person; raises ExtensionRefused."""
    volume = volumes.get_volume(context.session, volume_id)
    check_extension(context.session, volume, new_due_on, context.now)
    if context.actor.id == asked_by:
        raise ExtensionRefused(
            what=volume.title, old="", new=new_due_on.isoformat(), reason="who asks for it does not approve it"
        )
    context.session.add(
        VolumeExtensionRow(
            id=new_id(),
            volume_id=volume_id,
            old_due_on=_due_on(volume),
            new_due_on=new_due_on,
            reason=reason,
            missing_items=list(missing_items),
            asked_by=asked_by,
            approved_at=context.now,
            approved_by=context.actor.id,
            approved_by_name=context.actor.name,
        )
    )
    context.session.flush()
    return volumes.move_due(context, volume_id, new_due_on)


def list_extensions(session: Session, volume_id: str) -> list[Extension]:
    """The extensions of a volume, oldest first."""
    query = select(VolumeExtensionRow).where(VolumeExtensionRow.volume_id == volume_id).order_by(VolumeExtensionRow.id)
    names = Extension.__dataclass_fields__
    return [Extension(**{name: getattr(row, name) for name in names}) for row in session.scalars(query)]


def enter_breach(context: Context, volume_id: str, lawyer_id: str) -> bool:
    """Enter a volume that was not handed in by the last day; False when it is entered already."""
    if context.session.get(VolumeBreachRow, volume_id) is not None:
        return False
    volume = volumes.get_volume(context.session, volume_id)
    assert volume.hard_due_at is not None
    last_day = volume.hard_due_at.astimezone(FIRM_ZONE).date()
    context.session.add(VolumeBreachRow(volume_id=volume_id, lawyer_id=lawyer_id, last_day=last_day, entered_at=context.now))
    context.session.flush()
    context.audit("volume.breach", f"volume:{volume_id}", last_day=last_day.isoformat(), lawyer=lawyer_id)
    return True


def list_breaches(session: Session) -> list[tuple[Volume, str, date]]:
    """The volumes past their last day that are still not in the archive: volume, lawyer's id, last day."""
    rows = session.scalars(select(VolumeBreachRow).order_by(VolumeBreachRow.last_day))
    found = [(volumes.get_volume(session, row.volume_id), row.lawyer_id, row.last_day) for row in rows]
    return [entry for entry in found if entry[0].state not in DONE]


def count_overdue(session: Session, now: datetime) -> int:
    """How many volumes are past their day."""
    rows = volumes.VolumeRow
    query = select(func.count()).select_from(rows).where(rows.due_at < now, rows.state.not_in(DONE))
    return int(session.scalar(query) or 0)


def _rows(session: Session, volume_id: str) -> list[VolumeChaseRow]:
    return list(session.scalars(select(VolumeChaseRow).where(VolumeChaseRow.volume_id == volume_id)))


def _due_on(volume: Volume) -> date:
    assert volume.due_at is not None
    return volume.due_at.astimezone(FIRM_ZONE).date()


def _rule(key: str, on: date) -> Any:
    return get_rule("retention", key, on).value
