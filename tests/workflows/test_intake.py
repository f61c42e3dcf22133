"""Intake, from the caller to the lawyer, through the engine."""

from __future__ import annotations

import contextlib
import threading

import pytest

import engine.queries as queries
from engine import CompleteTask, StartInstance
from engine.context import SYSTEM
from engine.errors import FormInvalid, NotAllowed, StateRefused
from workflows.records import identifiers, leads, numbers

REGISTER = {
    "source": "phone", "contact_name": "张三", "phone": "13800138000", "email": "zhang@example.com",
    "preferred_channel": "email", "urgency": "normal", "privacy_notice_shown": True,
}  # fmt: skip
PERSON = {"kind": "person", "name": "张三", "id_number": "11010519491231002X", "address": "北京市朝阳区"}
OUTLINE = {
    "matter_type": "civil", "cause": "买卖合同纠纷", "summary": "货款八十万元逾期一年未付，多次催要无果，拟提起诉讼。", "goal": "收回货款",
    "amount": "800000", "opposing_parties": [{"name": "北京某某贸易有限公司", "kind": "organisation"}],
    "key_dates": [{"event": "诉讼时效届满", "date": "2026-11-30"}],
}  # fmt: skip


def only_task(firm, actor):
    with firm.reading() as session:
        (row,) = queries.inbox(session, actor, now=firm.clock.now())
        return row


def do(firm, actor, values, name):
    row = only_task(firm, actor)
    assert row.name == name
    return firm.run(CompleteTask(row.id, values), actor)


def test_a_lead_goes_from_the_desk_to_the_lawyer(firm, cast):
    desk, lawyer = cast["desk"], cast["lawyer1"]
    firm.run(StartInstance("intake"), desk)
    do(firm, desk, REGISTER, "登记来访")
    do(firm, desk, PERSON, "客户基本情况")
    do(firm, desk, OUTLINE, "需求与案情概要")
    do(firm, desk, {"lawyer_id": lawyer.id}, "指定接洽律师")
    with firm.reading() as session:
        assert queries.inbox(session, cast["lawyer2"], now=firm.clock.now()) == []
    do(firm, lawyer, {**OUTLINE, "lawyer_view": "证据充分，建议受理。"}, "律师补充确认")
    with firm.reading() as session:
        (lead,) = leads.list_leads(session)
        (instance,) = queries.list_instances(session)
    assert (lead.lead_no, lead.state, lead.client_name) == ("XS-2026-000001", "SCREENING", "张三")
    assert lead.outline["lawyer_view"].startswith("证据")
    assert instance.state == "completed"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"id_number": "110105194912310021"}, "id_number", "cn_id_number"),
        ({"id_number": ""}, "id_number", "required"),
        ({"kind": "organisation", "uscc": "91640100MA774ECW4X"}, "uscc", "uscc"),
        ({"name": "x" * 101}, "name", "maxLength"),
    ],
)
def test_wrong_facts_are_said_at_the_field(firm, cast, change, path, code):
    firm.run(StartInstance("intake"), cast["desk"])
    do(firm, cast["desk"], REGISTER, "登记来访")
    with pytest.raises(FormInvalid) as caught:
        do(firm, cast["desk"], {**PERSON, **change}, "客户基本情况")
    assert caught.value.errors[path][0].code == code


def test_a_paid_referral_is_refused(firm, cast):
    firm.run(StartInstance("intake"), cast["desk"])
    with pytest.raises(FormInvalid) as caught:
        do(firm, cast["desk"], {**REGISTER, "source": "referral", "referrer_paid": True}, "登记来访")
    assert caught.value.errors["referrer_paid"][0].code == "paid_referral"


def test_nobody_passes_round_the_desk(firm, cast):
    firm.run(StartInstance("intake"), cast["desk"])
    task = only_task(firm, cast["desk"]).id
    for login in ("lawyer1", "partner1", "admin"):
        with pytest.raises(NotAllowed):
            firm.run(CompleteTask(task, REGISTER), cast[login])


class MoveLead:
    def __init__(self, lead_id, state):
        self.lead_id, self.state = lead_id, state

    def execute(self, context):
        leads.move_lead(context, self.lead_id, self.state)


def test_a_state_the_procedure_does_not_allow_is_refused(firm, cast):
    firm.run(StartInstance("intake"), cast["desk"])
    do(firm, cast["desk"], REGISTER, "登记来访")
    with firm.reading() as session:
        (lead,) = leads.list_leads(session)
    with pytest.raises(StateRefused):
        firm.run(MoveLead(lead.id, "CONVERTED"), SYSTEM)


class TakeNumber:
    def __init__(self, fail=False):
        self.fail = fail

    def execute(self, context):
        number = numbers.allocate(context, "test", 2026)
        if self.fail:
            raise NotAllowed(reason="test")
        return number


def test_numbers_have_no_gap_under_concurrent_load(firm):
    taken = []

    def take():
        for turn in range(6):
            with contextlib.suppress(NotAllowed):
                taken.append(firm.run(TakeNumber(fail=turn % 3 == 2), SYSTEM))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 33))


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014", "350627199711275419", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_right_identity_numbers_pass(number):
    assert identifiers.check_id_number(number) is None


@pytest.mark.parametrize("code", ["91640100MA774ECW4K", "91350100M000100Y43"])
def test_right_credit_codes_pass(code):
    assert identifiers.check_credit_code(code) is None


@pytest.mark.parametrize("number", ["110105194912310021", "11010519490231002X", "abc", "110105491231002"])
def test_wrong_identity_numbers_are_said(number):
    assert identifiers.check_id_number(number) == "cn_id_number"
