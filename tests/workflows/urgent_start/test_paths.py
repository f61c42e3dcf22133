"""Urgent work through every path of its diagrams, and guard G2."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.clock import FIRM_ZONE
from engine.errors import FormInvalid, NotAllowed, StateRefused
from tests.workflows.acceptance.conftest import check
from tests.workflows.pdf_text import read_text
from workflows.records import documents, leads, urgent_permits
from workflows.records.rule_packs import get_rule
from workflows.wiring import ROOT

DETAINED = {"ground": "detained", "scope": ["visit", "bail"], "reason": "其子昨日被刑事拘留，须立即会见。"}
APPROVE = {"urgent_decision": "APPROVE"}
SIGN = {
    "client_decision": "SIGNED",
    "read_confirmed": True,
    "signer_name": "张三",
    "signer_position": "父亲",
    "signature": "张三",
}
HANDOVER = {"handover_done": "已会见一次，尚未提交取保申请。", "handover_periods": "无", "handover_papers": True}


def working(case):
    """Applied for, permitted, signed: the working days run."""
    case.begin()
    case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    case.do("director", "Task_PermitUrgent", APPROVE)
    case.do("client", "Task_ClientSignsUrgent", SIGN)
    assert (case.open_tasks(), case.incidents()) == ({"Task_UrgentWork"}, [])


@pytest.mark.requirement("R4", "R16")
def test_a_director_permits_with_one_tap_and_the_work_runs_until_the_contract_is_signed(case):
    case.begin()
    case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    assert case.first_values("Task_PermitUrgent", "director") == {"urgent_decision": "APPROVE"}
    assert not case.may_serve()
    case.do("director", "Task_PermitUrgent", case.first_values("Task_PermitUrgent", "director"))
    assert not case.may_serve()  # the client has not signed yet
    case.do("client", "Task_ClientSignsUrgent", SIGN)
    assert case.may_serve()
    with case.firm.reading() as session:
        letter = documents.find_latest(session, case.lead_id, "urgent_engagement")
        text = read_text(documents.read_content(session, letter.id))
    assert "会见在押人员、申请变更强制措施" in text and "5个工作日" in text
    case.sign_contract()
    case.run(lambda context: leads.move_lead(context, case.lead_id, "CONFLICT"))
    for state in ("ASSESS", "NEGOTIATE", "APPROVED", "CONVERTED"):
        case.run(lambda context, state=state: leads.move_lead(context, case.lead_id, state))
    case.settle()
    assert (case.state(), case.permit().state) == ("completed", urgent_permits.FINISHED)
    assert case.may_serve()


@pytest.mark.requirement("R4", "R16")
def test_after_five_working_days_the_work_stops(case):
    working(case)
    ends = case.permit().ends_at.astimezone(FIRM_ZONE).date()
    assert ends.isoformat() == "2026-12-01"  # Tuesday 24 November, five working days on
    case.move(days=6)
    assert any("即将到期" in mail["body"] for mail in case.mails())
    assert case.may_serve()
    case.move(days=1, minutes=1)
    assert (case.open_tasks(), case.permit().state) == ({"Task_HandOver"}, urgent_permits.STOPPED)
    assert not case.may_serve()
    told = {mail["to"] for mail in case.mails() if "停止" in mail["body"]}
    assert told >= {"lawyer1@demo.invalid", "partner1@demo.invalid", "director@demo.invalid", "zhang@example.invalid"}
    case.do("lawyer1", "Task_HandOver", HANDOVER)
    assert (case.state(), case.permit().work["handover"]["handover_papers"]) == ("completed", True)


def test_when_time_is_over_and_the_contract_is_signed_nothing_stops(case):
    working(case)
    case.sign_contract()
    case.move(days=8)
    assert (case.state(), case.permit().state) == ("completed", urgent_permits.FINISHED)


def test_the_lawyer_ends_it_early(case):
    working(case)
    case.do("lawyer1", "Task_UrgentWork", {"work_done": "已会见并提交取保申请。"})
    assert (case.open_tasks(), case.permit().state) == ({"Task_HandOver"}, urgent_permits.STOPPED)


@pytest.mark.requirement("R8")
def test_a_declined_lead_ends_the_urgent_work(case):
    working(case)
    case.run(lambda context: leads.move_lead(context, case.lead_id, "DECLINED"))
    case.settle()
    assert case.permit().state == urgent_permits.STOPPED


def test_a_director_refuses_and_the_lawyer_hears_why(case):
    case.begin()
    case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    with pytest.raises(FormInvalid):
        case.do("director", "Task_PermitUrgent", {"urgent_decision": "REFUSE"})
    case.do("director", "Task_PermitUrgent", {"urgent_decision": "REFUSE", "urgent_note": "已有其他律师会见。"})
    assert (case.state(), case.permit().state) == ("completed", urgent_permits.REFUSED)
    assert "已有其他律师会见" in case.mails()[-1]["body"]


def test_a_silent_director_is_reminded_every_two_hours(case):
    case.begin()
    case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    case.move(hours=2, minutes=1)
    case.move(hours=2, minutes=1)
    assert [mail["to"] for mail in case.mails()] == ["director@demo.invalid"] * 2


@pytest.mark.parametrize("silent", [True, False])
def test_without_the_clients_signature_nothing_begins(case, silent):
    case.begin()
    case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    case.do("director", "Task_PermitUrgent", APPROVE)
    if silent:
        case.move(days=2, minutes=1)
    else:
        case.do("client", "Task_ClientSignsUrgent", {"client_decision": "REFUSED"})
    assert (case.state(), case.permit().state, case.incidents()) == ("completed", urgent_permits.LAPSED, [])
    assert not case.may_serve()


@pytest.mark.parametrize(("hours", "urgent"), [(47, True), (49, False), (-1, False)])
def test_a_period_must_end_within_forty_eight_hours(case, hours, urgent):
    case.begin()
    ends = (case.firm.clock.now() + timedelta(hours=hours)).astimezone(FIRM_ZONE)
    form = {**DETAINED, "ground": "deadline", "deadline_event": "上诉期", "deadline_at": f"{ends:%Y-%m-%dT%H:%M}"}
    if urgent:
        case.do("lawyer1", "Task_ApplyUrgent", form)
        assert case.open_tasks() == {"Task_PermitUrgent"}
        return
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_ApplyUrgent", form)
    assert caught.value.errors["deadline_at"][0].params == {"hours": 48}


@pytest.mark.requirement("R4", "R8")
def test_the_guards_hold_whoever_asks(case):
    case.begin()
    case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    for login in ("partner1", "lawyer1"):
        with pytest.raises(NotAllowed):
            case.run(lambda context: urgent_permits.decide(context, case.lead_id, approved=True, note=""), login)
    with pytest.raises(StateRefused) as caught:
        case.run(lambda context: urgent_permits.check_may_serve(context.session, case.lead_id, context.now, "PAID"))
    assert caught.value.fields["reason"] == "there is neither a signed contract nor a permit"
    with pytest.raises(StateRefused) as caught:
        case.run(lambda context: urgent_permits.propose(context, case.lead_id, DETAINED), "lawyer1")
    assert caught.value.fields["reason"] == "an urgent permit is given once"


def test_an_absolute_conflict_lets_nothing_begin(case):
    case.begin()
    case.run(lambda context: check(context, case.lead_id, "ABSOLUTE"))
    with pytest.raises(StateRefused) as caught:
        case.do("lawyer1", "Task_ApplyUrgent", DETAINED)
    assert caught.value.fields["reason"] == "there is an absolute conflict of interest"


def test_the_figures_are_those_of_the_rule_pack(clock):
    today = clock.now().date()
    assert [get_rule("acceptance", key, today).value for key in ("urgent_hours", "urgent_days", "urgent_remind")] == [48, 5, 4]
    assert "5 WD" not in (ROOT / "processes" / "urgent_work.bpmn").read_text(encoding="utf-8")
