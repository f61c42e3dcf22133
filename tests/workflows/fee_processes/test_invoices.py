"""Invoices on demand, in advance, by the client's link; red-letter invoices."""

from __future__ import annotations

from datetime import date

import pytest

from engine import RunOperation
from engine.errors import FormInvalid, StateRefused
from workflows.records import fees, invoices, links, refusals

pytestmark = pytest.mark.requirement("R21", "R23")
NUMBER = {"invoice_kind": "digital", "invoice_no": "26112000000000000007", "issued_on": "2026-11-24"}
INVOICE = {**NUMBER, "invoice_title": "张三贸易有限公司", "amount": "60000", "tax_rate": "6"}
BUYER = {"invoice_title": "张三贸易有限公司", "tax_id": "91350100M000100Y43", "invoice_sort": "general"}


def ask(case, **more):
    rows = case.first_values("Task_AskInvoice", "lawyer1")["payments"]
    case.do("lawyer1", "Task_AskInvoice", {"payments": [{**rows[0], "chosen": True}], "filled_by": "ME", **BUYER, **more})


def test_an_invoice_is_asked_for_and_everything_is_settled(case):
    case.sign()
    case.receive()
    case.begin("invoice_request")
    ask(case)
    first = case.first_values("Task_IssueInvoice", "finance")
    assert (first["invoice_title"], first["tax_id"], first["amount"]) == ("张三贸易有限公司", "91350100M000100Y43", "60000.00")
    case.do("finance", "Task_IssueInvoice", INVOICE)
    assert (case.state(), case.incidents()) == ("completed", [])
    assert case.items()[0].is_settled
    assert "26112000000000000007" in case.mails()[-1]["body"]


@pytest.mark.parametrize("answers", [True, False])
def test_the_client_fills_in_the_buyer_or_gets_the_own_name(case, answers):
    case.sign()
    case.receive()
    case.begin("invoice_request")
    ask(case, filled_by="CLIENT")
    if answers:
        assert "60,000.00" in case.first_values("Task_ClientFills", "client")["payment_shown"]
        case.do("client", "Task_ClientFills", BUYER)
    else:
        case.move(days=5)
        with case.firm.reading() as session:
            assert all(link.state(case.firm.clock.now()) == links.REVOKED for link in links.list_links(session, case.lead_id))
    title = case.first_values("Task_IssueInvoice", "finance")["invoice_title"]
    assert title == ("张三贸易有限公司" if answers else "张三")


def test_an_invoice_in_advance_says_why_and_stays_within_the_contract(case):
    case.sign()
    case.run(lambda context: fees.plan_fees(context, case.contract_id))
    case.begin("invoice_request")
    with pytest.raises(FormInvalid) as caught:
        ask(case)
    assert caught.value.errors["payments"][0].code == refusals.ADVANCE_NEEDED
    ask(case, in_advance=True, advance_reason="客户须凭票付款")
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_IssueInvoice", {**INVOICE, "amount": "60000.01"})
    assert caught.value.errors["amount"][0].code == refusals.INVOICE_ABOVE_RECEIPT
    case.do("finance", "Task_IssueInvoice", INVOICE)
    item = case.items()[0]
    assert (item.state, str(item.invoiced), str(item.paid)) == (fees.DUE, "60000.00", "0.00")


@pytest.mark.parametrize("chosen", [0, 2])
def test_exactly_one_payment_is_chosen(case, chosen):
    case.sign()
    case.receive()
    case.begin("invoice_request")
    rows = case.first_values("Task_AskInvoice", "lawyer1")["payments"]
    picked = [{**rows[0], "chosen": True}] * chosen if chosen else rows
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_AskInvoice", {"payments": picked, "filled_by": "ME", **BUYER})
    assert caught.value.errors["payments"][0].code == refusals.CHOOSE_ONE_PAYMENT


@pytest.mark.parametrize("anew", ["REISSUE", "NONE"])
def test_a_wrong_invoice_is_taken_back_and_issued_anew(case, anew):
    case.sign()
    case.receive()
    wrong = case.invoice()
    case.begin("invoice_correction", "finance")
    rows = case.first_values("Task_AskRed", "finance")["invoices"]
    case.do("finance", "Task_AskRed", {"invoices": [{**rows[0], "chosen": True}], "red_reason": "抬头错误", "red_next": anew})
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_IssueRed", {**NUMBER, "invoice_no": "26112000000000000001"})
    assert caught.value.errors["invoice_no"][0].code == refusals.INVOICE_NUMBER_USED
    case.do("finance", "Task_IssueRed", NUMBER)
    assert str(case.items()[0].invoiced) == "0.00"
    with case.firm.reading() as session:
        red = invoices.find_red(session, wrong)
        assert (str(red.amount), red.red_reason) == ("-60000.00", "抬头错误")
    if anew == "REISSUE":
        case.do("finance", "Task_IssueInvoice", {**INVOICE, "invoice_no": "26112000000000000008"})
        assert case.items()[0].is_settled
    assert (case.state(), case.incidents()) == ("completed", [])


def test_the_record_refuses_what_the_form_refuses(case):
    case.sign()
    case.receive()
    wrong = case.invoice()
    with pytest.raises(StateRefused):
        case.invoice("26112000000000000009", "0.01")

    def reverse(context):
        return invoices.reverse_invoice(
            context, wrong, code="", number="26112000000000000010", issued_on=date(2026, 11, 24), reason="x"
        )

    case.run(reverse)
    with pytest.raises(invoices.InvoiceReversed):
        case.run(lambda context: invoices.reverse_invoice(
            context, wrong, code="", number="26112000000000000011", issued_on=date(2026, 11, 24), reason="x"
        ))  # fmt: skip
    with pytest.raises(StateRefused):
        case.firm.run(RunOperation("fees.call", {"fee_item_id": case.items()[0].id}), case.cast["finance"])
