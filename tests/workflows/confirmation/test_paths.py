"""Written confirmations through every path of their diagrams (R30, R31)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from engine import FIRM_ZONE, SYSTEM, ReceiveMessage
from engine.calendar import add_working_days
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from engine.tables import Message
from tests.workflows.confirmation.texts import APPROVE, DRAFT, EXPLAIN, REFUSE, SETTLE, SIGN
from tests.workflows.pdf_text import read_text
from workflows.records import authority, confirmation_plan, confirmations, documents
from workflows.records.links import USED

CALL = {"reached": "no", "call_note": "十点二十分拨打两次，无人接听。"}
REPORT = {
    "acted": "yes", "acted_on": "2026-11-27", "measures": "已于上诉期内提交上诉状。", "interest": "逾期即丧失上诉权。",
    "report": "因多次联系未果，已先行提起上诉，请您追认。",
}  # fmt: skip
URGENT = {"review_decision": "URGENT", "urgent_reason": "上诉期将届满，三次电话无人接听。"}


def newest(case):
    with case.firm.reading() as session:
        return confirmations.list_confirmations(session, case.lead_id)[0]


def to_client(case, draft=DRAFT, **more):
    case.begin("confirmation")
    case.do("lawyer1", "Task_Draft", {**draft, **more})
    if "Task_Review" in case.open_tasks():
        case.do("partner1", "Task_Review", APPROVE)
    assert case.incidents() == []
    assert case.open_tasks() == {"Task_ClientAnswers"}


@pytest.mark.requirement("R30", "R31")
def test_a_risk_is_confirmed_in_writing_and_the_signed_copy_is_filed(case):
    to_client(case)
    sent = newest(case)
    assert (sent.state, sent.version, sent.due_at) == ("SENT", 1, add_working_days(case.firm.clock.now(), 3))
    assert case.sent() == ["请阅读并书面确认：案件重要事项"]
    link = case.link("Task_ClientAnswers")
    assert link.document_ids == (sent.document_id,)
    text = read_text(case.read(sent.document_id))
    assert "诉讼时效风险" in text and "视为您已知悉该风险" in text and "告知书" in text
    case.do("client", "Task_ClientAnswers", {**SIGN, "remark": "收到"})
    assert case.incidents() == []
    signed = newest(case)
    assert (signed.state, signed.answer["signer_name"], signed.answer["remark"]) == ("SIGNED", "张三", "收到")
    (paper,) = case.papers("confirmation")
    assert (paper.id, paper.slot, paper.source) == (signed.signed_document_id, "communications", "signature")
    assert "192.0.2.7" in read_text(case.read(paper.id))
    assert signed.answer["proof"]["document_sha256"] == sent_hash(case, sent)
    assert case.link("Task_ClientAnswers").state(case.firm.clock.now()) == USED
    assert [(each.direction, each.channel) for each in case.log()][-2:] == [("out", "email"), ("in", "link")]
    assert case.state() == "completed"
    assert case.steps()[-1] == "Event_Confirmed"


def sent_hash(case, sent):
    with case.firm.reading() as session:
        return documents.get_document(session, sent.document_id).sha256


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("more", "reviewed"),
    [
        ({}, False), ({"irrevocable": True}, True), ({"liberty": True}, True), ({"amount": "500000"}, True),
        ({"amount": "499999"}, False), ({"act": "appeal"}, True), ({"urgent": True}, True),
    ],
)  # fmt: skip
def test_the_table_says_who_reviews(case, more, reviewed):
    case.begin("confirmation")
    case.do("lawyer1", "Task_Draft", {**DRAFT, **more})
    assert case.open_tasks() == ({"Task_Review"} if reviewed else {"Task_ClientAnswers"})


def test_a_partner_returns_it_and_nobody_reviews_the_own_draft(case):
    case.begin("confirmation", "partner1")
    case.do("partner1", "Task_Draft", SETTLE)
    with pytest.raises(FourEyes):
        case.do("partner1", "Task_Review", APPROVE)
    with pytest.raises(FormInvalid):
        case.do("partner2", "Task_Review", {"review_decision": "RETURN"})
    case.do("partner2", "Task_Review", {"review_decision": "RETURN", "review_opinion_return": "请写明付款期限"})
    first = case.first_values("Task_Draft", "partner1")
    assert (first["returned"], first["act"], newest(case).version) == ("请写明付款期限", "settle", 1)
    case.do("partner1", "Task_Draft", {**SETTLE, "content": "三十日内一次性支付260万元，建议接受。"})
    assert newest(case).version == 1


@pytest.mark.requirement("R31")
def test_the_client_wants_another_text_and_signs_the_second_version(case):
    to_client(case)
    case.do("client", "Task_ClientAnswers", {"client_decision": "MODIFY", "change_request": "请补充风险金额"})
    assert newest(case).state == "SUPERSEDED"
    assert case.first_values("Task_Draft", "lawyer1")["returned"] == "请补充风险金额"
    case.do("lawyer1", "Task_Draft", {**DRAFT, "content": "约30万元货款可能已过诉讼时效，建议先行催告。"})
    case.do("client", "Task_ClientAnswers", SIGN)
    assert (newest(case).version, newest(case).state) == (2, "SIGNED")
    with case.firm.reading() as session:
        assert [each.state for each in confirmations.list_confirmations(session, case.lead_id)] == ["SIGNED", "SUPERSEDED"]


@pytest.mark.requirement("R31", "R34")
def test_the_client_chooses_among_options_and_must_choose(case):
    to_client(case, kind="option", options=[{"option": "继续诉讼"}, {"option": "调解"}, {"option": "暂不处理"}])
    first = case.first_values("Task_ClientAnswers", "client")
    assert (first["option_count"], first["option_text"].splitlines()[1]) == ("3", "方案二：调解")
    with pytest.raises(FormInvalid):
        case.do("client", "Task_ClientAnswers", {**SIGN, "option_count": "0"})
    case.do("client", "Task_ClientAnswers", {**SIGN, "option_count": "3", "choice3": "2"})
    assert newest(case).answer["choice"] == "调解"


@pytest.mark.requirement("R31")
def test_only_whom_the_client_or_the_contract_names_may_sign(case):
    to_client(case)
    with pytest.raises(FormInvalid) as refused:
        case.do("client", "Task_ClientAnswers", {**SIGN, "signer_name": "李四"})
    assert "张三（本人）" in refused.value.errors["signer_name"][0].params["names"]


@pytest.mark.requirement("R31")
def test_whom_the_contract_names_may_sign_too(case):
    case.begin_matter(instructors=[{"name": "李四", "position": "财务负责人"}])
    to_client(case)
    case.do("client", "Task_ClientAnswers", {**SIGN, "signer_name": "李四"})
    assert newest(case).answer["signer_name"] == "李四"


def test_a_silent_client_is_reminded_called_and_reported_to_the_partner(case):
    to_client(case)
    case.move(days=1, minutes=1)
    assert len(case.sent()) == 2
    case.move(days=1)
    assert len(case.sent()) == 3
    assert {link.expires_at for link in case.links()} == {add_working_days(datetime(2026, 11, 24, 9, tzinfo=FIRM_ZONE), 5)}
    case.move(days=1)
    assert case.open_tasks() == {"Task_ClientAnswers", "Task_Call"}
    case.do("lawyer1", "Task_Call", CALL)
    assert case.log()[-1].reached is False
    case.move(days=4)
    assert case.open_tasks() == {"Task_Overdue"}
    assert case.link("Task_ClientAnswers").state(case.firm.clock.now()) != "open"
    case.do("partner1", "Task_Overdue", {"overdue_decision": "RESEND", "overdue_reason": "客户短信回复出差中，周五返回。"})
    assert case.open_tasks() == {"Task_ClientAnswers"}
    assert newest(case).due_at == add_working_days(case.firm.clock.now(), 3)
    case.move(days=8)
    case.do("partner1", "Task_Overdue", {"overdue_decision": "STOP", "overdue_reason": "两次送达均无答复，不实施。"})
    assert (newest(case).state, case.state()) == ("EXPIRED", "completed")
    assert "Event_NotConfirmed" in case.steps()


@pytest.mark.parametrize(
    ("deadline", "due", "partner"),
    [
        ("2026-12-31", (27, 9), (31 + 30, 0)), ("2026-11-27", (26, 18), (26, 18)), ("2026-11-30", (27, 9), (27, 18)),
    ],
)  # fmt: skip
def test_a_legal_deadline_presses_the_plan_together(deadline, due, partner):
    now = datetime(2026, 11, 24, 9, tzinfo=FIRM_ZONE)
    plan = confirmation_plan.make_plan(now, date.fromisoformat(deadline))
    assert plan.due == datetime(2026, 11, due[0], due[1], tzinfo=FIRM_ZONE)
    assert now < plan.reminders[0] < plan.reminders[1] < plan.call < plan.partner
    if plan.pressed:
        assert plan.partner == datetime(2026, 11, partner[0], partner[1], tzinfo=FIRM_ZONE)
    assert plan.due <= plan.partner


def test_a_deadline_of_today_leaves_half_of_the_day(case):
    now = datetime(2026, 11, 24, 9, tzinfo=FIRM_ZONE)
    plan = confirmation_plan.make_plan(now, date(2026, 11, 24))
    assert plan.partner - now == timedelta(hours=7.5)
    with pytest.raises(FormInvalid):
        to_client(case, legal_deadline="2026-11-23")


@pytest.mark.requirement("R31")
def test_a_refusal_is_explained_again_before_a_witness_and_the_client_signs_a_new_version(case):
    to_client(case, SETTLE)
    case.do("client", "Task_ClientAnswers", REFUSE)
    assert (newest(case).state, case.open_tasks()) == ("REFUSED", {"Task_Explain"})
    assert case.first_values("Task_Explain", "lawyer1")["refusal"] == "金额太低"
    for wrong in ({"explained_at": "2026-12-01T09:00"}, {"witness": "李明轩"}):
        with pytest.raises(FormInvalid):
            case.do("lawyer1", "Task_Explain", {**EXPLAIN, **wrong})
    case.do("lawyer1", "Task_Explain", EXPLAIN)
    case.do("partner1", "Task_Decide", {"refusal_decision": "RESEND", "refusal_opinion": "客户愿意重新考虑"})
    assert case.open_tasks() == {"Task_ClientAnswers"}
    case.do("client", "Task_ClientAnswers", SIGN)
    with case.firm.reading() as session:
        states = [(each.version, each.state) for each in confirmations.list_confirmations(session, case.lead_id)]
    assert states == [(2, "SIGNED"), (1, "REFUSED")]


@pytest.mark.parametrize(
    ("decision", "goes_to", "state"),
    [("REDRAFT", {"Task_Draft"}, "REFUSED"), ("STOP", set(), "REFUSED"), ("PROCEED", set(), "REFUSED"), ("WITHDRAW", set(), "REFUSED")],
)
def test_what_a_partner_decides_about_a_refusal(case, decision, goes_to, state):
    to_client(case)
    case.do("client", "Task_ClientAnswers", REFUSE)
    case.do("lawyer1", "Task_Explain", EXPLAIN)
    case.do("partner1", "Task_Decide", {"refusal_decision": decision, "refusal_opinion": "说明充分"})
    assert (case.open_tasks(), newest(case).state, case.incidents()) == (goes_to, state, [])
    assert newest(case).refusal["decided_by_name"]
    with case.firm.reading() as session:
        asked = session.execute(select(Message).where(Message.name == "matter.change_requested")).scalars().all()
    assert [each.correlation for each in asked] == ([case.matter_id] if decision == "WITHDRAW" else [])


@pytest.mark.requirement("R31")
def test_a_refused_settlement_does_not_proceed_on_the_record_of_an_explanation(case):
    to_client(case, SETTLE)
    case.do("client", "Task_ClientAnswers", REFUSE)
    case.do("lawyer1", "Task_Explain", EXPLAIN)
    with pytest.raises(FormInvalid) as refused:
        case.do("partner1", "Task_Decide", {"refusal_decision": "PROCEED", "refusal_opinion": "说明充分"})
    assert "第六十二条" in refused.value.errors["refusal_decision"][0].params["basis"]


def test_the_urgent_way_is_allowed_by_a_partner_reported_and_ratified(case):
    case.begin("confirmation")
    case.do("lawyer1", "Task_Draft", {**DRAFT, "act": "appeal", "subject": "提起上诉", "urgent": True, "legal_deadline": "2026-11-27"})
    with pytest.raises(NotAllowed):
        case.do("lawyer1", "Task_Review", URGENT)
    case.do("partner1", "Task_Review", URGENT)
    assert case.open_tasks() == {"Task_ReportUrgent"}
    assert "三次电话" in case.first_values("Task_ReportUrgent", "lawyer1")["urgent_reason"]
    case.do("lawyer1", "Task_ReportUrgent", {**REPORT, "acted_on": "2026-11-24"})
    assert case.incidents() == []
    assert "紧急处理报告：提起上诉" in case.sent()
    with case.firm.reading() as session:
        (act,) = authority.list_acts(session, case.matter_id)
    assert (act.act, act.basis) == ("appeal", "urgent")
    assert case.open_tasks() == {"Task_ClientAnswers"}
    assert "请您追认" in read_text(case.read(newest(case).document_id))
    case.do("client", "Task_ClientAnswers", SIGN)
    assert newest(case).state == "SIGNED"
    assert newest(case).urgent["measures"].startswith("已于上诉期内")


def test_what_was_done_first_is_not_allowed_twice(case):
    case.begin("confirmation")
    case.do("lawyer1", "Task_Draft", {**DRAFT, "urgent": True})
    case.do("partner1", "Task_Review", URGENT)
    case.do("lawyer1", "Task_ReportUrgent", {**REPORT, "acted": "no"})
    case.move(days=9)
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Overdue", {"overdue_decision": "URGENT", "overdue_reason": "仍然联系不上客户本人。"})


def test_a_client_without_email_gets_the_link_from_the_desk(case):
    case.forget_email()
    to_client(case)
    assert case.mails()[-1]["to"] == "desk@demo.invalid"
    case.move(days=1, minutes=1)
    assert case.mails()[-1]["to"] == "desk@demo.invalid"


@pytest.mark.requirement("R31")
def test_the_state_machine_holds_in_the_record(case):
    to_client(case)
    found = newest(case)
    case.do("client", "Task_ClientAnswers", SIGN)

    def attempts(context):
        for action in (
            lambda: confirmations.sign_confirmation(context, found.id, {"signature": "x", "signer_name": "张三"}),
            lambda: confirmations.refuse_confirmation(context, found.id, "x"),
            lambda: confirmations.close_confirmation(context, found.id, "EXPIRED", "x"),
            lambda: confirmations.send_confirmation(context, found.id, document_id="x", due_at=context.now),
            lambda: confirmations.allow_urgent(context, found.id, reason="x"),
            lambda: confirmations.report_urgent(context, found.id, {}),
        ):
            with pytest.raises(StateRefused):
                action()
        drafted = confirmations.draft_confirmation(context, lead_id=case.lead_id, matter_id=case.matter_id, values=SETTLE)
        for action in (
            lambda: confirmations.sign_confirmation(context, drafted.id, {"signature": "x", "signer_name": "张三"}),
            lambda: confirmations.keep_signed_copy(context, drafted.id, "x"),
        ):
            with pytest.raises(StateRefused):
                action()

    case.run(attempts, "partner1")


def test_another_process_asks_for_a_confirmation(case):
    seed = {"topic": "错过上诉期限的告知", "kind": "risk"}
    payload = {"matter_id": case.matter_id, "lead_id": case.lead_id, "lawyer_id": case.cast["lawyer1"].id, "confirm_seed": seed}
    (case.instance_id,) = case.firm.run(ReceiveMessage("confirmation.requested", case.matter_id, payload), SYSTEM)
    assert case.first_values("Task_Draft", "lawyer1")["kind"] == "risk"
