"""The intake through every path of its diagram."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from engine.calendar import add_working_hours
from engine.errors import FormInvalid, NotAllowed, StateRefused, TaskClaimed
from workflows.records import leads, parties
from workflows.records.conflict_register import NAMES, SUBJECTS
from workflows.records.rule_packs import get_rule
from workflows.wiring import ROOT

REGISTER = {
    "source": "phone", "contact_name": "张三", "phone": "13800138000", "email": "zhang@example.com",
    "preferred_channel": "email", "urgency": "normal", "privacy_notice_shown": True, "privacy_consent": "yes",
}  # fmt: skip
PERSON = {
    "kind": "person", "name": "张三", "id_type": "cn_id", "id_number": "11010519491231002X", "capacity": "full",
    "address": "北京市朝阳区", "service_address": "北京市朝阳区",
}  # fmt: skip
OUTLINE = {
    "matter_type": "civil", "cause": "买卖合同纠纷", "summary": "货款八十万元逾期一年未付，多次催要无果，拟提起诉讼。", "goal": "收回货款",
    "amount": "800000", "opposing_parties": [{"name": "北京某某贸易有限公司", "kind": "organisation"}],
    "key_dates": [{"event": "诉讼时效届满", "date": "2027-03-31"}],
}  # fmt: skip
CONFIRM = {**OUTLINE, "intake_decision": "CONFIRMED", "lawyer_view": "证据充分，建议受理。"}


def come_to(case, element_id, register=None, outline=None):
    """Let everybody do their part up to a task."""
    steps = [
        ("Task_Register", "desk", {**REGISTER, **(register or {})}),
        ("Task_ClientFacts", "desk", PERSON),
        ("Task_Outline", "desk", {**OUTLINE, **(outline or {})}),
        ("Task_Assign", "desk", {"lawyer_id": case.cast["lawyer1"].id}),
        ("Task_Confirm", "lawyer1", CONFIRM),
    ]
    for task, login, values in steps:
        if task == element_id:
            return
        case.do(login, task, values)


@pytest.mark.requirement("R2")
def test_a_lead_goes_from_the_desk_to_the_lawyer(case):
    come_to(case, "Task_Confirm")
    assert case.first_values("Task_Confirm", "lawyer1")["cause"] == "买卖合同纠纷"
    with pytest.raises(TaskClaimed):
        case.do("lawyer2", "Task_Confirm", CONFIRM)
    case.do("lawyer1", "Task_Confirm", CONFIRM)
    lead = case.newest()
    assert (lead.lead_no, lead.state, lead.client_name) == ("XS-2026-000001", "SCREENING", "张三")
    assert lead.outline["lawyer_view"].startswith("证据")
    assert (case.state(), case.steps()[-1], case.incidents()) == ("completed", "Event_Ready", [])
    expected = {
        "intake_result": "READY", "lead_id": lead.id, "lead_no": lead.lead_no, "client_id": lead.client_id,
        "client_name": "张三", "matter_type": "civil", "lawyer_id": case.cast["lawyer1"].id, "title": "张三 · 买卖合同纠纷",
        "team_ids": [case.cast["lawyer1"].id], "desk_id": case.cast["desk"].id,
    }  # fmt: skip
    assert {name: case.result(name) for name in expected} == expected
    assert "Service_FlagPressing" not in case.steps()


@pytest.mark.parametrize(
    ("register", "outline", "said"),
    [
        ({}, {"key_dates": [{"event": "上诉期届满", "date": "2026-11-30"}]}, "上诉期届满 2026-11-30"),
    ],
)
def test_what_cannot_wait_is_told_to_the_partners_at_once(case, register, outline, said):
    come_to(case, "Task_Assign", register, outline)
    assert "Service_FlagPressing" in case.steps()
    mails = [mail for mail in case.mails() if mail["subject"].startswith("紧急来访")]
    assert len(mails) == 3 and said in mails[0]["body"]


def test_a_date_ten_days_ahead_or_past_does_not_press(case):
    dates = [{"event": "签约", "date": "2024-11-30"}, {"event": "时效届满", "date": "2026-12-04"}]
    come_to(case, "Task_Assign", outline={"key_dates": dates})
    assert "Service_FlagPressing" not in case.steps()


def test_the_first_reply_is_escalated_after_four_office_hours(case):
    until = datetime.fromisoformat(case.data()["first_reply_at"])
    assert until == add_working_hours(case.firm.clock.now(), 4, opens=time(9), closes=time(17, 30))
    case.move_to(until - timedelta(minutes=1))
    assert case.mails() == []
    case.move(minutes=1)
    assert {mail["to"] for mail in case.mails()} == {
        "partner1@demo.invalid", "partner2@demo.invalid", "director@demo.invalid",
    }  # fmt: skip
    assert case.open_tasks() == {"Task_Register"}


@pytest.mark.requirement("R2")
def test_without_consent_the_caller_is_forgotten_after_thirty_days(case):
    come_to(case, "Task_ClientFacts", {"privacy_consent": "no"})
    assert case.open_tasks() == set()
    assert set(case.newest().reception) == {"contact_name", "phone", "privacy_notice_shown", "privacy_consent"}
    case.move(days=29)
    assert case.state() == "running"
    case.move(days=1)
    lead = case.newest()
    assert (lead.state, lead.reception, lead.phone, case.state()) == ("LAPSED", {}, "", "completed")
    assert (case.result("intake_result"), case.result("client_name"), case.steps()[-1]) == ("LAPSED", "", "Event_Purged")


def test_the_lawyer_gives_it_back_to_the_desk(case):
    come_to(case, "Task_Confirm")
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Confirm", {**CONFIRM, "intake_decision": "RETURNED"})
    assert set(caught.value.errors) == {"return_reason"}
    case.do("lawyer1", "Task_Confirm", {**CONFIRM, "intake_decision": "RETURNED", "return_reason": "缺少合同"})
    assert case.first_values("Task_Outline", "desk")["returned"] == "缺少合同"
    case.do("desk", "Task_Outline", OUTLINE)
    assert case.first_values("Task_Assign", "desk") == {"lawyer_id": case.cast["lawyer1"].id, "returned": ""}
    assert case.newest().state == "NEW"


def test_the_lawyer_asks_for_a_colleague(case):
    come_to(case, "Task_Confirm")
    case.do("lawyer1", "Task_Confirm", {**CONFIRM, "intake_decision": "REASSIGN", "return_reason": "非本人专业"})
    assert case.first_values("Task_Assign", "desk")["returned"] == "非本人专业"
    case.do("desk", "Task_Assign", {"lawyer_id": case.cast["lawyer2"].id})
    case.do("lawyer2", "Task_Confirm", CONFIRM)
    assert case.result("lawyer_id") == case.newest().lawyer_id == case.cast["lawyer2"].id


@pytest.mark.parametrize("task", ["Task_ClientFacts", "Task_Outline", "Task_Assign", "Task_Confirm"])
def test_a_quiet_lead_is_recalled_and_then_a_partner_decides(case, task):
    come_to(case, task)
    case.move(days=15)
    told = {"desk@demo.invalid"} | ({"lawyer1@demo.invalid"} if task == "Task_Confirm" else set())
    assert {mail["to"] for mail in case.mails() if "15日" in mail["subject"]} == told
    assert case.open_tasks() == {task}
    case.move(days=15)
    assert case.open_tasks() == {"Task_Lapse"}
    case.do("partner1", "Task_Lapse", {"lapse_decision": "CONTINUE", "lapse_reason": "客户仍在准备材料"})
    assert case.open_tasks() == {"Task_ClientFacts"}

    assert case.newest().state == "NEW"


def test_a_lapsed_lead_may_be_kept_for_conflict_searches(case):
    come_to(case, "Task_Assign")
    case.move(days=30)
    case.do("partner1", "Task_Lapse", {"lapse_decision": "KEEP", "lapse_reason": "客户另行委托"})
    assert (case.newest().state, case.result("intake_result"), case.steps()[-1]) == ("LAPSED", "LAPSED", "Event_Lapsed")
    assert case.newest().client_name == "张三"
    assert {name for name in case.run(names)} == {"张三", "北京某某贸易有限公司"}


def test_a_lapsed_lead_may_be_forgotten(case):
    come_to(case, "Task_Assign")
    case.move(days=30)
    case.do("partner1", "Task_Lapse", {"lapse_decision": "PURGE", "lapse_reason": "客户要求删除"})
    lead = case.newest()
    assert (lead.state, lead.client, lead.outline, lead.client_id) == ("LAPSED", {}, {}, None)
    assert case.result("intake_result") == "LAPSED"
    assert case.run(names) == []


def names(context):
    """The names of leads that the conflict index holds."""
    joined = NAMES.join(SUBJECTS, SUBJECTS.c.no == NAMES.c.subject)
    return list(context.session.scalars(select(NAMES.c.name).select_from(joined).where(SUBJECTS.c.lead_id.is_not(None))))


@pytest.mark.requirement("R2", "R9")
@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"id_number": "110105194912310021"}, "id_number", "cn_id_number"),
        ({"id_number": ""}, "id_number", "required"),
        ({"id_number": "110105209003071518"}, "id_number", "The birth date lies in the future."),
        ({"id_number": "110105201503071518"}, "guardian_name", "The client is a minor: name the guardian."),
        ({"kind": "organisation", "legal_form": "company", "uscc": "91640100MA774ECW4X"}, "uscc", "uscc"),
        ({"name": "x" * 101}, "name", "maxLength"),
        ({"id_type": "passport", "document_number": "E123", "birth_date": "2026-02-30"}, "birth_date", "not_a_date"),
    ],
)
def test_wrong_facts_are_said_at_the_field(case, change, path, code):
    come_to(case, "Task_ClientFacts")
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_ClientFacts", {**PERSON, **change})
    assert caught.value.errors[path][0].code == code


@pytest.mark.requirement("R2")
def test_a_paid_referral_is_refused(case):
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_Register", {**REGISTER, "source": "referral", "referrer_paid": True})
    assert caught.value.errors["referrer_paid"][0].code == "paid_referral"


def test_nobody_passes_round_the_desk(case):
    for login in ("lawyer1", "partner1", "admin"):
        with pytest.raises(NotAllowed):
            case.do(login, "Task_Register", REGISTER)


def test_only_a_lawyer_can_be_the_contact_lawyer(case):
    come_to(case, "Task_Assign")
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_Assign", {"lawyer_id": case.cast["finance"].id})
    assert caught.value.errors["lawyer_id"][0].code == "option"


def test_a_caller_the_firm_knows_is_found_with_the_facts(case):
    come_to(case, "")
    case.begin()
    case.do("desk", "Task_Register", REGISTER)
    assert case.first_values("Task_ClientFacts", "desk")["id_number"] == "11010519491231002X"
    case.do("desk", "Task_ClientFacts", {**PERSON, "name": "张三丰", "former_name": "张三"})
    with case.firm.reading() as session:
        newest, first = leads.list_leads(session)
        assert newest.client_id == first.client_id
        assert [party.names for party in parties.list_parties(session, newest.id)] == [{"张三丰": "name", "张三": "former"}]


def test_a_state_the_procedure_does_not_allow_is_refused(case):
    come_to(case, "Task_ClientFacts")
    with pytest.raises(StateRefused):
        case.run(lambda context: leads.move_lead(context, case.lead_id, "CONVERTED"))


def test_the_timers_are_those_of_the_rule_pack(clock):
    today = clock.now().date()
    source = (ROOT / "processes" / "intake.bpmn").read_text(encoding="utf-8")
    for key, unit, times in (("remind_lead", "d", 1), ("lapse_lead", "d", 2)):
        assert source.count(f'"{get_rule("intake", key, today).value} {unit}"<') == times, key
