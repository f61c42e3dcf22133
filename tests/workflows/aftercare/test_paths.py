"""After a matter: calls by tier, needs and complaints handed on, an end when the client wants none, dormancy at last."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import SYSTEM, ReceiveMessage, queries
from engine.clock import FIRM_ZONE
from engine.errors import FormInvalid, StateRefused
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import aftercare, clients, communications, leads, mails, matters

VISIT = {
    "channel": "phone",
    "person": "张三",
    "performed": "no",
    "satisfaction": "4",
    "summary": "对方尚未付款，已提示申请执行期限。",
    "outcome": "none",
}


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "aftercare", "suggested_lead")
    made = Case(engine)
    made.register()
    made.matter_id = open_case(made, sign_contract(made))["matter_id"]

    def close(context):
        row = context.session.get(matters.MatterRow, made.matter_id)
        row.client_id = leads.get_lead(context.session, made.lead_id).client_id
        matters.start_closing(context, made.matter_id)
        matters.close_matter(context, made.matter_id)

    made.run(close)
    yield made
    engine.database.dispose()


def begin(case):
    payload = {"matter_id": case.matter_id, "lead_id": case.lead_id, "client_name": "张三", "title": "张三 · 买卖合同纠纷"}
    (case.instance_id,) = case.firm.run(ReceiveMessage("matter.closed", case.matter_id, payload), SYSTEM)
    case.settle()


def care(case):
    with case.firm.reading() as session:
        return aftercare.find_aftercare(session, case.lead_id)


@pytest.mark.requirement("R45")
def test_a_client_is_called_after_30_90_and_180_days_and_then_each_year(case):
    begin(case)
    assert care(case).tier == "B"
    days = []
    for _ in range(4):
        due = care(case).next_on
        days.append((due - care(case).closed_on).days)
        case.move_to(datetime(due.year, due.month, due.day, 9, 0, tzinfo=FIRM_ZONE))
        case.do("desk", "Task_Visit", VISIT)
    assert days[:3] == [30, 90, 180] and days[3] == 180 + 365
    with case.firm.reading() as session:
        assert len(aftercare.list_visits(session, case.lead_id)) == 4
        assert "已提示申请执行期限" in communications.list_communications(session, case.lead_id)[-1].summary


@pytest.mark.requirement("R45")
def test_who_wants_no_more_calls_gets_none_and_is_reviewed_after_two_years(case):
    begin(case)
    case.move(days=31)
    case.do("desk", "Task_Visit", {**VISIT, "opt_out": True})
    assert care(case).next_on is None and case.open_tasks() == set()
    with pytest.raises(StateRefused):
        case.run(lambda context: aftercare.keep_visit(context, case.matter_id, VISIT), "desk")
    case.move(days=800)
    case.do("compliance", "Task_Minimise", {"kept": "minimal", "reason": "已无业务往来"})
    assert case.state() == "completed" and care(case).state == aftercare.ENDED


@pytest.mark.requirement("R45")
def test_a_new_need_goes_to_the_desk_as_a_lead(case):
    begin(case)
    case.move(days=31)
    case.do("desk", "Task_Visit", {**VISIT, "outcome": "need", "need": "购房合同审查"})
    with case.firm.reading() as session:
        (row,) = [row for row in queries.list_instances(session) if row.process_key == "suggested_lead"]
    case.instance_id = row.id
    assert case.first_values("Task_CallSuggested", "desk")["need"] == "购房合同审查"
    case.move(days=5)
    with case.firm.reading() as session:
        assert any("新需求待联系" in mail.subject for mail in mails.list_mails(session))
    case.do("desk", "Task_CallSuggested", {"contact_name": "张三", "phone": "13900000001", "decision": "LATER"})
    assert case.state() == "completed"


@pytest.mark.requirement("R45")
def test_a_referral_needs_both_consents(case):
    begin(case)
    case.move(days=31)
    referral = {**VISIT, "outcome": "referral", "need": "欠款", "referred_name": "李四", "referred_phone": "13900000002"}
    with pytest.raises(FormInvalid) as refused:
        case.do("desk", "Task_Visit", referral)
    assert "referral_consent" in refused.value.errors
    case.do("desk", "Task_Visit", {**referral, "referral_consent": True})
    with case.firm.reading() as session:
        assert [row.process_key for row in queries.list_instances(session) if row.process_key == "suggested_lead"]
    assert care(case).next_on is not None


def test_a_complaint_is_handed_on(case):
    begin(case)
    case.move(days=31)
    case.do("desk", "Task_Visit", {**VISIT, "outcome": "complaint", "complaint": "通报太少"})
    with case.firm.reading() as session:
        assert "通报太少" in communications.list_communications(session, case.lead_id)[-1].summary


def test_a_late_call_is_told_to_desk_and_partners(case):
    begin(case)
    case.move(days=31)
    case.move(days=10)
    with case.firm.reading() as session:
        assert len([mail for mail in mails.list_mails(session) if "客户回访逾期" in mail.subject]) >= 2


def test_a_blocked_client_is_not_called(case):
    def block(context):
        clients.block_client(context, leads.get_lead(context.session, case.lead_id).client_id, blocked=True, reason="欠费")

    case.run(block)
    begin(case)
    assert (care(case).tier, care(case).next_on) == ("NONE", None)


def test_a_client_with_a_later_matter_is_called_for_that_one(case):
    begin(case)
    case.move(days=31)

    def later(context):
        first = context.session.get(matters.MatterRow, case.matter_id)
        columns = {each.key: getattr(first, each.key) for each in matters.MatterRow.__mapper__.column_attrs}
        more = {"id": "f" * 32, "lead_id": "e" * 32, "matter_no": "另案", "state": matters.ACTIVE}
        context.session.add(matters.MatterRow(**{**columns, **more}))

    case.run(later)
    case.do("desk", "Task_Visit", VISIT)
    assert care(case).next_on is None
