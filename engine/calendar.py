"""Working days of the Chinese calendar: weekends and holidays off, make-up days (调休) on.

Holidays come from chinesecalendar, which is issued each year after the State Council's notice; a table that the firm
installs for a year stands in its place. A year that neither knows counts weekends only; ``missing_years`` names such years
so that a person can be warned. ``end_of_period`` counts a period of hours, days, months or years.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

import chinese_calendar
from chinese_calendar.constants import holidays

from engine.clock import FIRM_ZONE

KNOWN_YEARS = frozenset(day.year for day in holidays)


#: year → day → the holiday's name; None is a make-up day, on which offices work
Tables = Mapping[int, Mapping[date, str | None]]
_installed: dict[str, Tables] = {"firm": {}}
_tried: ContextVar[Tables | None] = ContextVar("tried", default=None)


def install(tables: Tables) -> None:
    """Let the firm's own tables stand in place of the library's; one process serves one firm."""
    _installed["firm"] = {year: dict(days) for year, days in tables.items()}


@contextmanager
def using(tables: Tables) -> Iterator[None]:
    """Count with other tables for a while, here only: to see what a new one would move."""
    token = _tried.set(tables)
    try:
        yield
    finally:
        _tried.reset(token)


def _table(year: int) -> Mapping[date, str | None] | None:
    tried = _tried.get()
    return (_installed["firm"] if tried is None else tried).get(year)


def is_known(year: int) -> bool:
    """Whether there is a holiday table for a year."""
    return year in KNOWN_YEARS or _table(year) is not None


def missing_years(first: date, last: date) -> list[int]:
    """The years of a span for which there is no holiday table."""
    return [year for year in range(first.year, last.year + 1) if not is_known(year)]


def is_working_day(day: date) -> bool:
    """Whether offices work on a day (make-up Saturdays and Sundays do)."""
    table = _table(day.year)
    if table is not None:
        return table[day] is None if day in table else day.weekday() < 5
    if day.year not in KNOWN_YEARS:
        return day.weekday() < 5
    return bool(chinese_calendar.is_workday(day))


def holiday_name(day: date) -> str | None:
    """The Chinese name of the holiday that a free day belongs to, None on ordinary days and weekends."""
    table = _table(day.year)
    if table is not None:
        return table.get(day)
    if day.year not in KNOWN_YEARS:
        return None
    free, name = chinese_calendar.get_holiday_detail(day)
    if not free or not name:
        return None
    return str(chinese_calendar.Holiday(name).chinese)


def is_holiday(day: date) -> bool:
    """Whether a day is off because of a public holiday, not merely a weekend."""
    return holiday_name(day) is not None


Day = TypeVar("Day", date, datetime)


def add_working_days(start: Day, days: int) -> Day:
    """The n-th working day after a day, or the same hour on it after a moment; the start is not counted.

    A moment must know its zone: the day counted from is the day in Asia/Shanghai, the answer is in the zone given.
    """
    if isinstance(start, datetime):
        local = start.astimezone(FIRM_ZONE)
        return datetime.combine(_count(local.date(), days), local.timetz()).astimezone(start.tzinfo)
    return _count(start, days)


def _count(day: date, days: int) -> date:
    step = timedelta(days=1 if days >= 0 else -1)
    left = abs(days)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(first: date, last: date) -> int:
    """How many working days lie after the first day up to and including the last."""
    count = 0
    day = first
    while day < last:
        day += timedelta(days=1)
        count += is_working_day(day)
    return count


def add_working_hours(start: datetime, hours: float, *, opens: time, closes: time) -> datetime:
    """The moment so many office hours after another one; nights, weekends and holidays do not count."""
    local, left = start.astimezone(FIRM_ZONE), timedelta(hours=hours)
    while True:
        day = local.date()
        begin, end = (datetime.combine(day, each, FIRM_ZONE) for each in (opens, closes))
        here = max(local, begin)
        if is_working_day(day) and here < end:
            if here + left <= end:
                return (here + left).astimezone(start.tzinfo)
            left -= end - here
        local = datetime.combine(day + timedelta(days=1), time(0), FIRM_ZONE)


@dataclass(frozen=True)
class Period:
    """How a period runs: the first day counted, the day it would end, the free days passed over, and the day it ends.

    ``passed`` are the free days with their holiday's name (None: a weekend); ``unknown`` the years without a table, in
    which the last day stays where it is, because the earlier date is the safe one; ``month_end`` says that the month has
    no corresponding day. Of a period in hours, ``at`` is the moment of its end.
    """

    start: date
    first: date
    reached: date
    end: date
    passed: tuple[tuple[date, str | None], ...] = ()
    unknown: tuple[int, ...] = ()
    month_end: bool = False
    at: datetime | None = None


def end_of_period(start: date, amount: int, unit: str, *, moves: bool = True) -> Period:
    """The end of a period of ``day``, ``month`` or ``year``: the start is not counted, the last day moves over free days."""
    first, month_end = start + timedelta(days=1), False
    if unit == "day":
        reached = start + timedelta(days=amount)
    elif unit in ("month", "year"):
        reached, month_end = _months_after(start, amount * (12 if unit == "year" else 1))
    else:
        raise ValueError(f"a period has no unit {unit}")
    passed, end = [], reached
    while moves and is_known(end.year) and not is_working_day(end):
        passed.append((end, holiday_name(end)))
        end += timedelta(days=1)
    unknown = tuple(missing_years(reached, end)) if moves else ()
    return Period(start, first, reached, end, tuple(passed), unknown, month_end)


def end_of_hours(start: datetime, hours: int) -> Period:
    """The end of a period in hours: the hour in which it begins is not counted; it does not move over free days."""
    local = start.astimezone(FIRM_ZONE)
    first = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    at = first + timedelta(hours=hours)
    return Period(local.date(), first.date(), at.date(), at.date(), at=at)


def _months_after(start: date, months: int) -> tuple[date, bool]:
    """The corresponding day so many months on, or the month's last day where there is none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)), start.day > last
