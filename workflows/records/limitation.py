"""Limitation (诉讼时效): what interrupts it, what suspends it, and when it ends.

Civil Code (民法典) art. 188, 194, 195: an interruption starts the period anew; an obstacle within the last months lets it
end so long after the obstacle is gone; the longest protection caps it all. The log is the proof, so it only grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.calendar import end_of_period
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError, StateRefused
from workflows.records import deadlines, legal_periods
from workflows.records.legal_periods import Computed, Step

KIND, LONGEST = "limitation_general", "limitation_longest"
INTERRUPTIBLE = frozenset({KIND, "labour_arbitration", "enforcement"})
SUSPENDED = "suspended"


class EventRefused(JuanzongError):
    """This cannot be entered into the limitation's log: {reason}"""


class LimitationEventRow(Base):
    __tablename__ = "limitation_events"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    deadline_id: Mapped[str] = mapped_column(ForeignKey("deadlines.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    happened_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)
    document_ids: Mapped[list[str]] = mapped_column(Json)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(String(80))


@dataclass(frozen=True)
class LimitationEvent:
    """What happened to a limitation: an interruption on a day, or an obstacle from a day to another."""

    id: str
    deadline_id: str
    kind: str
    happened_on: date
    ended_on: date | None
    note: str
    document_ids: list[str]
    entered_at: datetime
    entered_by: str


def add_event(
    context: Context,
    deadline_id: str,
    *,
    kind: str,
    happened_on: date,
    ended_on: date | None,
    note: str,
    document_ids: Sequence[str],
) -> LimitationEvent:
    """Enter an event with its proof and compute the limitation again."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    check_event(context.session, deadline, kind=kind, happened_on=happened_on, ended_on=ended_on, documents=document_ids)
    row = LimitationEventRow(
        id=new_id(),
        deadline_id=deadline_id,
        kind=kind,
        happened_on=happened_on,
        ended_on=ended_on,
        note=note,
        document_ids=list(document_ids),
        entered_at=context.now,
        entered_by=context.actor.id,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("limitation.event_entered", f"deadline:{deadline_id}", kind=kind, on=happened_on.isoformat())
    return _event(row)


def check_event(
    session: Session,
    deadline: deadlines.Deadline,
    *,
    kind: str,
    happened_on: date,
    ended_on: date | None,
    documents: Sequence[str],
) -> None:
    """Raise ``EventRefused`` for an event that has no effect, ``StateRefused`` when the deadline does not run."""
    if deadline.state != deadlines.RUNNING:
        raise StateRefused(
            what=deadline.title, old=deadline.state, new=deadline.state, reason="only a running limitation changes"
        )
    if deadline.kind not in INTERRUPTIBLE:
        raise EventRefused(reason="this deadline is neither interrupted nor suspended")
    if not documents:
        raise EventRefused(reason="without a proof it counts for nothing")
    if kind == SUSPENDED and ended_on is not None and ended_on < happened_on:
        raise EventRefused(reason="the obstacle ends before it begins")
    so_far = compute(session, deadline)
    if happened_on > so_far.due_on:
        raise EventRefused(reason="the limitation had ended by then")
    if deadline.trigger_on and happened_on < deadline.trigger_on:
        raise EventRefused(reason="the limitation had not begun by then")


def compute(session: Session, deadline: deadlines.Deadline) -> Computed:
    """When a limitation ends after everything in its log."""
    if deadline.trigger_on is None:
        raise StateRefused(what=deadline.title, old=deadline.state, new=deadline.state, reason="its first day is not known")
    harmed = str(deadline.entry.get("harmed_on") or "")[:10]
    return compute_limitation(
        deadline.kind,
        deadline.trigger_on,
        list_events(session, deadline.id),
        harmed_on=date.fromisoformat(harmed) if harmed else None,
    )


def compute_limitation(
    kind: str, known_on: date, events: Sequence[LimitationEvent], *, harmed_on: date | None = None
) -> Computed:
    """The end of a limitation: restarted by each interruption, held by obstacles, capped by the longest protection."""
    rule = legal_periods.get_kind(kind, known_on)
    amount, unit, law = rule.value["amount"], rule.value["unit"], rule.value["law"]
    steps: list[Step] = [{"step": "rule", "basis": rule.legal_basis, "kind": kind, "amount": amount, "unit": unit}]
    start = known_on
    interruptions = sorted((each for each in events if each.kind != SUSPENDED), key=lambda each: each.happened_on)
    for each in interruptions:
        basis = legal_periods.get_kind("limitation_interruption", known_on).legal_basis
        steps.append({"step": "interrupted", "basis": basis, "on": each.happened_on.isoformat(), "event": each.kind})
        start = each.happened_on
    period, counted = legal_periods.legal_period(start, amount, unit, law=law)
    steps += counted
    due, unknown = period.end, list(period.unknown)
    for obstacle in sorted((each for each in events if each.kind == SUSPENDED), key=lambda each: each.happened_on):
        held = hold(start, due, obstacle)
        if held is not None:
            due = held
            basis = legal_periods.get_kind("limitation_suspension", known_on).legal_basis
            ended = obstacle.ended_on.isoformat() if obstacle.ended_on else ""
            steps.append(
                {
                    "step": "suspended",
                    "basis": basis,
                    "from": obstacle.happened_on.isoformat(),
                    "until": ended,
                    "on": due.isoformat(),
                }
            )
    if harmed_on is not None and kind == KIND:
        longest = legal_periods.get_kind(LONGEST, known_on)
        cap = end_of_period(harmed_on, longest.value["amount"], longest.value["unit"], moves=False).end
        if cap < due:
            due = cap
            steps.append({"step": "capped", "basis": longest.legal_basis, "from": harmed_on.isoformat(), "on": cap.isoformat()})
    return legal_periods.finish(due, rule.value, steps, unknown=unknown)


def hold(start: date, due: date, obstacle: LimitationEvent) -> date | None:
    """The later end that an obstacle gives, None when it does not reach into the last months or is not over.

    While the obstacle lasts the end stays where it is: the earlier date is the safe one.
    """
    months = int(legal_periods.get_kind("limitation_suspension", due).value)
    window = end_of_period(due, -months, "month", moves=False).end
    if obstacle.ended_on is None or obstacle.happened_on > due or obstacle.ended_on < max(window, start):
        return None
    later = end_of_period(obstacle.ended_on, months, "month").end
    return later if later > due else None


def list_events(session: Session, deadline_id: str) -> list[LimitationEvent]:
    """The log of a limitation, in the order of the events."""
    rows = session.scalars(select(LimitationEventRow).where(LimitationEventRow.deadline_id == deadline_id))
    return [_event(row) for row in sorted(rows, key=lambda row: (row.happened_on, row.id))]


def _event(row: LimitationEventRow) -> LimitationEvent:
    return LimitationEvent(**{name: getattr(row, name) for name in LimitationEvent.__dataclass_fields__})
