"""Timers that ask the injected clock: ISO 8601 dates, durations and cycles, cron, and working days.

A timer's due moment is computed once, when the token arrives, and kept in the task's internal data as ISO 8601 text.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from croniter import croniter
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.util.task import TaskState

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from engine.errors import ScriptFailed

WORKING_DAYS = re.compile(r"(\d{1,4})\s*WD", re.IGNORECASE)
SHORT = re.compile(r"(\d{1,5})\s*(d|h|m)")
CRON = re.compile(r"[\d*]\S*(\s+[\dA-Za-z*/,\-#]+){4}")
LITERAL = re.compile(rf"P[\dYMWDTHS.,]+|R\d*/.+|\d{{4}}-\d\d-\d\d([T ].+)?|\d{{1,4}}\s*WD|\d{{1,5}}\s*[dhm]|{CRON.pattern}")
ISO_SPAN = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,7}(?:[.,]\d+)?)H)?(?:(\d{1,8}(?:[.,]\d+)?)M)?(?:(\d{1,9}(?:[.,]\d+)?)S)?)?",
    re.IGNORECASE,
)
LONGEST = timedelta(days=36_600)
MISSED = 100  # so many missed moments of a cycle are caught up with after the clock has jumped; the rest are left out
PLAN = "plan:"  # the key in a task's internal data, followed by the timer's name
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True)
class Plan:
    """When a timer fires: first at ``due``; then again while ``left`` is not 0 (-1: for ever)."""

    due: datetime
    left: int
    again: str


def read_moment(text: str) -> datetime:
    """A moment from ISO 8601 text; a naive one is the firm's time. Raises ``ValueError``."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=FIRM_ZONE) if moment.tzinfo is None else moment


def after(text: str, start: datetime) -> datetime:
    """The moment a span after a start: ``3 WD``, ``4 h``, ``P2D``, cron or a date. Raises ``ValueError``."""
    text = text.strip()
    if found := WORKING_DAYS.fullmatch(text):
        return add_working_days(start, int(found[1]))
    if found := SHORT.fullmatch(text):
        return start + timedelta(**{UNITS[found[2]]: int(found[1])})
    if text.upper().startswith("P"):
        return after_iso_span(text, start)
    if CRON.fullmatch(text):
        found_next: datetime = croniter(text, start.astimezone(FIRM_ZONE)).get_next(datetime)
        return found_next
    return read_moment(text)


def after_iso_span(text: str, start: datetime) -> datetime:
    """The moment an ISO 8601 duration after a start; the 31st plus a month is the last day. Raises ``ValueError``."""
    found = ISO_SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no duration")
    years, months, weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    local = start.astimezone(FIRM_ZONE)
    year, month = divmod(local.year * 12 + local.month - 1 + int(years) * 12 + int(months), 12)
    if span > LONGEST or year > local.year + 100:
        raise ValueError("at most a hundred years")
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(start.tzinfo) + span


def plan(text: str, start: datetime, *, cycle: bool) -> Plan:
    """How a timer's text runs from a start. Raises ``ValueError`` for text that is no timer."""
    text = text.strip()
    left, again = (-1 if cycle else 1), text
    if found := re.fullmatch(r"R(\d{0,6})/(.+)", text, re.IGNORECASE):
        left, (first, *rest) = int(found[1] or -1), found[2].split("/")
        again = rest[0] if rest else first
        due = read_moment(first) if len(rest) == 1 else after(first, start)
        if len(rest) > 1:
            raise ValueError("R/start/duration or R/duration is meant")
    else:
        due = after(text, start)
    if left not in {0, 1} and after(again, due) <= due:
        if found:
            raise ValueError("it would repeat without any time passing")
        left = 1  # a date comes once
    return Plan(due, left, again)


def timer_text(definition: Any, task: Any) -> str:
    """A timer's text: bare or quoted literal as it stands, anything else evaluated over the task's data."""
    expression = (definition.expression or "").strip()
    if LITERAL.fullmatch(expression):
        return str(expression)
    value = task.workflow.script_engine.evaluate(task, expression)
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise ScriptFailed(expression=expression, reason="a timer must give text or a moment")
    return value


