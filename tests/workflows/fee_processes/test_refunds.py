"""Refunds: approvals by amount, red invoice, four eyes at the till, the client's receipt; a complaint's refund."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import SYSTEM, ReceiveMessage
from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from engine.tables import Message
from workflows.records import fees, refunds, refusals

pytestmark = pytest.mark.requirement("R20", "R21", "R23")
ASK = {"refund_formula": "已付60000元，一审未开始，退还20000元", "refund_reason": "提前解除", "refund_account": "张三 6222 0001"}
RED = {"invoice_kind": "digital", "invoice_no": "26112000000000000020", "issued_on": "2026-11-24"}
PAY = {"refund_paid_on": "2026-11-24", "refund_reference": "R1", "original_account": True}
YES = {"refund_decision": "APPROVED", "refund_opinion": "同意"}


def ask(case, amount, login="lawyer1"):
    values = case.first_values("Task_AskRefund", login)
    assert values["refund_account"] == "张三 6222 0001"
    rows = [{**values["payments"][0], "chosen": True}]
    case.do(login, "Task_AskRefund", {**ASK, "payments": rows, "refund_amount": amount})


def pay(case):
    case.do("finance", "Task_PayRefund", PAY)
    with pytest.raises(FourEyes):
        case.do("finance", "Task_CheckRefund", {"check_decision": "ACCEPT"})
    case.do("finance2", "Task_CheckRefund", {"check_decision": "ACCEPT"})


def test_a_small_refund_needs_a_partner_and_goes_back_to_its_account(case):
    case.sign()
    case.receive()
    case.begin("fee_refund")
    ask(case, "10000")
    case.do("partner1", "Task_ApproveRefund", YES)
    assert case.open_tasks() == {"Task_PayRefund"}
    pay(case)
    assert "10,000.00" in case.first_values("Task_ClientReceives", "client")["refund_shown"]
    case.do("client", "Task_ClientReceives", {"refund_arrived": "YES"})
    with case.firm.reading() as session:
        (refund,) = refunds.list_refunds(session, case.lead_id)
    assert (case.state(), refund.state, str(case.items()[0].refunded)) == ("completed", refunds.CONFIRMED, "10000.00")
    assert case.items()[0].state == fees.PAID


def test_a_large_refund_needs_the_director_and_a_red_invoice(case):
    case.sign()
    case.receive()
    case.invoice()
    case.begin("fee_refund")
    ask(case, "60000")
    case.do("partner1", "Task_ApproveRefund", YES)
    assert case.open_tasks() == {"Task_DirectorApproves"}
    case.do("director", "Task_DirectorApproves", YES)
    case.do("finance", "Task_IssueRed", RED)
    pay(case)
    case.do("client", "Task_ClientReceives", {"refund_arrived": "YES"})
    item = case.items()[0]
    assert (item.state, str(item.invoiced), item.is_settled) == (fees.REFUNDED, "0.00", True)
    with case.firm.reading() as session:
        assert [row.correlation for row in session.scalars(select(Message)) if row.name == "fees.settled"] == [case.lead_id]


@pytest.mark.parametrize("who", ["partner1", "director"])
def test_a_refund_may_be_refused(case, who):
    case.sign()
    case.receive()
    case.begin("fee_refund")
    ask(case, "20000")
    no = {"refund_decision": "REFUSED", "refund_opinion": "工作已完成"}
    if who == "director":
        case.do("partner1", "Task_ApproveRefund", YES)
        case.do("director", "Task_DirectorApproves", no)
    else:
        case.do("partner1", "Task_ApproveRefund", no)
    assert (case.state(), str(case.items()[0].refunded)) == ("completed", "0.00")


def test_a_refund_that_did_not_arrive_is_told_and_a_silent_client_closes_it(case):
    case.sign()
    case.receive()
    for arrived in (True, False):
        case.begin("fee_refund")
        ask(case, "5000")
        case.do("partner1", "Task_ApproveRefund", YES)
        case.do("finance", "Task_PayRefund", PAY)
        case.do("finance2", "Task_CheckRefund", {"check_decision": "RETURN", "check_comment": "流水号不符"})
        pay(case)
        if arrived:
            case.do("client", "Task_ClientReceives", {"refund_arrived": "NO"})
            assert any(mail["subject"] == "客户未收到退款" for mail in case.mails())
        else:
            case.move(days=15)
        assert case.state() == "completed"


def test_no_more_goes_back_than_came_in(case):
    case.sign()
    case.receive()
    case.begin("fee_refund")
    with pytest.raises(FormInvalid) as caught:
        ask(case, "60000.01")
    assert caught.value.errors["refund_amount"][0].code == refusals.REFUND_ABOVE_PAID
    item = case.items()[0]
    for amount in ("60000.01", "0", "-1"):
        with pytest.raises(StateRefused):
            case.run(lambda context, amount=amount: refunds.apply_refund(
                context, item.id, amount=Decimal(amount), reason="", formula="", account=""
            ))  # fmt: skip
        with pytest.raises(StateRefused):
            case.run(lambda context, amount=amount: fees.add_refunded(context, item.id, Decimal(amount)))


def test_a_refund_above_the_limit_is_not_paid_without_a_director_whatever_comes(case):
    case.sign()
    case.receive()
    item = case.items()[0]
    given = {"amount": Decimal(20000), "reason": "x", "formula": "x", "account": "x"}
    refund = case.run(lambda context: refunds.apply_refund(context, item.id, **given), "lawyer1")
    decide = lambda context: refunds.decide_refund(context, refund.id, approved=True, opinion="")  # noqa: E731 - run by three
    with pytest.raises(FourEyes):
        case.run(decide, "lawyer1")
    assert case.run(decide, "partner1").state == refunds.APPLIED
    with pytest.raises(StateRefused):
        case.run(lambda context: refunds.pay_refund(context, refund.id, reference="1", paid_on=context.now.date()), "finance")
    assert case.run(decide, "director").state == refunds.APPROVED


def test_a_complaint_that_ends_with_a_refund_begins_one(case):
    case.sign()
    case.receive()
    payload = {"lead_id": case.lead_id, "refund_amount": "3000.00", "refund_reason": "投诉TS-2026-0001的处理结果", "title": "退费"}
    (case.instance_id,) = case.firm.run(ReceiveMessage("refund.requested", case.lead_id, payload), SYSTEM)
    case.settle()
    values = case.first_values("Task_AskRefund", "lawyer1")
    assert (values["refund_amount"], values["refund_reason"]) == ("3000.00", "投诉TS-2026-0001的处理结果")
    with pytest.raises(NotAllowed):
        case.do("archivist", "Task_AskRefund", {})
