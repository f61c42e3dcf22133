"""The watch over a complaint's time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine import FIRM_ZONE, RunOperation
from engine.errors import NotAllowed, StateRefused
from workflows.records import complaint_terms as terms

LATE = "投诉逾期：TS-2026-0001"
SOON = "投诉期限将届满：TS-2026-0001"


def test_a_late_decision_on_acceptance_is_told_to_the_director_every_day(case):
    case.complain()
    case.move(days=2)
    assert case.mails_to("director@demo.invalid").count(LATE) == 0
    case.move_to(datetime(2026, 11, 27, 23, tzinfo=FIRM_ZONE))
    assert case.mails_to("director@demo.invalid").count(LATE) == 1
    case.move(days=1, minutes=1)
    assert case.mails_to("director@demo.invalid").count(LATE) == 2


@pytest.mark.requirement("R37")
def test_three_days_before_the_reply_is_due_the_handler_is_warned_then_the_director_told_daily(case):
    case.complain()
    case.accept()
    due = case.complaint().reply_by
    assert due == terms.reply_by(case.firm.clock.now(), terms.GENERAL)
    assert case.mails_to("compliance@demo.invalid").count(SOON) == 0
    case.move_to(due - timedelta(minutes=1))
    assert case.mails_to("compliance@demo.invalid").count(SOON) == 1
    case.move(minutes=2)
    assert case.mails_to("director@demo.invalid").count(LATE) == 1
    case.move(days=1, minutes=1)
    case.move(days=1, minutes=1)
    assert case.mails_to("director@demo.invalid").count(LATE) == 3


def test_a_major_complaint_has_thirty_days(case):
    case.complain()
    case.accept(severity="major")
    assert (case.complaint().reply_by - case.firm.clock.now()).days == 30


def test_the_reply_is_put_off_once_with_notice(case):
    case.complain()
    case.accept()
    due = case.complaint().reply_by
    given = {"complaint_id": case.complaint_id, "reason": "等待法院材料"}
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("complaints.extend", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("complaints.extend", given), case.cast["compliance"])
    case.settle()
    assert (case.complaint().reply_by - due).days == 30
    assert case.mails_to("zhang@example.invalid")[-1] == "投诉延期答复通知：TS-2026-0001"
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("complaints.extend", given), case.cast["compliance"])
    case.move_to(due)
    case.move(days=1)
    assert case.mails_to("director@demo.invalid").count(LATE) == 0


def test_the_date_of_a_body_that_handed_it_over_goes_before(case):
    case.complain(source="bureau", external_by="2026-11-26", respondents=[case.cast["lawyer1"].id])
    assert case.complaint().due_at == datetime(2026, 11, 26, 18, tzinfo=FIRM_ZONE)
    case.accept()
    case.move_to(datetime(2026, 11, 26, 18, 1, tzinfo=FIRM_ZONE))
    assert case.mails_to("director@demo.invalid").count(LATE) == 1


def test_a_reply_or_a_refusal_ends_the_watch(case):
    case.complain()
    case.do("compliance", "Task_Screen", {"decision": "reject", "reason": "与本所服务无关", "route": "可以向有关部门反映"})
    case.move(days=20)
    assert case.mails_to("director@demo.invalid").count(LATE) == 0


def test_a_leak_or_a_private_fee_is_told_to_compliance_and_the_director_at_once(case):
    case.complain(kinds=["private_fee"])
    assert "严重投诉：TS-2026-0001" in case.mails_to("compliance@demo.invalid")
    assert "严重投诉：TS-2026-0001" in case.mails_to("director@demo.invalid")
