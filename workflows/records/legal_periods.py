"""Legal periods (期间): when a statutory or set deadline ends, and each step that leads to the day with its basis.

The figures stand in the rule pack ``deadlines``; the counting of days in ``engine.calendar``. A step is small JSON: ``step``
says what was done, ``basis`` why; pages put it into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.calendar import Period, add_working_days, end_of_hours, end_of_period, is_working_day, missing_years
from engine.clock import FIRM_ZONE
from engine.errors import JuanzongError, NotFound
from workflows.records.rule_packs import Rule, get_rule, list_rules

PACK = "deadlines"
Step = dict[str, Any]


class PeriodRefused(JuanzongError):
    """This period cannot be counted so: {reason}"""


@dataclass(frozen=True)
class Computed:
    """When a deadline ends: the day, the exact moment, the firm's own earlier day, and the steps that lead there."""

    due_on: date
    due_at: datetime
    internal_on: date
    steps: list[Step]
    unknown_years: list[int] = field(default_factory=list)


def get_kind(key: str, on: date) -> Rule:
    """The rule of a kind of deadline as it was on a day; before its first version that first one counts."""
    try:
        return get_rule(PACK, key, on)
    except NotFound:
        found = [rule for rule in list_rules(PACK) if rule.key == key]
        if not found:
            raise
        return min(found, key=lambda rule: rule.effective_from)


def list_kinds() -> list[Rule]:
    """The kinds of deadline that somebody may enter, as they are now, in the order of the pack."""
    found = {rule.key: rule for rule in list_rules(PACK) if isinstance(rule.value, dict) and "amount" in rule.value}
    return [rule for rule in found.values() if "name" in rule.value and rule.value.get("offered", True)]


def get_figure(key: str, on: date) -> Any:
    """One of the firm's own figures around a deadline."""
    return get_rule(PACK, key, on).value


def legal_period(
    start: date, amount: int, unit: str, *, law: str = "civil_procedure", moves: bool = True
) -> tuple[Period, list[Step]]:
    """The end of a period and the steps: start day out, month end, the free days that the last day moves over."""
    basis = get_kind(f"period_{law}", start).value
    period = end_of_period(start, amount, unit, moves=moves)
    steps: list[Step] = [
        {"step": "start_out", "basis": basis["start"], "on": start.isoformat(), "first": period.first.isoformat()},
        {"step": "counted", "basis": "", "amount": amount, "unit": unit, "on": period.reached.isoformat()},
    ]
    if period.month_end:
        steps.append({"step": "month_end", "basis": basis["month"], "on": period.reached.isoformat()})
    steps += _last_day(period, basis["last_day"], moves=moves)
    return period, steps


def _last_day(period: Period, basis: str, *, moves: bool) -> list[Step]:
    """What became of the last day."""
    steps: list[Step] = []
    if not moves:
        return [{"step": "unmoved", "basis": basis, "on": period.end.isoformat()}]
    if period.passed:
        days = [{"on": day.isoformat(), "holiday": name or ""} for day, name in period.passed]
        steps.append({"step": "moved", "basis": basis, "days": days, "on": period.end.isoformat()})
    elif not period.unknown:
        steps.append({"step": "working", "basis": basis, "on": period.end.isoformat()})
    if period.unknown:
        steps.append({"step": "unknown_year", "basis": "", "years": list(period.unknown), "on": period.end.isoformat()})
    return steps


def compute(kind: str, trigger_on: date, *, trigger_at: time | None = None, court_days: int | None = None) -> Computed:
    """When a deadline of a kind ends; ``court_days`` are what the court set, where it may. Raises ``PeriodRefused``."""
    rule = get_kind(kind, trigger_on)
    value: Mapping[str, Any] = rule.value
    steps: list[Step] = [
        {"step": "rule", "basis": rule.legal_basis, "kind": kind, "amount": value["amount"], "unit": value["unit"]}
    ]
    amount = value["amount"]
    if court_days is not None:
        amount = check_court_days(value, court_days)
        steps.append({"step": "court_days", "basis": rule.legal_basis, "amount": amount, "least": value["amount"]})
    if value["unit"] == "hour":
        period = end_of_hours(datetime.combine(trigger_on, trigger_at or time(0), FIRM_ZONE), amount)
        steps.append({"step": "hours", "basis": get_kind(f"period_{value['law']}", trigger_on).value["start"], "amount": amount})
        return finish(period.end, value, steps, at=period.at)
    if value.get("back"):
        due = add_working_days(trigger_on, -amount)
        steps.append(
            {"step": "back", "basis": rule.legal_basis, "amount": amount, "from": trigger_on.isoformat(), "on": due.isoformat()}
        )
        return finish(due, value, steps, unknown=missing_years(due, trigger_on))
    if not amount:
        steps.append({"step": "given", "basis": rule.legal_basis, "on": trigger_on.isoformat()})
        return finish(trigger_on, value, steps)
    period, counted = legal_period(trigger_on, amount, value["unit"], law=value["law"], moves=value.get("moves", True))
    steps += counted
    if value.get("moves", True):
        posting = get_kind(f"period_{value['law']}", trigger_on).value["posting"]
        steps.append({"step": "posting", "basis": posting})
    return finish(period.end, value, steps, unknown=list(period.unknown))


def check_court_days(value: Mapping[str, Any], days: int) -> int:
    """The days that a court set, where the law lets it. Raises ``PeriodRefused``."""
    if value.get("court") == "other":
        return days
    if value.get("court") != "least":
        raise PeriodRefused(reason="the law sets this period; no court may change it")
    if days < value["amount"]:
        raise PeriodRefused(reason=f"the court must leave at least {value['amount']} days")
    return days


def finish(
    due_on: date, value: Mapping[str, Any], steps: list[Step], *, at: datetime | None = None, unknown: list[int] | None = None
) -> Computed:
    """The computed end with the firm's own earlier day."""
    if value.get("fixed"):
        steps.append({"step": "fixed", "basis": ""})
    internal = due_on if value.get("back") else lead_before(due_on, value.get("lead") or get_figure("internal_lead", due_on))
    lead = value.get("lead") or get_figure("internal_lead", due_on)
    if not value.get("back"):
        steps.append(
            {"step": "internal", "basis": "", "amount": lead["amount"], "unit": lead["unit"], "on": internal.isoformat()}
        )
    return Computed(due_on, at or end_of_day(due_on), internal, steps, unknown or [])


def lead_before(due_on: date, lead: Mapping[str, Any]) -> date:
    """The working day so long before another one, or the one before it."""
    if lead["unit"] == "working_day":
        return add_working_days(due_on, -int(lead["amount"]))
    day = due_on - timedelta(days=int(lead["amount"]))
    return day if is_working_day(day) else add_working_days(day, -1)


def end_of_day(day: date) -> datetime:
    """24:00 of a day in the firm's place: a period of days runs until then."""
    return datetime.combine(day + timedelta(days=1), time(0), FIRM_ZONE)
