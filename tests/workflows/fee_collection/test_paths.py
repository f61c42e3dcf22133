"""Later payments: on their day, when they are called, after a deferral, and not any more once the matter is closed."""

from __future__ import annotations

import pytest

import engine.queries as queries
from engine import RunOperation
from engine.errors import NotAllowed, StateRefused
from tests.workflows.signed import open_case, sign_contract
from workflows.records import fees, matters

SCHEDULE = [
    {"milestone": "签约", "amount": "30000", "due_rule": "on_signing", "due_days": "3"},
    {"milestone": "中期", "amount": "20000", "due_rule": "on_date", "due_on": "2026-12-10"},
    {"milestone": "判决后", "amount": "10000", "due_rule": "on_stage", "due_days": "7"},
]
RECEIPT = {
    "receipt_decision": "RECEIVED", "received_on": "2026-11-24", "channel": "bank", "reference": "1", "payer_name": "张三",
    "payer_kind": "client",
}  # fmt: skip


@pytest.fixture
def planned(case):
    """Fees planned by schedule: one payment now, one on a day, one when it is called."""
    case.register()
    case.contract_id = sign_contract(case, schedule=SCHEDULE)
    case.start("fees", contract_id=case.contract_id)
    with case.firm.reading() as session:
        case.items = {item.milestone: item.id for item in fees.list_fee_items(session, case.contract_id)}
        running = queries.list_instances(session, process_key="fee_collection")
        case.later = {row.business_key: row.id for row in running}
    return case


def turn_to(case, milestone):
    """From here on the case is the collection of a later payment."""
    case.instance_id = case.later[case.items[milestone]]


def item_of(case, milestone):
    with case.firm.reading() as session:
        return fees.get_fee_item(session, case.items[milestone])


def call(case, milestone, login):
    case.firm.run(RunOperation("fees.call", {"fee_item_id": case.items[milestone]}), case.cast[login])
    case.settle()


def test_each_later_payment_waits_by_itself(planned):
    assert set(planned.later) == {planned.items["中期"], planned.items["判决后"]}
    assert planned.open_tasks() == {"Task_RegisterReceipt"}


def test_a_payment_with_a_day_is_collected_on_it(planned):
    turn_to(planned, "中期")
    assert planned.open_tasks() == set()
    planned.move(days=16)
    assert planned.open_tasks() == {"Task_RegisterReceipt"}
    assert item_of(planned, "中期").state == fees.DUE
    planned.do("finance", "Task_RegisterReceipt", {**RECEIPT, "amount": "20000"})
    planned.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    planned.do("finance", "Task_IssueInvoice", {
        "invoice_kind": "digital", "invoice_no": "26112000000000000009", "invoice_title": "张三", "amount": "20000",
        "tax_rate": "6", "issued_on": "2026-11-24",
    })  # fmt: skip
    assert planned.incidents() == []
    assert (planned.state(), item_of(planned, "中期").state) == ("completed", fees.PAID)


@pytest.mark.parametrize("milestone", ["中期", "判决后"])
@pytest.mark.parametrize("login", ["lawyer1", "finance", "partner2"])
def test_a_payment_is_collected_when_it_is_called(planned, milestone, login):
    turn_to(planned, milestone)
    call(planned, milestone, login)
    assert planned.open_tasks() == {"Task_RegisterReceipt"}
    assert planned.first_values("Task_RegisterReceipt", "finance")["amount"] == {"中期": "20000.00", "判决后": "10000.00"}[milestone]
    with pytest.raises(StateRefused):
        call(planned, milestone, login)


@pytest.mark.parametrize("login", ["lawyer2", "desk", "archivist"])
def test_only_who_works_on_it_calls_a_payment(planned, login):
    with pytest.raises(NotAllowed):
        call(planned, "判决后", login)


def test_a_deferred_payment_comes_back_on_its_day(planned):
    planned.do("finance", "Task_RegisterReceipt", {"receipt_decision": "DEFER", "defer_reason": "资金周转"})
    approved = {"deferral_decision": "APPROVED", "deferred_until": "2026-12-31", "deferral_reason": "同意"}
    planned.do("partner1", "Task_DecideDeferral", approved)
    assert planned.state() == "completed"
    with planned.firm.reading() as session:
        (again,) = queries.list_instances(session, business_key=planned.items["签约"])
    planned.instance_id = again.id
    planned.move(days=37)
    assert planned.open_tasks() == {"Task_RegisterReceipt"}


@pytest.mark.parametrize("milestone", ["中期", "判决后"])
def test_nothing_is_collected_after_closing(planned, milestone):
    made = open_case(planned, planned.contract_id)

    def close(context):
        matters.start_closing(context, made["matter_id"])
        matters.close_matter(context, made["matter_id"])

    planned.run(close)
    planned.settle()
    turn_to(planned, milestone)
    assert planned.state() == "completed"
    assert item_of(planned, milestone).state == fees.PLANNED


def test_the_client_is_told_seven_days_and_one_day_before(planned):
    turn_to(planned, "中期")
    told = lambda: sum(mail["subject"] == "付款通知：中期" for mail in planned.mails())  # noqa: E731 - counted four times below
    assert told() == 0
    planned.move(days=9)  # 3 December, seven days before the tenth
    assert told() == 1
    planned.move(days=6)
    assert told() == 2
    assert planned.open_tasks() == set()
    planned.move(days=1)
    assert (told(), planned.open_tasks()) == (2, {"Task_RegisterReceipt"})
