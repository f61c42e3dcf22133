"""Scenario 10 of processes.md: statutory periods over holidays, and working days with a make-up Sunday; every figure of
rules.md 5.1 and 5.2."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from engine import FIRM_ZONE, calendar
from engine.calendar import add_working_days, add_working_hours, end_of_hours, is_working_day
from tests.workflows.deadline.conftest import case  # noqa: F401 - the fixture
from workflows.records.legal_periods import PeriodRefused, compute, get_kind, legal_period, list_kinds


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


def test_a_judgment_served_on_11_september_2026_is_appealed_until_the_28th():
    found = compute("appeal_civil_judgment", date(2026, 9, 11))
    assert found.due_on == date(2026, 9, 28)
    assert found.due_at == datetime(2026, 9, 29, 0, 0, tzinfo=FIRM_ZONE)
    moved = next(step for step in found.steps if step["step"] == "moved")
    assert [(day["on"], day["holiday"]) for day in moved["days"]] == [("2026-09-26", "中秋"), ("2026-09-27", "中秋")]
    assert moved["basis"] == "《民事诉讼法》第八十五条第三款"
    assert found.steps[0]["basis"] == "《民事诉讼法》第一百七十一条第一款"


def test_a_ruling_served_on_21_september_2026_is_appealed_until_8_october():
    found = compute("appeal_civil_ruling", date(2026, 9, 21))
    assert found.due_on == date(2026, 10, 8)
    moved = next(step for step in found.steps if step["step"] == "moved")
    assert [day["on"] for day in moved["days"]] == [f"2026-10-0{n}" for n in range(1, 8)]


def test_three_working_days_from_friday_18_september_count_the_make_up_sunday():
    assert [add_working_days(date(2026, 9, 18), n) for n in (1, 2, 3)] == days("2026-09-20", "2026-09-21", "2026-09-22")


def test_only_the_last_day_moves_and_a_make_up_day_is_none():
    found = compute("appeal_criminal_ruling", date(2026, 9, 15))  # ends on Sunday the 20th, on which offices work
    assert found.due_on == date(2026, 9, 20)
    assert "working" in [step["step"] for step in found.steps]
    through = compute("appeal_civil_judgment", date(2026, 9, 24))  # the whole holiday of October lies inside
    assert through.due_on == date(2026, 10, 9)


OFF_2026 = [
    *(f"2026-01-0{n}" for n in (1, 2, 3)), *(f"2026-02-{n}" for n in range(15, 24)), "2026-04-04", "2026-04-05", "2026-04-06",
    *(f"2026-05-0{n}" for n in range(1, 6)), "2026-06-19", "2026-06-20", "2026-06-21", "2026-09-25", "2026-09-26",
    "2026-09-27", *(f"2026-10-0{n}" for n in range(1, 8)),
]  # fmt: skip
WORK_2026 = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]


def test_the_table_of_2026_is_the_state_councils():
    assert not any(is_working_day(day) for day in days(*OFF_2026))
    assert all(is_working_day(day) for day in days(*WORK_2026))


@pytest.mark.parametrize(
    ("kind", "trigger", "due"),
    [
        ("answer_civil", "2026-11-02", "2026-11-17"),
        ("answer_administrative", "2026-11-02", "2026-11-17"),
        ("evidence_first", "2026-11-02", "2026-11-17"),
        ("evidence_second", "2026-11-02", "2026-11-12"),
        ("appeal_administrative_judgment", "2026-11-02", "2026-11-17"),
        ("appeal_administrative_ruling", "2026-11-02", "2026-11-12"),
        ("appeal_criminal_judgment", "2026-11-02", "2026-11-12"),
        ("appeal_criminal_ruling", "2026-11-04", "2026-11-09"),
        ("retrial", "2026-03-31", "2026-09-30"),
        ("enforcement", "2024-03-11", "2026-03-11"),
        ("presuit_preservation", "2026-11-02", "2026-12-02"),
        ("freeze_bank", "2025-06-20", "2026-06-20"),  # a measure ends on its day, also on a holiday
        ("seizure_movable", "2024-06-20", "2026-06-20"),
        ("seizure_land", "2023-06-20", "2026-06-20"),
        ("enforcement_objection", "2026-11-02", "2026-11-17"),
        ("enforcement_reconsideration", "2026-11-02", "2026-11-12"),
        ("administrative_suit", "2026-05-20", "2026-11-20"),
        ("administrative_suit_after", "2026-11-02", "2026-11-17"),
        ("administrative_reconsideration", "2026-09-30", "2026-11-30"),  # the 29th is a Sunday
        ("set_aside_award", "2026-02-27", "2026-08-27"),  # six months until the revised law
        ("set_aside_award", "2026-03-02", "2026-06-02"),  # three months under it
        ("detention_arrest", "2026-09-01", "2026-10-08"),
        ("investigation_custody", "2026-08-01", "2026-10-01"),  # custody is not extended by a holiday
        ("limitation_general", "2023-10-01", "2026-10-08"),
        ("limitation_longest", "2006-06-01", "2026-06-01"),
        ("labour_arbitration", "2025-11-24", "2026-11-24"),
        ("labour_suit", "2026-11-02", "2026-11-17"),
        ("remedy_extension", "2026-11-02", "2026-11-12"),
    ],
)
def test_every_period_of_the_table(kind, trigger, due):
    assert compute(kind, date.fromisoformat(trigger)).due_on == date.fromisoformat(due)


def test_months_and_years_end_on_the_corresponding_day_or_the_months_last():
    period, steps = legal_period(date(2025, 8, 31), 6, "month", law="civil_code")
    assert (period.reached, period.end, period.month_end) == (date(2026, 2, 28), date(2026, 2, 28), True)  # a make-up Saturday
    assert [step["step"] for step in steps] == ["start_out", "counted", "month_end", "working"]
    assert legal_period(date(2024, 2, 29), 1, "year")[0].reached == date(2025, 2, 28)


def test_hours_leave_the_first_hour_out_and_do_not_move():
    period = end_of_hours(datetime(2026, 9, 30, 10, 20, tzinfo=FIRM_ZONE), 24)
    assert period.at == datetime(2026, 10, 1, 11, 0, tzinfo=FIRM_ZONE)


def test_a_year_without_a_table_warns_and_keeps_the_earlier_date():
    unknown = max(calendar.KNOWN_YEARS) + 1
    new_years_day = date(unknown, 1, 1)
    found = compute("appeal_civil_judgment", date.fromordinal(new_years_day.toordinal() - 15))
    assert found.due_on == new_years_day  # surely a holiday, but nobody has said so yet
    assert found.unknown_years == [unknown]
    assert "unknown_year" in [step["step"] for step in found.steps]


def test_an_unchangeable_period_says_so_and_no_court_changes_what_the_law_sets():
    assert "fixed" in [step["step"] for step in compute("retrial", date(2026, 3, 31)).steps]
    for kind, court_days in (("appeal_civil_judgment", 30), ("evidence_first", 14), ("evidence_second", 9)):
        with pytest.raises(PeriodRefused):
            compute(kind, date(2026, 11, 2), court_days=court_days)
    assert compute("evidence_first", date(2026, 11, 2), court_days=30).due_on == date(2026, 12, 2)
    assert compute("days_set", date(2026, 11, 2), court_days=7).due_on == date(2026, 11, 9)


def test_the_bars_of_time_stand_in_the_pack_and_are_not_offered():
    assert (get_kind("former_judge", date(2026, 1, 1)).value["amount"], get_kind("former_client", date(2026, 1, 1)).value["amount"]) == (2, 1)
    assert {"former_judge", "former_client"}.isdisjoint(rule.key for rule in list_kinds())


def test_office_hours_pass_over_nights_and_holidays():
    opens, closes = time(9), time(17, 30)
    friday = datetime(2026, 9, 24, 16, 0, tzinfo=FIRM_ZONE)  # the day before the holiday
    assert add_working_hours(friday, 4, opens=opens, closes=closes) == datetime(2026, 9, 28, 11, 30, tzinfo=FIRM_ZONE)
    night = datetime(2026, 11, 24, 3, 0, tzinfo=FIRM_ZONE)
    assert add_working_hours(night, 4, opens=opens, closes=closes) == datetime(2026, 11, 24, 13, 0, tzinfo=FIRM_ZONE)


@pytest.mark.requirement("R26")
def test_scenario_10_on_the_running_engine(case, clock):  # noqa: F811 - the fixture
    case.move_to(datetime(2026, 9, 11, 10, 0, tzinfo=FIRM_ZONE))
    case.start_deadline(trigger_on="2026-09-11")
    assert (case.deadline().due_on, case.deadline().internal_on) == (date(2026, 9, 28), date(2026, 9, 22))
    case.move_to(datetime(2026, 9, 28, 23, 59, tzinfo=FIRM_ZONE))
    assert case.deadline().state == "RUNNING"  # not missed on the 26th
    case.act("lawyer1", "Task_Complete", case.proof(acted_on="2026-09-28"))
    assert case.deadline().state == "DONE"
