"""Fees through every path of the diagram."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import engine.queries as queries
from engine import RunOperation
from engine.errors import FormInvalid, FourEyes, NotAllowed
from engine.tables import Message
from tests.workflows.signed import sign_contract
from workflows.records import documents, fee_steps, fees, invoices, people, receipts, refusals, suspense

pytestmark = pytest.mark.requirement("R20", "R21", "R23")
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
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})


def test_the_first_payment_is_received_checked_and_invoiced(case):
    start(case)
    assert case.mails()[0]["subject"] == "律师服务费清单"
    assert case.first_values("Task_RegisterReceipt", "finance")["amount"] == "60000.00"
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
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
        (receipt,) = receipts.list_receipts(session, item_of(case).id)
        assert receipt.document_ids == [slip]
        assert documents.get_document(session, slip).slot == "fee_receipts"
        assert documents.get_document(session, foreign).slot is None
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
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
    start(case)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    assert case.open_tasks() == {"Task_CheckByFinance"}
    with pytest.raises(FourEyes):
        case.do("finance", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    assert case.open_tasks() == {"Task_IssueInvoice"}


def test_one_person_in_finance_lets_a_partner_check(case):
    def retire(context):
        people.find_person(context.session, case.cast["finance2"].id).roles = []

    case.run(retire)
    start(case)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    with pytest.raises(NotAllowed):
        case.do("finance", "Task_CheckByPartner", {"check_decision": "ACCEPT"})
    case.do("partner1", "Task_CheckByPartner", {"check_decision": "ACCEPT"})
    assert case.open_tasks() == {"Task_IssueInvoice"}


def test_a_returned_receipt_comes_back_as_it_was_entered(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", {**RECEIPT, "reference": "笔误"})
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "RETURN", "check_comment": "流水号不符"})
    assert case.first_values("Task_RegisterReceipt", "finance")["reference"] == "笔误"
    assert item_of(case).paid == 0


def test_a_part_payment_leaves_the_rest_due(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", {**RECEIPT, "amount": "20000"})
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
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
        ({"channel": "cash", "cash_by_lawyer": True}, "cash_letter", "required"),
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


ARREARS = {"measure_reason": "客户经营困难，多次联系"}


def to_arrears(case):
    """Thirty days after the due day nobody has paid."""
    start(case)
    case.move(days=6, minutes=1)  # due on the third day, at nine
    assert case.mails()[-1]["subject"] == "付款提醒：签约"
    case.move(days=7)
    assert sum(mail["subject"] == "付款提醒：签约" for mail in case.mails()) == 2
    assert case.open_tasks() == {"Task_RegisterReceipt"}
    case.move(days=20)
    assert case.open_tasks() == {"Task_ProposeMeasure"}


def test_after_thirty_days_lawyer_and_partner_extend_the_payment(case):
    to_arrears(case)
    until = case.firm.clock.now().date() + timedelta(days=30)
    measure = {**ARREARS, "measure": "EXTEND", "measure_until": until.isoformat()}
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_ProposeMeasure", {**measure, "measure_until": "2026-11-25"})
    case.do("lawyer1", "Task_ProposeMeasure", measure)
    assert case.first_values("Task_DecideMeasure", "partner1")["measure"] == "EXTEND"
    case.do("partner1", "Task_DecideMeasure", measure)
    assert case.state() == "completed"
    assert (item_of(case).state, item_of(case).due_on) == (fees.PLANNED, until)


@pytest.mark.parametrize(("measure", "told"), [("SUSPEND", "暂停提供服务"), ("RESCIND", "解除合同"), ("SUE", "主张权利")])
def test_any_other_measure_is_told_to_the_client_and_collecting_goes_on(case, measure, told):
    to_arrears(case)
    case.do("lawyer1", "Task_ProposeMeasure", {**ARREARS, "measure": measure})
    case.do("partner1", "Task_DecideMeasure", {**ARREARS, "measure": measure})
    assert told in case.mails()[-1]["body"]
    assert case.open_tasks() == {"Task_RegisterReceipt"}
    with case.firm.reading() as session:
        (kept,) = fee_steps.list_measures(session, case.lead_id)
    assert (kept.measure, kept.decided_by_name) == (measure, "陈敬之")


def test_a_deferral_that_is_refused_lets_collecting_go_on(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", {"receipt_decision": "DEFER", "defer_reason": "客户资金周转"})
    case.do("partner1", "Task_DecideDeferral", {"deferral_decision": "REFUSED", "deferral_reason": "继续催收"})
    assert case.open_tasks() == {"Task_RegisterReceipt"}


THIRD = {**RECEIPT, "payer_name": "李四", "payer_kind": "third", "payer_relation": "配偶", "payer_account": "6222"}


def test_a_third_party_payer_is_reviewed_by_compliance(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", THIRD)
    case.do("compliance", "Task_ReviewPayer", {"payer_decision": "ACCEPT", "aml_note": "已核对结婚证"})
    assert case.open_tasks() == {"Task_CheckByFinance"}
    with case.firm.reading() as session:
        assert receipts.list_receipts(session, item_of(case).id)[0].aml_note == "已核对结婚证"


def suspended(case):
    with case.firm.reading() as session:
        return suspense.list_money(session, lead_id=case.lead_id)


def follow(case, process_key):
    """From here on the case is the newest instance of another process."""
    with case.firm.reading() as session:
        case.instance_id = max(queries.list_instances(session, process_key=process_key), key=lambda row: row.id).id


def test_money_of_a_third_party_that_is_not_taken_goes_back_to_its_payer(case):
    start(case)
    case.do("finance", "Task_RegisterReceipt", THIRD)
    case.do("compliance", "Task_ReviewPayer", {"payer_decision": "RETURN_MONEY", "aml_note": "拒绝说明关系"})
    assert (case.open_tasks(), item_of(case).paid) == ({"Task_RegisterReceipt"}, 0)
    (money,) = suspended(case)
    assert (money.reason, money.payer_account) == (suspense.PAYER, "6222")
    follow(case, "money_suspense")
    back = {"match_decision": "RETURN", "return_account": "6222", "match_reason": "退回"}
    case.do("finance", "Task_MatchMoney", back)
    with pytest.raises(FourEyes):
        case.do("finance", "Task_CheckMatch", {"check_decision": "ACCEPT"})
    case.do("finance2", "Task_CheckMatch", {"check_decision": "RETURN", "check_comment": "账户不全"})
    case.do("finance", "Task_MatchMoney", back)
    case.do("finance2", "Task_CheckMatch", {"check_decision": "ACCEPT"})
    assert (case.state(), suspended(case)[0].state) == ("completed", suspense.RETURNED)


def test_money_above_what_is_owed_waits_in_suspense_until_it_is_matched(case):
    case.register()
    later = {"milestone": "中期", "amount": "20000", "due_rule": "on_stage", "due_days": "0"}
    first = {"milestone": "签约", "amount": "40000", "due_rule": "on_signing", "due_days": "3"}
    case.contract_id = sign_contract(case, schedule=[first, later])
    start(case)
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    (money,) = suspended(case)
    assert (str(money.amount), money.reason, item_of(case).state) == ("20000.00", suspense.OVER, fees.PAID)
    follow(case, "money_suspense")
    case.move(days=15)
    assert any(mail["subject"] == "挂账款待处理" for mail in case.mails())
    values = case.first_values("Task_MatchMoney", "finance")
    match = {**values, "match_decision": "MATCH", "match_reason": "客户来电确认"}
    for change, path in (({"case_no": "没有"}, "case_no"), ({"milestone": "无此节点"}, "milestone")):
        with pytest.raises(FormInvalid) as caught:
            case.do("finance", "Task_MatchMoney", {**match, **change})
        assert path in caught.value.errors
    case.do("finance", "Task_MatchMoney", match)
    case.do("finance2", "Task_CheckMatch", {"check_decision": "ACCEPT"})
    with case.firm.reading() as session:
        paid = fees.list_fee_items(session, case.contract_id)[1]
    assert (paid.state, suspended(case)[0].state, case.incidents()) == (fees.PAID, suspense.MATCHED, [])


def test_only_finance_notes_money_of_unknown_origin(case):
    given = {
        "amount": "500", "received_on": "2026-11-24", "channel": "bank", "reference": "9", "payer_name": "某某", "payer_account": ""
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("money.note", given), case.cast["lawyer1"])
    case.firm.run(RunOperation("money.note", given), case.cast["finance"])
    case.settle()
    follow(case, "money_suspense")
    assert case.open_tasks() == {"Task_MatchMoney"}


@pytest.mark.parametrize(("finding", "complaints"), [("PROVEN", 1), ("CLEARED", 0)])
def test_money_on_a_lawyers_own_account_goes_to_compliance_and_becomes_a_complaint(case, finding, complaints):
    start(case)
    told = {"receipt_decision": "PRIVATE", "private_lawyer": "李明轩", "private_facts": "客户称已转账至律师微信三万元"}
    case.do("finance", "Task_RegisterReceipt", told)
    assert case.open_tasks() == {"Task_RegisterReceipt"}
    follow(case, "private_fee")
    assert case.first_values("Task_Investigate", "compliance")["private_lawyer"] == "李明轩"
    judged = {"private_finding": finding, "measures": "已责令当日交回本所账户"}
    case.do("compliance", "Task_Investigate", judged)
    with case.firm.reading() as session:
        sent = [row for row in session.scalars(select(Message)) if row.name == "complaint.received"]
    assert (len(sent), case.state(), case.incidents()) == (complaints, "completed", [])


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
