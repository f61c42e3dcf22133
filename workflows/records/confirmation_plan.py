"""When a client is reminded of a confirmation, called, and the partner told: the plan of rule pack ``client_service``.

Without a legal deadline the plan counts working days. A deadline of the act presses it together: the client's answer is due
some working days before the deadline at the latest, and every step keeps its share of the time that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from workflows.records.rule_packs import get_rule


@dataclass(frozen=True)
class Plan:
    """The moments of one sending; ``due`` is what the client reads, ``pressed`` whether a deadline shortened the plan."""

    reminders: tuple[datetime, datetime]
    call: datetime
    due: datetime
    partner: datetime
    pressed: bool


def make_plan(now: datetime, legal_deadline: date | None) -> Plan:
    """The plan of a confirmation that is sent now."""
    today = now.astimezone(FIRM_ZONE).date()
    steps = get_rule("client_service", "confirm_plan", today).value
    days = int(get_rule("client_service", "confirm_sign", today).value)
    partner, due = add_working_days(now, steps["partner"]), add_working_days(now, days)
    last = last_moment(now, legal_deadline) if legal_deadline else partner
    if last >= partner:
        first, second = (add_working_days(now, day) for day in steps["reminders"])
        return Plan((first, second), add_working_days(now, steps["call"]), due, partner, pressed=False)
    part = (last - now) / steps["partner"]
    first, second = (now + part * day for day in steps["reminders"])
    return Plan((first, second), now + part * steps["call"], min(due, last), last, pressed=True)


def last_moment(now: datetime, legal_deadline: date) -> datetime:
    """The latest moment at which an answer still helps: the margin before the deadline, or half of what is left."""
    margin = int(get_rule("client_service", "confirm_legal_margin", now.astimezone(FIRM_ZONE).date()).value)
    end = datetime.combine(legal_deadline + timedelta(days=1), time(), FIRM_ZONE)
    before = datetime.combine(add_working_days(legal_deadline, -margin), time(18), FIRM_ZONE)
    return before if before > now else now + (end - now) / 2
