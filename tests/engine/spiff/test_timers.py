"""What timer texts mean, on the injected clock only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.clock import FIRM_ZONE
from engine.spiff import runner
from engine.spiff.timers import LITERAL, MISSED, after, plan
from tests.engine.diagrams import diagram, operator, timer
from tests.engine.spiff.test_runner import END, START, Driven, boundary

FRIDAY = datetime(2026, 9, 18, 9, 0, tzinfo=FIRM_ZONE)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT10H", datetime(2026, 9, 18, 19, 0, tzinfo=FIRM_ZONE)),
        ("PT1.5H", datetime(2026, 9, 18, 10, 30, tzinfo=FIRM_ZONE)),
        ("P2W3D", datetime(2026, 10, 5, 9, 0, tzinfo=FIRM_ZONE)),
        ("P1Y2M", datetime(2027, 11, 18, 9, 0, tzinfo=FIRM_ZONE)),
        ("3 WD", datetime(2026, 9, 22, 9, 0, tzinfo=FIRM_ZONE)),
        ("4 h", datetime(2026, 9, 18, 13, 0, tzinfo=FIRM_ZONE)),
        ("2 d", datetime(2026, 9, 20, 9, 0, tzinfo=FIRM_ZONE)),
        ("2026-11-02", datetime(2026, 11, 2, 0, 0, tzinfo=FIRM_ZONE)),
        ("2026-11-02T09:00:00Z", datetime(2026, 11, 2, 9, 0, tzinfo=UTC)),
        ("0 9 * * 1", datetime(2026, 9, 21, 9, 0, tzinfo=FIRM_ZONE)),
        ("30 8 * * MON", datetime(2026, 9, 21, 8, 30, tzinfo=FIRM_ZONE)),
    ],
)
def test_each_notation_has_its_moment_and_needs_no_quotes(text, due):
    assert after(text, FRIDAY) == due
    assert LITERAL.fullmatch(text)


def test_the_last_of_a_month_plus_a_month_is_the_last_again():
    assert after("P1M", datetime(2026, 1, 31, 9, tzinfo=FIRM_ZONE)) == datetime(2026, 2, 28, 9, tzinfo=FIRM_ZONE)


@pytest.mark.parametrize(
    "text",
    [
        "P",
        "PT",
        "P1X",
        "P-1D",
        "P99999999Y",
        "P9999Y",
        "R",
        "R3/",
        "R/PT0S",
        "R3/P0D",
        "R/P1D/2026-12-01",
        "99 99 * * *",
        "soon",
        "",
    ],
)
def test_what_is_no_timer_is_refused_at_once(text):
    with pytest.raises(ValueError):
        plan(text, FRIDAY, cycle=True)


def test_a_cycle_counts_and_a_date_comes_once():
    assert plan("R3/PT10H", FRIDAY, cycle=True).left == 3
    assert plan("R/P1D", FRIDAY, cycle=True).left == -1
    assert plan("2026-11-02", FRIDAY, cycle=True).left == 1
    assert plan("R2/2026-10-01T00:00/P1D", FRIDAY, cycle=True).due == datetime(2026, 10, 1, tzinfo=FIRM_ZONE)


def test_a_due_moment_is_fixed_when_the_token_arrives():
    run = Driven(boundary(False, "in_days"), {"in_days": "P2D"})
    (first,) = run.run.timers()
    run.wait(days=1)
    assert run.run.timers() == [first]


def test_a_wrong_timer_names_its_own_element():
    bundle = diagram(
        "wrong", {"Begin": START, "Wait": ("intermediateCatchEvent", "", timer("nobody_set_this")), "Done": END},
        ["Begin -> Wait", "Wait -> Done"],
    )  # fmt: skip
    with pytest.raises(runner.StepFailed) as failed:
        Driven(bundle)
    assert failed.value.element_id == "Wait"
    assert "nobody_set_this" in str(failed.value.cause)


def test_a_jump_of_years_lets_a_cycle_catch_up_without_end():
    run = Driven(boundary(False, "R/PT1H", "timeCycle"))
    run.wait(days=3650)
    assert len(run.services.calls) == MISSED
    (left,) = run.run.timers()
    assert left.due_at > run.now
    run.wait(hours=1)
    assert len(run.services.calls) == MISSED + 1


def test_timers_that_fire_one_after_the_other_fire_in_one_advance():
    bundle = diagram(
        "chain",
        {
            "Begin": START,
            "One": ("intermediateCatchEvent", "", timer("PT0S")),
            "Two": ("intermediateCatchEvent", "", timer("PT0S")),
            "Tell": ("serviceTask", "", operator("x.tell")),
            "Done": END,
        },
        ["Begin -> One", "One -> Two", "Two -> Tell", "Tell -> Done"],
    )
    run = Driven(bundle)
    assert run.run.is_finished
    assert run.services.calls == [("x.tell", {})]
