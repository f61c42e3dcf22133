"""Working days of the Chinese calendar: holidays off, make-up days on, years without a table by weekends only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import (
    KNOWN_YEARS,
    add_working_days,
    end_of_period,
    holiday_name,
    is_holiday,
    is_working_day,
    missing_years,
    using,
    working_days_between,
)
from engine.clock import FIRM_ZONE

DAYS = st.dates(date(2020, 1, 1), date(2026, 12, 31))


def test_the_make_up_sunday_before_national_day_counts():
    friday = date(2026, 9, 18)
    assert [add_working_days(friday, n) for n in (1, 2, 3)] == [date(2026, 9, 20), date(2026, 9, 21), date(2026, 9, 22)]


def test_the_hour_stays_and_the_day_is_the_firms():
    late = datetime(2026, 9, 17, 17, 30, tzinfo=UTC)  # already Friday the 18th, 01:30, in Shanghai
    assert add_working_days(late, 1) == datetime(2026, 9, 20, 1, 30, tzinfo=FIRM_ZONE)
    assert add_working_days(late, 1).tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "works", "name"),
    [
        (date(2026, 9, 20), True, None),  # a Sunday, made up for
        (date(2026, 9, 19), False, None),  # a Saturday like others
        (date(2026, 10, 1), False, "国庆节"),
        (date(2026, 9, 21), True, None),
    ],
)
def test_it_knows_working_days_and_holidays(day, works, name):
    assert is_working_day(day) is works
    assert holiday_name(day) == name
    assert is_holiday(day) is (name is not None)


def test_it_knows_2026_and_names_the_years_it_does_not_know():
    assert 2026 in KNOWN_YEARS
    unknown = max(KNOWN_YEARS) + 1
    assert missing_years(date(2025, 12, 1), date(2026, 12, 31)) == []
    assert missing_years(date(unknown - 1, 12, 1), date(unknown + 1, 1, 1)) == [unknown, unknown + 1]


def test_a_year_without_a_table_counts_weekends_only():
    year = max(KNOWN_YEARS) + 1
    week = [date(year, 10, 1) + timedelta(days=n) for n in range(7)]
    assert [is_working_day(day) for day in week] == [day.weekday() < 5 for day in week]
    assert not any(is_holiday(day) for day in week)


def test_nothing_added_is_the_same_day_and_days_can_be_counted_back():
    assert add_working_days(date(2026, 9, 19), 0) == date(2026, 9, 19)
    assert add_working_days(date(2026, 9, 21), -1) == date(2026, 9, 20)


def test_a_table_of_the_firm_stands_in_place_of_the_librarys():
    day, make_up = date(2026, 12, 9), date(2026, 12, 12)
    with using({2026: {day: "试验节", make_up: None}}):
        assert (is_working_day(day), holiday_name(day), is_working_day(make_up)) == (False, "试验节", True)
        assert add_working_days(date(2026, 12, 8), 3) == make_up
        assert is_working_day(date(2026, 10, 1))  # the firm's table is the whole year's
    assert (is_working_day(day), is_working_day(make_up)) == (True, False)


@given(DAYS, st.integers(1, 400), st.sampled_from(["day", "month", "year"]))
def test_a_period_ends_on_a_working_day_or_where_nobody_knows(start, amount, unit):
    period = end_of_period(start, amount % 30 + 1, unit)
    assert period.first == start + timedelta(days=1)
    assert period.end >= period.reached
    assert is_working_day(period.end) or period.unknown
    assert not any(is_working_day(day) for day, _name in period.passed)


@given(DAYS, st.integers(1, 60))
def test_counting_forward_and_measuring_agree(day, count):
    end = add_working_days(day, count)
    assert is_working_day(end)
    assert working_days_between(day, end) == count
