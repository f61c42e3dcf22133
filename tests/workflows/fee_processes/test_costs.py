"""Costs paid for a client: nothing without the client's word, nothing above it, two people, and the fee list."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import FormInvalid, FourEyes, StateRefused
from tests.workflows.pdf_text import read_text
from workflows.records import client_costs, documents, refusals

pytestmark = pytest.mark.requirement("R20", "R23")
ESTIMATE = {"cost_title": "赴外地调查取证", "cost_lines": [{"cost_kind": "travel", "cost_name": "往返高铁", "cost_amount": "1200"}]}
AGREED = {"cost_decision": "AGREED"}


def to_client(case):
    case.sign()
    case.receive()
    case.begin("client_costs")
    case.do("lawyer1", "Task_Estimate", ESTIMATE)
    assert "1,200.00" in case.first_values("Task_ClientConfirms", "client")["cost_shown"]


def cost_of(case):
    with case.firm.reading() as session:
        return client_costs.list_costs(session, case.lead_id)[-1]


def test_costs_are_confirmed_proved_approved_and_settled(case):
    to_client(case)
    case.move(days=3, minutes=1)
    assert any(mail["subject"] == "请确认代付费用预算" for mail in case.mails())
    case.do("client", "Task_ClientConfirms", AGREED)
    files = [case.upload()]
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_SubmitReceipts", {"receipts_decision": "DONE", "actual": "1200.01", "cost_files": files})
    assert caught.value.errors["actual"][0].code == refusals.COSTS_ABOVE_ESTIMATE
    spent = {"receipts_decision": "DONE", "actual": "1000", "advanced": "1200", "cost_files": files}
    case.do("lawyer1", "Task_SubmitReceipts", spent)
    case.do("partner1", "Task_ApproveCosts", {"cost_approval": "RETURNED", "cost_opinion": "缺返程票"})
    assert case.first_values("Task_SubmitReceipts", "lawyer1")["returned"] == "缺返程票"
    case.do("lawyer1", "Task_SubmitReceipts", spent)
    case.do("partner1", "Task_ApproveCosts", {"cost_approval": "APPROVED"})
    assert case.first_values("Task_SettleCosts", "finance")["balance_shown"].endswith("退还客户¥200.00")
    case.do("finance", "Task_SettleCosts", {"settle_reference": "S1"})
    assert (case.state(), cost_of(case).state, case.incidents()) == ("completed", client_costs.SETTLED, [])
    with case.firm.reading() as session:
        fee_list = documents.find_latest(session, case.lead_id, "fee_list")
        assert "赴外地调查取证" in read_text(documents.read_content(session, fee_list.id)).replace("\n", "")
        assert documents.get_document(session, files[0]).slot == "fee_receipts"


def test_without_the_clients_word_nothing_is_spent(case):
    to_client(case)
    case.do("client", "Task_ClientConfirms", {"cost_decision": "REFUSED", "cost_comment": "请先电话沟通"})
    assert case.first_values("Task_Estimate", "lawyer1")["client_said"] == "请先电话沟通"
    case.do("lawyer1", "Task_Estimate", ESTIMATE)
    case.move(days=15)
    assert (case.state(), cost_of(case).state) == ("completed", client_costs.REFUSED)
    with pytest.raises(StateRefused):
        case.run(lambda context: client_costs.submit_receipts(
            context, cost_of(case).id, actual=Decimal(1), advanced=Decimal(0), document_ids=[]
        ))  # fmt: skip


def test_more_than_the_estimate_is_asked_anew(case):
    to_client(case)
    case.do("client", "Task_ClientConfirms", AGREED)
    with pytest.raises(StateRefused):
        case.run(lambda context: client_costs.submit_receipts(
            context, cost_of(case).id, actual=Decimal(1201), advanced=Decimal(0), document_ids=[]
        ))  # fmt: skip
    case.run(lambda context: client_costs.submit_receipts(
        context, cost_of(case).id, actual=Decimal(1), advanced=Decimal(0), document_ids=[]
    ))  # fmt: skip
    with pytest.raises(FourEyes):
        case.run(lambda context: client_costs.approve_costs(context, cost_of(case).id, approved=True), "lawyer1")
    case.do("lawyer1", "Task_SubmitReceipts", {"receipts_decision": "MORE"})
    case.do("lawyer1", "Task_Estimate", ESTIMATE)
    assert (case.open_tasks(), cost_of(case).state) == ({"Task_ClientConfirms"}, client_costs.ESTIMATED)
