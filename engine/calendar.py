"""Working days of the Chinese calendar: weekends and holidays off, make-up days (调休) on.

Holidays come from chinesecalendar, which is issued each year after the State Council's notice. A year it does not know
counts weekends only; ``missing_years`` names such years so that a person can be warned.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TypeVar

import chinese_calendar
from chinese_calendar.constants import holidays

from engine.clock import FIRM_ZONE

KNOWN_YEARS = frozenset(day.year for day in holidays)


def missing_years(first: date, last: date) -> list[int]:
    """The years of a span for which no holiday table is installed."""
    return [year for year in range(first.year, last.year + 1) if year not in KNOWN_YEARS]


def is_working_day(day: date) -> bool:
    """Whether offices work on a day (make-up Saturdays and Sundays do)."""
    if day.year not in KNOWN_YEARS:
        return day.weekday() < 5
    return bool(chinese_calendar.is_workday(day))


def holiday_name(day: date) -> str | None:
    """The Chinese name of the holiday that a free day belongs to, None on ordinary days and weekends."""
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
