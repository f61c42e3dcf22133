"""Fees through every path of the diagram."""

from __future__ import annotations

import pytest

from engine import SYSTEM, RunOperation
from engine.errors import FormInvalid, FourEyes, NotAllowed
from tests.workflows.signed import sign_contract
from workflows.records import documents, fees, invoices, refusals

RECEIPT = {
    "receipt_decision": "RECEIVED", "received_on": "2026-11-24", "amount": "60000", "channel": "bank",
    "reference": "20261124000001", "payer_name": "张三", "payer_kind": "client",
}  # fmt: skip
INVOICE = {
    "invoice_kind": "digital", "invoice_no": "26112000000000000001", "invoice_title": "张三", "amount": "60000",
    "tax_rate": "6", "issued_on": "2026-11-24",
}  # fmt: skip


def start(case):
    case.start("fees", contract_id=case.contract_id)


def item_of(case):
    with case.firm.reading() as session:
        return fees.list_fee_items(session, case.contract_id)[0]


def paid(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    case.do("partner1", "Task_CheckByPartner", {"check_decision": "ACCEPT"})


def test_the_first_payment_is_received_checked_and_invoiced(case):
    start(case)
    assert case.mails()[0]["subject"] == "律师服务费清单"
    assert case.first_values("Task_RegisterReceipt", "finance")["amount"] == "60000.00"
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    case.do("partner1", "Task_CheckByPartner", {"check_decision": "ACCEPT"})
    case.do("finance", "Task_IssueInvoice", INVOICE)
    assert case.incidents() == []
    assert case.state() == "completed"
    item = item_of(case)
    assert (item.state, str(item.paid), str(item.invoiced)) == ("PAID", "60000.00", "60000.00")
    with case.firm.reading() as session:
        (invoice,) = invoices.list_invoices(session, item.id)
        assert documents.find_latest(session, case.lead_id, "fee_list").slot == "fee_receipts"
        assert fees.list_open_items(session, case.lead_id) == []
    assert str(invoice.tax) == "3396.23"
    assert "26112000000000000001" in case.mails()[-1]["body"]


def test_slips_and_invoices_go_into_the_volume_and_to_the_client(case):
    start(case)

    def upload(context, title, lead_id):
        given = {"kind": "upload", "title": title, "media_type": documents.TEXT, "content": title.encode()}
        return documents.add_document(context, lead_id=lead_id, **given).id

    slip = case.run(lambda context: upload(context, "slip", case.lead_id), "finance")
    foreign = case.run(lambda context: upload(context, "foreign", "f" * 32), "finance")
    scan = case.run(lambda context: upload(context, "scan", case.lead_id), "finance")
    case.do("finance", "Task_RegisterReceipt", {**RECEIPT, "slip": [slip, foreign]})
    with case.firm.reading() as session:
        (receipt,) = fees.list_receipts(session, item_of(case).id)
        assert receipt.document_ids == [slip]
        assert documents.get_document(session, slip).slot == "fee_receipts"
        assert documents.get_document(session, foreign).slot is None
    case.do("partner1", "Task_CheckByPartner", {"check_decision": "ACCEPT"})
    case.do("finance", "Task_IssueInvoice", {**INVOICE, "invoice_file": [scan]})
    with case.firm.reading() as session:
        assert documents.get_document(session, scan).title == "发票26112000000000000001"
    assert scan in case.mails()[-1]["attachments"]


def test_nothing_is_due_on_signing(case):
    case.register()
    schedule = [{"milestone": "判决后", "amount": "60000", "due_rule": "on_stage", "due_days": "0"}]
    case.contract_id = sign_contract(case, schedule=schedule)
    start(case)
    assert case.state() == "completed"
    assert "Event_NothingDue" in case.steps()


def test_whoever_entered_a_receipt_does_not_check_it(case):
    case.firm.run(RunOperation("people.register", {"login": "finance2", "name": "钱文", "roles": ["finance"]}), SYSTEM)
    start(case)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    assert case.open_tasks() == {"Task_CheckByFinance"}
    with pytest.raises(FourEyes):
        case.do("finance", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    case.cast = {**case.cast, "finance2": type(case)(case.firm).cast["finance2"]}
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    assert case.open_tasks() == {"Task_IssueInvoice"}


def test_one_person_in_finance_lets_a_partner_check(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    with pytest.raises(NotAllowed):
        case.do("finance", "Task_CheckByPartner", {"check_decision": "ACCEPT"})


def test_a_returned_receipt_comes_back_as_it_was_entered(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", {**RECEIPT, "reference": "笔误"})
    case.do("partner1", "Task_CheckByPartner", {"check_decision": "RETURN", "check_comment": "流水号不符"})
    assert case.first_values("Task_RegisterReceipt", "finance")["reference"] == "笔误"
    assert item_of(case).paid == 0


def test_a_part_payment_leaves_the_rest_due(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", {**RECEIPT, "amount": "20000"})
    case.do("partner1", "Task_CheckByPartner", {"check_decision": "ACCEPT"})
    assert case.open_tasks() == {"Task_RegisterReceipt"}
    assert case.first_values("Task_RegisterReceipt", "finance")["amount"] == "40000.00"


def test_a_third_party_payer_says_why(case):
    start(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_RegisterReceipt", {**RECEIPT, "payer_name": "李四", "payer_kind": "third"})
    assert caught.value.errors["payer_relation"][0].code == "required"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"amount": "60000.01"}, "amount", refusals.RECEIPT_ABOVE_OPEN),
        ({"received_on": "2026-11-25"}, "received_on", refusals.DATE_IN_FUTURE),
    ],
)
def test_a_wrong_receipt_is_refused(case, change, path, code):
    start(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_RegisterReceipt", {**RECEIPT, **change})
    assert caught.value.errors[path][0].code == code


def test_finance_asks_and_the_partner_defers(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", {"receipt_decision": "DEFER", "defer_reason": "客户资金周转"})
    assert case.first_values("Task_DecideDeferral", "partner1") == {"deferral_reason": "客户资金周转"}
    late = {"deferral_decision": "APPROVED", "deferred_until": "2026-11-24", "deferral_reason": "同意"}
    with pytest.raises(FormInvalid) as caught:
        case.do("partner1", "Task_DecideDeferral", late)
    assert caught.value.errors["deferred_until"][0].code == refusals.DATE_NOT_IN_FUTURE
    case.do("partner1", "Task_DecideDeferral", {**late, "deferred_until": "2026-12-31"})
    assert case.state() == "completed"
    assert item_of(case).due_on.isoformat() == "2026-12-31"


def test_a_client_who_does_not_pay_is_reminded_and_then_the_partner_decides(case):
    start(case)
    case.move(days=3, minutes=1)
    assert case.mails()[-1]["subject"] == "付款提醒：签约"
    assert case.open_tasks() == {"Task_RegisterReceipt"}
    case.move(days=7)
    assert case.open_tasks() == {"Task_DecideDeferral"}
    case.do("partner1", "Task_DecideDeferral", {"deferral_decision": "REFUSED", "deferral_reason": "继续催收"})
    assert case.open_tasks() == {"Task_RegisterReceipt"}


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"invoice_no": "123"}, "invoice_no", refusals.INVOICE_DIGITAL_NUMBER),
        ({"invoice_kind": "coded", "invoice_code": "12345", "invoice_no": "12345678"}, "invoice_code", refusals.INVOICE_CODE),
        ({"invoice_kind": "coded", "invoice_code": "1234567890", "invoice_no": "1"}, "invoice_no", refusals.INVOICE_OLD_NUMBER),
        ({"amount": "60000.01"}, "amount", refusals.INVOICE_ABOVE_RECEIPT),
        ({"issued_on": "2027-01-01"}, "issued_on", refusals.DATE_IN_FUTURE),
    ],
)
def test_a_wrong_invoice_is_refused(case, change, path, code):
    paid(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_IssueInvoice", {**INVOICE, **change})
    assert caught.value.errors[path][0].code == code


def test_an_invoice_number_is_used_once(case):
    paid(case)
    case.do("finance", "Task_IssueInvoice", INVOICE)
    case.register()
    case.contract_id = sign_contract(case)
    paid(case)
    with pytest.raises(FormInvalid) as caught:
        case.do("finance", "Task_IssueInvoice", INVOICE)
    assert caught.value.errors["invoice_no"][0].code == refusals.INVOICE_NUMBER_USED
    case.do(
        "finance",
        "Task_IssueInvoice",
        {**INVOICE, "invoice_kind": "coded", "invoice_code": "0123456789", "invoice_no": "00000001"},
    )
    assert case.state() == "completed"
