"""Working days of the Chinese calendar: weekends and holidays off, make-up days (调休) on.

Holidays come from chinesecalendar, which is issued each year after the State Council's notice. A year it does not know
counts weekends only; ``missing_years`` names such years so that a person can be warned.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

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


def add_working_days(start: datetime, days: int) -> datetime:
    """The same hour on the n-th working day after a moment (start day not counted), in UTC as given zone-aware.

    The day counted from is the day in Asia/Shanghai.
    """
    local = start.astimezone(FIRM_ZONE)
    day = local.date()
    step = 1 if days >= 0 else -1
    left = abs(days)
    while left:
        day += timedelta(days=step)
        if is_working_day(day):
            left -= 1
    return datetime.combine(day, local.timetz()).astimezone(start.tzinfo)


def working_days_between(first: date, last: date) -> int:
    """How many working days lie after the first day up to and including the last."""
    count = 0
    day = first
    while day < last:
        day += timedelta(days=1)
        count += is_working_day(day)
    return count
