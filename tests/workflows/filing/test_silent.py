"""Matters that may have ended without a word: found, asked about, answered, and asked again only later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import FIRM_ZONE, SYSTEM, RunOperation
from engine.errors import FormInvalid
from workflows.records import silent_matters


def find(case, days):
    """Let days pass without a word, then look."""
    case.firm.clock.move_to(case.firm.clock.now() + timedelta(days=days))
    count = case.firm.run(RunOperation("silence.find", {}), SYSTEM)["silent_count"]
    case.settle()
    return count


@pytest.mark.requirement("A9")
def test_a_case_that_is_silent_for_two_years_is_asked_about_once_and_goes_on(case):
    assert find(case, 300) == 0
    assert find(case, 500) == 1
    case.at("matter_ended")
    assert "长期没有任何记录" in case.first_values("Task_Ended", "lawyer1")["why"]
    assert find(case, 1) == 0  # it waits for an answer
    today = case.firm.clock.now().astimezone(FIRM_ZONE).date()
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Ended", {"ended": "no", "reason": "等待再审", "next_check": today.isoformat()})
    later = (today + timedelta(days=90)).isoformat()
    case.do("lawyer1", "Task_Ended", {"ended": "no", "reason": "等待再审", "next_check": later})
    assert case.state() == "completed"
    assert find(case, 30) == 0 and find(case, 61) == 1


@pytest.mark.requirement("A9")
def test_a_case_with_its_judgment_is_asked_about_after_half_a_year_and_closing_begins(case):
    case.put("judgment", "民事判决书")
    assert find(case, 100) == 0 and find(case, 100) == 1
    case.at("matter_ended")
    case.do("lawyer1", "Task_Ended", {"ended": "yes"})
    assert case.state() == "completed"
    with case.firm.reading() as session:
        row = session.query(silent_matters.MatterInquiryRow).one()
    assert (row.reason, row.has_ended) == (silent_matters.FINAL, True)


def test_partners_hear_when_nobody_answers(case):
    find(case, 800)
    case.move(days=10)
    assert any(mail["subject"] == "疑似已结未报案件未答复" for mail in case.mails())
