"""Watching a deadline: when the next warning falls due, what it is, and who acknowledged it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.calendar import add_working_hours
from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records.deadlines import RUNNING, Deadline, deadline_of, get_row
from workflows.records.legal_periods import get_figure

WARNING, INTERNAL, ALARM, LAPSE = "warning", "internal", "alarm", "lapse"
ANSWERS = ("on_track", "need_help", "done")


class WarningRow(Base):
    __tablename__ = "deadline_warnings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    deadline_id: Mapped[str] = mapped_column(ForeignKey("deadlines.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    days_left: Mapped[int]
    warned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(String(80))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class DeadlineWarning:
    """One warning and the answer to it; ``answer`` is None while nobody has acknowledged it."""

    id: str
    deadline_id: str
    kind: str
    days_left: int
    warned_at: datetime
    answer: str | None
    note: str
    answered_by: str | None
    answered_at: datetime | None


def list_moments(deadline: Deadline) -> list[tuple[datetime, str]]:
    """Every moment at which something happens, in order: warnings, the firm's own day, the last noon, the end."""
    if deadline.due_on is None or deadline.due_at is None or deadline.internal_on is None:
        return []
    day = deadline.due_on
    opens, noon = (time.fromisoformat(get_figure(key, day)) for key in ("warn_at", "last_day_alarm"))
    found = {_at(day - timedelta(days=int(n)), opens): WARNING for n in get_figure("warn_days", day)}
    found[_at(deadline.internal_on, opens)] = INTERNAL
    found[_at(day, noon)] = ALARM
    found = {moment: kind for moment, kind in found.items() if moment < deadline.due_at}
    found[deadline.due_at] = LAPSE
    return sorted(found.items())


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, FIRM_ZONE)


def next_moment(deadline: Deadline) -> tuple[datetime, str] | None:
    """What happens next to a running deadline; None when nothing more does."""
    if deadline.state != RUNNING:
        return None
    since = deadline.watched_until or deadline.reviewed_at or deadline.created_at
    coming = [(moment, kind) for moment, kind in list_moments(deadline) if moment > since or kind == LAPSE]
    return coming[0] if coming else None


def next_warning_on(deadline: Deadline) -> date | None:
    """The day of the next warning, for lists."""
    found = next_moment(deadline)
    return found[0].astimezone(FIRM_ZONE).date() if found else None


def internal_moment(deadline: Deadline, now: datetime) -> datetime:
    """When the firm wants a deadline done: the close of the firm's own day; the end itself when that day has passed."""
    assert deadline.internal_on is not None
    assert deadline.due_at is not None
    closes = time.fromisoformat(get_figure("office_hours", deadline.internal_on)[1])
    wanted = _at(deadline.internal_on, closes)
    return min(wanted, deadline.due_at) if wanted > now else deadline.due_at


def pass_moment(context: Context, deadline_id: str) -> str | None:
    """Pass every moment that has come; returns the weightiest kind of them, None when none had come yet."""
    row = get_row(context.session, deadline_id)
    since = row.watched_until or row.reviewed_at or row.created_at
    passed = [(moment, kind) for moment, kind in list_moments(deadline_of(row)) if moment <= context.now]
    come = [kind for moment, kind in passed if moment > since or kind == LAPSE]
    row.watched_until = context.now
    context.session.flush()
    order = (WARNING, INTERNAL, ALARM, LAPSE)
    return max(come, key=order.index) if come else None


def record_warning(context: Context, deadline_id: str, kind: str) -> DeadlineWarning:
    """A warning that somebody has to acknowledge."""
    row = get_row(context.session, deadline_id)
    if row.state != RUNNING or row.due_on is None:
        raise StateRefused(what=row.title, old=row.state, new=row.state, reason="only a running deadline is warned of")
    today = context.now.astimezone(FIRM_ZONE).date()
    warning = WarningRow(
        id=new_id(), deadline_id=deadline_id, kind=kind, days_left=(row.due_on - today).days, warned_at=context.now, note=""
    )
    context.session.add(warning)
    context.session.flush()
    context.audit("deadline.warned", f"deadline:{deadline_id}", kind=kind, days_left=warning.days_left)
    return _warning(warning)


def answer_warning(context: Context, warning_id: str, *, answer: str, note: str) -> DeadlineWarning:
    """Somebody's word on a warning; the first one counts."""
    row = context.session.get(WarningRow, warning_id)
    if row is None:
        raise NotFound(kind="warning", id=warning_id)
    if row.answer is not None:
        raise StateRefused(what="warning", old=row.answer, new=answer, reason="the warning was acknowledged before")
    row.answer, row.note, row.answered_by, row.answered_at = answer, note, context.actor.id, context.now
    context.session.flush()
    context.audit("deadline.acknowledged", f"deadline:{row.deadline_id}", answer=answer)
    return _warning(row)


def acknowledge_by(now: datetime) -> datetime:
    """When an acknowledgement is overdue: so many office hours from now."""
    day = now.astimezone(FIRM_ZONE).date()
    opens, closes = (time.fromisoformat(each) for each in get_figure("office_hours", day))
    return add_working_hours(now, float(get_figure("acknowledge_hours", day)), opens=opens, closes=closes)


def list_warnings(session: Session, deadline_id: str) -> list[DeadlineWarning]:
    """The warnings of a deadline, oldest first."""
    rows = session.scalars(select(WarningRow).where(WarningRow.deadline_id == deadline_id).order_by(WarningRow.id))
    return [_warning(row) for row in rows]


def _warning(row: WarningRow) -> DeadlineWarning:
    return DeadlineWarning(**{name: getattr(row, name) for name in DeadlineWarning.__dataclass_fields__})
