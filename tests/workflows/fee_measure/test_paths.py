"""A measure against arrears carried out: the service rests until it is paid or a partner says so, or the engagement is ended."""

from __future__ import annotations

from decimal import Decimal

import pytest

import engine.queries as queries
from engine import SYSTEM, ReceiveMessage
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import fees, matters


class ArrearsCase(Case):
    """A running matter with a payment that does not come."""

    def begin(self) -> None:
        self.register()
        self.contract_id = sign_contract(self)
        self.matter_id = open_case(self, self.contract_id)["matter_id"]
        self.item_id = self.run(lambda context: fees.plan_fees(context, self.contract_id))[0].id

    def decide(self, measure: str) -> None:
        payload = {"lead_id": self.lead_id, "fee_item_id": self.item_id, "measure": measure, "reason": "逾期三十日"}
        (self.instance_id,) = self.firm.run(ReceiveMessage("fee.measure_decided", self.lead_id, payload), SYSTEM)
        self.settle()

    def matter(self) -> matters.Matter:
        with self.firm.reading() as session:
            return matters.get_matter(session, self.matter_id)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "fee_measure", "matter_change", "change_request")
    made = ArrearsCase(engine)
    made.begin()
    yield made
    engine.database.dispose()


@pytest.mark.requirement("R20")
def test_the_service_rests_until_the_payment_has_come(case):
    case.decide("SUSPEND")
    assert (case.matter().state, case.open_tasks()) == (matters.SUSPENDED, {"Task_Resume"})
    assert "欠费暂停服务" in case.matter().suspended_reason
    case.run(lambda context: fees.add_paid(context, case.item_id, Decimal(20000)))
    case.settle()
    assert case.matter().state == matters.SUSPENDED  # not all of it
    case.run(lambda context: fees.add_paid(context, case.item_id, Decimal(40000)))
    case.settle()
    assert (case.matter().state, case.state(), case.incidents()) == (matters.ACTIVE, "completed", [])
    assert "恢复提供服务" in case.mails()[-1]["body"]


def test_a_partner_lets_it_go_on_and_is_reminded(case):
    case.decide("SUSPEND")
    case.move(days=15)
    assert any("暂停已超过十个工作日" in mail["body"] for mail in case.mails())
    case.do("partner1", "Task_Resume", {"resume_reason": "客户已提交分期付款计划。"})
    assert (case.matter().state, case.state()) == (matters.ACTIVE, "completed")


def test_a_client_without_an_address_hears_it_from_the_desk(case):
    case.forget_email()
    case.decide("SUSPEND")
    case.do("partner1", "Task_Resume", {"resume_reason": "客户已提交分期付款计划。"})
    assert "已恢复提供服务" in case.mails()[-1]["body"]


def test_a_case_that_is_closed_meanwhile_rests_no_more(case):
    case.decide("SUSPEND")
    case.run(lambda context: matters.start_closing(context, case.matter_id))
    case.run(lambda context: matters.close_matter(context, case.matter_id))
    case.settle()
    assert (case.matter().state, case.state()) == (matters.CLOSED, "completed")


@pytest.mark.requirement("R17")
def test_to_rescind_begins_the_withdrawal(case):
    case.decide("RESCIND")
    assert (case.matter().state, case.state(), case.incidents()) == (matters.ACTIVE, "completed", [])
    with case.firm.reading() as session:
        (change,) = queries.list_instances(session, process_key="change_request")
    case.instance_id = change.id
    assert case.open_tasks() == {"Task_Apply"}
    first = case.first_values("Task_Apply", "lawyer1")
    assert first["kind"] == "withdraw" and "客户欠费" in first["reason"]


@pytest.mark.parametrize("measure", ["SUE", "EXTEND"])
def test_other_measures_leave_the_matter_alone(case, measure):
    case.decide(measure)
    assert (case.matter().state, case.state()) == (matters.ACTIVE, "completed")
