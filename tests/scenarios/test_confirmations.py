"""Scenarios 8 (second half) and 9 of processes.md: settling without special authority, and a client who stays silent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine import RunOperation
from tests.workflows.confirmation.texts import APPROVE, DECLARE, DRAFT, SETTLE, SIGN
from tests.workflows.service_case import open_service_case
from workflows.records import authority, confirmation_plan, confirmations


@pytest.fixture
def case(database_url, clock, tmp_path):
    case = open_service_case(database_url, clock, tmp_path, "confirmation", "confirmation_refusal", "key_act")
    case.begin_matter()
    yield case
    case.firm.database.dispose()


def newest(case):
    with case.firm.reading() as session:
        return confirmations.list_confirmations(session, case.lead_id)[0]


@pytest.mark.requirement("R18", "R30", "R31")
def test_scenario_8_a_settlement_without_special_authority_goes_through_a_written_confirmation(case):
    given = {"matter_id": case.matter_id, "act": "settle", "summary": "签订和解协议", "done_on": "2026-11-24"}
    with pytest.raises(authority.AuthorityMissing):
        case.firm.run(RunOperation("acts.record", given), case.cast["lawyer1"])
    case.begin("key_act")
    case.do("lawyer1", "Task_Declare", DECLARE)
    assert case.open_tasks() == {"Task_Draft"}  # no way to the act but by the client's signature
    case.do("lawyer1", "Task_Draft", SETTLE)
    assert case.open_tasks() == {"Task_Review"}
    case.do("partner1", "Task_Review", APPROVE)
    case.do("client", "Task_ClientAnswers", SIGN)
    case.do("lawyer1", "Task_Perform", {"done": "yes", "done_on": "2026-11-24", "summary": "双方签订和解协议。"})
    with case.firm.reading() as session:
        (act,) = authority.list_acts(session, case.matter_id)
    assert (act.act, act.basis, act.confirmation_id) == ("settle", "confirmation", newest(case).id)


@pytest.mark.requirement("R30", "R31")
def test_scenario_9_a_silent_client_before_an_appeal_is_due_in_four_days(case):
    started = case.firm.clock.now()
    case.begin("confirmation")
    appeal = {**DRAFT, "kind": "disposition", "act": "appeal", "subject": "提起上诉", "legal_deadline": "2026-11-28"}
    case.do("lawyer1", "Task_Draft", appeal)
    case.do("partner1", "Task_Review", APPROVE)
    plan = confirmation_plan.make_plan(started, date(2026, 11, 28))
    plain, pressed = timedelta(days=1), (plan.partner - started) / 5
    assert pressed < plain  # reminders come closer together than a working day
    for count in (2, 3):
        case.move(seconds=pressed.total_seconds() + 60)
        assert len(case.sent()) == count
    case.move(seconds=pressed.total_seconds())
    assert case.open_tasks() == {"Task_ClientAnswers", "Task_Call"}
    case.do("lawyer1", "Task_Call", {"reached": "no", "call_note": "三次拨打均无人接听。"})
    case.move(seconds=2 * pressed.total_seconds())
    assert case.open_tasks() == {"Task_Overdue"}
    assert case.firm.clock.now() < started + timedelta(days=3, hours=12)  # a working day before the period ends
    case.do("partner1", "Task_Overdue", {"overdue_decision": "URGENT", "overdue_reason": "上诉期将届满，短信电话邮件均无回音。"})
    case.do("lawyer1", "Task_ReportUrgent", {
        "acted": "yes", "acted_on": case.firm.clock.now().date().isoformat(), "measures": "已向一审法院提交上诉状。",
        "interest": "逾期即丧失上诉权。", "report": "因多次联系未果，已先行提起上诉，请您追认。",
    })  # fmt: skip
    with case.firm.reading() as session:
        (act,) = authority.list_acts(session, case.matter_id)
    found = newest(case)
    assert (act.act, act.basis, act.confirmation_id) == ("appeal", "urgent", found.id)
    assert found.urgent["by_name"] and found.urgent["reported_at"]
    assert case.open_tasks() == {"Task_ClientAnswers"}  # to ratify
    case.do("client", "Task_ClientAnswers", SIGN)
    assert (newest(case).state, case.incidents()) == ("SIGNED", [])