def ensure_plan(definition: Any, task: Any, *, cycle: bool) -> dict[str, Any]:
    """The plan kept in the task, made now when it is missing."""
    key = f"{PLAN}{definition.name}"
    kept: dict[str, Any] | None = task.internal_data.get(key)
    if kept is None:
        text = timer_text(definition, task)
        try:
            made = plan(text, task.workflow.script_engine.now, cycle=cycle)
        except (ValueError, OverflowError) as error:
            raise ScriptFailed(expression=text, reason=f"this is no timer ({error})") from None
        kept = {"due": made.due.isoformat(), "left": made.left, "again": made.again}
        if WORKING_DAYS.fullmatch(text.strip()):
            kept["since"] = task.workflow.script_engine.now.isoformat()  # to count again when the holidays change
        task.internal_data[key] = kept
    return kept


def count_again(task: Any) -> bool:
    """Count a waiting task's working days again by today's holiday table; whether its moment moved."""
    moved = False
    for key, kept in task.internal_data.items():
        if key.startswith(PLAN) and "since" in kept:
            due = after(kept["again"], datetime.fromisoformat(kept["since"])).isoformat()
            moved, kept["due"] = moved or due != kept["due"], due
    return moved


class OneTime:
    """A date or duration: fires once."""

    def has_fired(self, task: Any) -> bool:
        kept = ensure_plan(self, task, cycle=False)
        return bool(datetime.fromisoformat(kept["due"]) <= task.workflow.script_engine.now)

    def reset(self, task: Any) -> None:
        task.internal_data.pop(f"{PLAN}{self.name}", None)  # type: ignore[attr-defined]  # the timer class has a name


class DateTimer(OneTime, TimeDateEventDefinition):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """A ``timeDate`` on the injected clock."""


class DurationTimer(OneTime, DurationTimerEventDefinition):  # type: ignore[misc]
    """A ``timeDuration`` on the injected clock."""


class CycleTimer(CycleTimerEventDefinition):  # type: ignore[misc]
    """A ``timeCycle`` on the injected clock: each due moment starts its outgoing flow once more."""

    def cycle_complete(self, task: Any) -> bool:
        kept = ensure_plan(self, task, cycle=True)
        if kept["left"] == 0:
            task.internal_data["event_fired"] = True
            return False
        due = datetime.fromisoformat(kept["due"])
        if due > task.workflow.script_engine.now:
            return False
        kept["left"] -= 1 if kept["left"] > 0 else 0
        kept["due"] = after(kept["again"], due).isoformat()
        return True

    def update_task(self, task: Any) -> None:
        """Let every due moment out, several when the clock has jumped, but not without end."""
        for _ in range(MISSED):
            if not self.cycle_complete(task):
                return
            for output in [each for each in task.task_spec.outputs if not isinstance(each, BoundaryEventJoin)]:
                child = task._add_child(output, TaskState.FUTURE)
                child.task_spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
                child.task_spec._update(child)
        self.leave_out(task)

    def leave_out(self, task: Any) -> None:
        """Let what is still due go by."""
        kept, now = ensure_plan(self, task, cycle=True), task.workflow.script_engine.now
        if kept["left"] != 0 and datetime.fromisoformat(kept["due"]) <= now:
            kept["due"] = after(kept["again"], now).isoformat()


def replacement(definition: TimerEventDefinition) -> TimerEventDefinition:
    """Our timer for one of SpiffWorkflow's."""
    kinds = (
        (CycleTimerEventDefinition, CycleTimer),
        (DurationTimerEventDefinition, DurationTimer),
        (TimeDateEventDefinition, DateTimer),
    )
    for theirs, ours in kinds:
        if isinstance(definition, theirs) and not isinstance(definition, ours):
            return ours(definition.name, definition.expression, description=definition.description)
    return definition


def next_due(task: Any) -> datetime | None:
    """When a waiting task's timers are due next, None when it has none."""
    plans = [kept for key, kept in task.internal_data.items() if key.startswith(PLAN) and kept["left"] != 0]
    return min((datetime.fromisoformat(kept["due"]) for kept in plans), default=None)
