"""Closing through every path."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import FormInvalid, FourEyes, NotAllowed
from engine.tables import Message
from tests.workflows.closing.conftest import (
    APPLICATION,
    APPROVE,
    DELIVERY,
    MAIL,
    OBJECTION,
    RECEIPT,
    RETURN,
    SETTLE,
    SUMMARY,
)
from workflows.records import client_signatures, closings, communications, fees, links, matters, updates


@pytest.mark.requirement("R39", "R40")
def test_a_matter_is_applied_for_summarised_reviewed_settled_delivered_and_signed_for(case):
    assert case.open_tasks() == {"Task_Apply"}
    case.do("lawyer1", "Task_Apply", APPLICATION)
    assert case.matter_state() == matters.CLOSING
    assert case.closing().open_items == []
    case.do("lawyer1", "Task_Summary", SUMMARY)
    case.do("partner1", "Task_Review", {"quality": "5", "decision": "APPROVE"})
    case.do("finance", "Task_Settle", {"settlement": "settled", "client_money_zero": True})
    case.deliver()
    assert case.open_tasks() == {"Task_ClientReceipt"}
    assert case.matter_state() == matters.CLOSING
    case.do("client", "Task_ClientReceipt", RECEIPT)
    assert case.incidents() == []
    assert case.state() == "completed"
    assert case.matter_state() == matters.CLOSED
    assert case.result("closing_result") == "SIGNED"
    assert (case.closing().state, case.closing().result) == (closings.CLOSED, closings.SIGNED)


@pytest.mark.requirement("R39", "R40")
def test_the_volume_gets_the_summary_the_signed_statement_and_the_results(case):
    case.until_receipt()
    shown = case.link("Task_ClientReceipt").document_ids
    case.do("client", "Task_ClientReceipt", RECEIPT)
    slots = case.slots()
    assert [document.title for document in slots["closing_summary"]] == ["办案小结"]
    (statement,) = slots["deliverables"]
    assert (statement.title, statement.source) == ("结案说明及成果签收单", "signature")
    assert [document.title for document in slots["judgment"]] == ["民事判决书"]
    assert len(shown) == 2 and slots["judgment"][0].id in shown  # the client reads the statement and the judgment
    with case.firm.reading() as session:
        signature = client_signatures.get_signature(session, case.lead_id, "closing_receipt")
        assert signature.address == "192.0.2.7"
        assert communications.list_communications(session, case.lead_id)[-1].summary == "已签收办案成果和结案说明：谢谢"


def test_open_items_are_listed_need_a_word_each_and_a_reason_from_the_partner(case):
    coming = {"key_date_kind": "上诉期", "key_date_on": "2026-12-05"}

    def leave_open(context):
        fees.plan_fees(context, matters.get_matter(context.session, case.matter_id).contract_id)
        matters.set_plan(
            context,
            case.matter_id,
            plan={"key_dates": [coming, {**coming, "key_date_on": "2020-01-01"}]},
            security_level="internal",
        )
        updates.write_update(context, case.matter_id, latest="已开庭", next_plan="等判决", risks="无", needs="", late=False)
        links.issue_link(context, purpose="x", element_id="Task_X", lead_id=case.lead_id, recipient_name="张三", instance_id="i")

    case.run(leave_open, "lawyer1")
    case.do("lawyer1", "Task_Apply", APPLICATION)
    kinds = [item["kind"] for item in case.closing().open_items]
    assert kinds == ["deadline", "unpaid", "unsent_update", "unanswered_link"]
    rows = case.first_values("Task_Summary", "lawyer1")["open_items"]
    assert rows[1]["item"] == "律师费未收清：签约（¥60,000.00）"
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Summary", {**SUMMARY, "open_items": rows[:1]})
    assert set(caught.value.errors) == {f"open_items.{index}.plan" for index in range(4)}
    case.summarise()
    with pytest.raises(FormInvalid) as caught:
        case.do("partner1", "Task_Review", {"quality": "4", "decision": "APPROVE"})
    assert set(caught.value.errors) == {"override_reason"}
    case.do("partner1", "Task_Review", APPROVE)
    assert case.closing().override_reason == "客户已书面承诺月底付清"
    assert case.first_values("Task_Settle", "finance")["settlement"] == "outstanding"
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_Settle", {"settlement": "settled", "client_money_zero": True})
    assert set(caught.value.errors) == {"settlement"}
    case.do("finance", "Task_Settle", SETTLE)
    case.deliver()
    assert case.incidents() == []


def test_the_partner_returns_it_and_the_lawyer_mends_it(case):
    case.until_review()
    case.do("partner1", "Task_Review", RETURN)
    assert case.open_tasks() == {"Task_Apply"}
    assert case.sent() == ["结案申请退回：" + case.matter["matter_no"]]
    again = case.first_values("Task_Apply", "lawyer1")
    assert (again["return_reason"], again["close_reason"]) == ("请补充办理经过", "judgment")
    case.do("lawyer1", "Task_Apply", {**again, "close_reason": "mediation"})
    assert case.first_values("Task_Summary", "lawyer1")["facts"] == SUMMARY["facts"]
    case.summarise()
    case.do("partner1", "Task_Review", APPROVE)
    assert case.open_tasks() == {"Task_Settle"}
    assert case.closing().application["close_reason"] == "mediation"


def test_who_wrote_the_summary_does_not_review_it(case):
    case.until_review()
    with pytest.raises((FourEyes, NotAllowed)):
        case.do("lawyer1", "Task_Review", APPROVE)


def test_partners_are_reminded_after_two_working_days(case):
    case.until_review()
    case.move(days=1, hours=23)
    assert case.sent() == []
    case.move(hours=2)
    assert set(case.sent()) == {"结案审核已超过2个工作日：" + case.matter["matter_no"]}
    assert case.open_tasks() == {"Task_Review"}


def test_a_refund_is_settled_with_its_amount(case):
    case.until_review()
    case.do("partner1", "Task_Review", APPROVE)
    refund = {"settlement": "refund", "settlement_amount": "5000", "settlement_note": "原路退回", "client_money_zero": True}
    case.do("finance", "Task_Settle", refund)
    assert case.closing().settlement["settlement_amount"] == "5000"


def test_an_original_that_stays_needs_a_reason_and_files_are_of_the_case(case):
    case.until_delivery()
    kept = [{"original_name": "合同", "original_copies": "1", "returned": "no"}]
    file = {"kind": "other", "name": "x", "copies": "1", "form": "copy", "files": ["f" * 32]}
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Deliver", {**DELIVERY, "originals": kept, "deliverables": [file]})
    assert set(caught.value.errors) == {"originals.0.original_note", "deliverables.0.files"}


@pytest.mark.requirement("R40")
def test_the_advice_names_the_periods_of_the_law(case):
    case.until_delivery()
    advice = case.first_values("Task_Deliver", "lawyer1")["client_notes"]
    assert "申请执行：请在2028-12-05前行使" in advice
    assert "15日内上诉" in advice and "第一百七十一条" in advice
    assert "2年" in advice


@pytest.mark.requirement("R35", "R39")
def test_an_objection_is_a_complaint_as_well(case):
    case.until_receipt()
    case.do("client", "Task_ClientReceipt", OBJECTION)
    with case.firm.reading() as session:
        (sent,) = session.scalars(select(Message).where(Message.name == "complaint.received"))
    assert (sent.correlation, sent.payload["source"]) == (case.lead_id, "closing")
    assert sent.payload["facts"] == OBJECTION["objection"] and sent.payload["complainant"]["relation"] == "client"


@pytest.mark.requirement("R39", "R40")
@pytest.mark.parametrize(("next_step", "task"), [("CORRECT", "Task_Deliver"), ("EXPLAIN", "Task_ClientReceipt")])
def test_an_objection_is_answered_and_the_client_asked_again(case, next_step, task):
    case.until_receipt()
    first = case.link("Task_ClientReceipt")
    case.do("client", "Task_ClientReceipt", OBJECTION)
    assert case.open_tasks() == {"Task_Objection"}
    assert case.first_values("Task_Objection", "partner1") == {"objection": "清单漏了保全裁定书"}
    case.do("partner1", "Task_Objection", {"reply": "已核对，保全裁定书一并交付。", "next_step": next_step})
    assert case.open_tasks() == {task}
    if next_step == "CORRECT":
        assert case.first_values("Task_Deliver", "lawyer1")["reply"] == "已核对，保全裁定书一并交付。"
        case.deliver()
    second = case.link("Task_ClientReceipt")
    assert second.id != first.id
    case.do("client", "Task_ClientReceipt", RECEIPT)
    assert case.matter_state() == matters.CLOSED
    assert len(case.slots()["deliverables"]) == 1  # the earlier statement was superseded


def test_an_objection_may_end_in_registered_mail(case):
    case.until_receipt()
    case.do("client", "Task_ClientReceipt", OBJECTION)
    case.do("partner1", "Task_Objection", {"reply": "说明已经两次，改为邮寄。", "next_step": "MAIL"})
    case.do("desk", "Task_RegisterMail", {**MAIL, "proof": [case.upload("底单", "desk")]})
    assert case.matter_state() == matters.CLOSED


def test_the_lawyer_does_not_answer_the_objection(case):
    case.until_receipt()
    case.do("client", "Task_ClientReceipt", OBJECTION)
    with pytest.raises((FourEyes, NotAllowed)):
        case.do("lawyer1", "Task_Objection", {"reply": "没有问题没有问题没有问题", "next_step": "EXPLAIN"})


def test_the_client_is_reminded_twice_and_then_it_goes_by_registered_mail(case):
    case.until_receipt()
    assert case.sent().count("请签收办案成果") == 1
    case.move(days=3, minutes=1)  # 3 working days: Tuesday to Friday
    assert case.sent().count("请签收办案成果") == 2
    case.move(days=6)
    assert case.sent().count("请签收办案成果") == 3
    case.move(days=5)
    assert case.open_tasks() == {"Task_RegisterMail"}
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_RegisterMail", {**MAIL, "proof": ["f" * 32]})
    assert set(caught.value.errors) == {"proof"}
    case.do("desk", "Task_RegisterMail", {**MAIL, "proof": [case.upload("底单", "desk"), case.upload("查询", "desk")]})
    assert case.result("closing_result") == "MAILED"
    assert case.matter_state() == matters.CLOSED
    titles = {document.title for document in case.slots()["deliverables"]}
    assert titles == {"结案说明及成果签收单", "结案材料邮寄凭证（1）", "结案材料邮寄凭证（2）"}
    assert all(link.state(case.firm.clock.now()) == links.REVOKED for link in case.links())
