"""Scenario 11, the money: a complaint that ends with a refund takes back the invoice by a red letter and pays to its account."""

from __future__ import annotations

import pytest

import engine.queries as queries
from tests.workflows.complaint.conftest import ComplaintCase
from tests.workflows.fee_processes.conftest import DIAGRAMS, MoneyCase
from tests.workflows.fee_processes.test_refunds import PAY, RED, YES
from tests.workflows.small_firm import open_small_firm
from workflows.records import fees, invoices, refunds

OURS = ("complaint", "complaint_investigation", "complaint_reply", "complaint_watch")


class RefundCase(ComplaintCase, MoneyCase):
    """A running matter whose fee was paid and invoiced, and a complaint about it."""

    def follow_refund(self) -> None:
        with self.firm.reading() as session:
            self.instance_id = queries.list_instances(session, process_key="complaint_refund")[0].id


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *OURS, *DIAGRAMS)
    made = RefundCase(engine)
    made.sign()
    made.receive()
    made.invoice()
    yield made
    engine.database.dispose()


@pytest.mark.requirement("R21", "R37", "R38")
def test_scenario_11_the_refund_of_a_complaint_is_invoiced_in_red_and_paid_back(case):
    case.complain(kinds=["fees"], facts="多收了费用。")
    case.accept()
    case.investigate(remedies=["refund"], refund_amount="30000")
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    case.answer("agree")
    case.follow_refund()
    asked = case.first_values("Task_AskRefund", "lawyer1")
    assert (asked["refund_amount"], "TS-2026-0001" in asked["refund_reason"]) == ("30000.00", True)
    rows = [{**asked["payments"][0], "chosen": True}]
    case.do("lawyer1", "Task_AskRefund", {**asked, "payments": rows, "refund_formula": "投诉处理决定：退还30000元"})
    case.do("partner1", "Task_ApproveRefund", YES)
    case.do("director", "Task_DirectorApproves", YES)
    case.do("finance", "Task_IssueRed", RED)
    case.do("finance", "Task_PayRefund", PAY)
    case.do("finance2", "Task_CheckRefund", {"check_decision": "ACCEPT"})
    case.do("client", "Task_ClientReceives", {"refund_arrived": "YES"})
    with case.firm.reading() as session:
        (refund,) = refunds.list_refunds(session, case.lead_id)
        red = [each for each in invoices.list_invoices(session, case.items()[0].id) if each.red_of]
    item = case.items()[0]
    assert (refund.state, str(refund.amount), item.state) == (refunds.CONFIRMED, "30000.00", fees.PAID)
    assert (len(red), str(item.refunded), str(item.invoiced)) == (1, "30000.00", "0.00")  # red letters take back the whole
    assert not item.is_settled  # what stays is invoiced anew, or the matter is not closed
    case.invoice("26112000000000000021", "30000")
    assert case.items()[0].is_settled and case.incidents() == []
