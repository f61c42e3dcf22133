"""Acts that need the client's grant (guard G4): through the process, and by whoever tries to go round it."""

from __future__ import annotations

from datetime import date

import pytest

from engine import RunOperation
from engine.errors import NotAllowed, StateRefused
from tests.workflows.confirmation.texts import APPROVE, DECLARE, REFUSE, SETTLE, SIGN
from workflows.records import authority, confirmations, contracts, matters

PERFORM = {"done": "yes", "done_on": "2026-11-24", "summary": "双方签订和解协议，三十日内付款。"}
ON = date(2026, 11, 24)


def acts(case):
    with case.firm.reading() as session:
        return [(each.act, each.basis) for each in authority.list_acts(session, case.matter_id)]


def record(case, login="lawyer1", act="settle"):
    given = {"matter_id": case.matter_id, "act": act, "summary": "签订和解协议", "done_on": "2026-11-24"}
    return case.firm.run(RunOperation("acts.record", given), case.cast[login])


def sign_for(case, values):
    """A signed confirmation, made by the records alone."""

    def write(context):
        made = confirmations.draft_confirmation(context, lead_id=case.lead_id, matter_id=case.matter_id, values=values)
        confirmations.send_confirmation(context, made.id, document_id="d" * 32, due_at=context.now)
        confirmations.sign_confirmation(context, made.id, {"signer_name": "张三", "signature": "张三"})
        return made.id

    return case.run(write, "lawyer1")


@pytest.mark.requirement("R18", "R31")
def test_without_special_powers_the_client_signs_first(case):
    case.begin("key_act")
    case.do("lawyer1", "Task_Declare", DECLARE)
    assert case.open_tasks() == {"Task_Draft"}
    first = case.first_values("Task_Draft", "lawyer1")
    assert (first["act"], first["subject"], first["kind"]) == ("settle", DECLARE["subject"], "disposition")
    case.do("lawyer1", "Task_Draft", SETTLE)
    case.do("partner1", "Task_Review", APPROVE)
    case.do("client", "Task_ClientAnswers", SIGN)
    assert case.open_tasks() == {"Task_Perform"}
    assert "客户书面确认" in case.first_values("Task_Perform", "lawyer1")["covered_by"]
    case.do("lawyer1", "Task_Perform", PERFORM)
    assert (acts(case), case.state(), case.incidents()) == ([("settle", "confirmation")], "completed", [])


@pytest.mark.requirement("R18")
def test_with_special_powers_it_is_done_at_once(case):
    case.begin_matter(authority="special", powers=["settle"])
    case.begin("key_act")
    case.do("lawyer1", "Task_Declare", DECLARE)
    assert case.open_tasks() == {"Task_Perform"}
    case.do("lawyer1", "Task_Perform", PERFORM)
    assert acts(case) == [("settle", "contract")]


def test_an_act_that_the_client_refuses_is_not_done(case):
    case.begin("key_act")
    case.do("lawyer1", "Task_Declare", DECLARE)
    case.do("lawyer1", "Task_Draft", SETTLE)
    case.do("partner1", "Task_Review", APPROVE)
    case.do("client", "Task_ClientAnswers", REFUSE)
    case.do("lawyer1", "Task_Explain", {
        "explained_at": "2026-11-24T09:00", "explained_by": "phone", "explanation": "再次说明了利弊和后果。", "witness": "王助理",
        "reaction": "refuses",
    })  # fmt: skip
    case.do("partner1", "Task_Decide", {"refusal_decision": "STOP", "refusal_opinion": "尊重客户决定"})
    assert (acts(case), case.state(), case.steps()[-1]) == ([], "completed", "Event_ActNotDone")
    with pytest.raises(authority.AuthorityMissing):
        record(case)


def test_an_act_may_be_left_undone_and_a_late_one_is_reported(case):
    case.begin_matter(authority="special", powers=["appeal"])
    case.begin("key_act")
    case.do("lawyer1", "Task_Declare", {**DECLARE, "act": "appeal", "legal_deadline": "2026-11-26"})
    case.move(days=2, hours=4)
    assert case.mails()[-1]["subject"].startswith("行为到期未登记")
    case.do("lawyer1", "Task_Perform", {"done": "no", "not_done_reason": "客户决定服判，不上诉。"})
    assert (acts(case), case.state()) == ([], "completed")


@pytest.mark.requirement("R31")
def test_guard_g4_a_signature_covers_exactly_its_act_and_once(case):
    for act in ("settle", "appeal", "withdraw", "waive_claim"):
        with pytest.raises(authority.AuthorityMissing):
            record(case, act=act)
    sign_for(case, SETTLE)
    with pytest.raises(authority.AuthorityMissing):
        record(case, act="appeal")
    assert record(case)["basis"] == "confirmation"
    with pytest.raises(authority.AuthorityMissing):
        record(case)
    assert acts(case) == [("settle", "confirmation")]


def test_guard_g4_what_is_not_signed_covers_nothing(case):
    def write(context):
        made = confirmations.draft_confirmation(context, lead_id=case.lead_id, matter_id=case.matter_id, values=SETTLE)
        with pytest.raises(authority.AuthorityMissing):
            authority.check_authority(context.session, case.matter_id, "settle", ON)
        confirmations.send_confirmation(context, made.id, document_id="d" * 32, due_at=context.now)
        with pytest.raises(authority.AuthorityMissing):
            authority.check_authority(context.session, case.matter_id, "settle", ON)
        with pytest.raises(StateRefused):  # an empty signature is none
            confirmations.sign_confirmation(context, made.id, {"signer_name": "张三", "signature": " "})
        with pytest.raises(StateRefused):  # only a partner lets somebody act first
            confirmations.allow_urgent(context, made.id, reason="急")
        confirmations.refuse_confirmation(context, made.id, "不同意")
        with pytest.raises(authority.AuthorityMissing):
            authority.check_authority(context.session, case.matter_id, "settle", ON)

    case.run(write, "lawyer1")


def test_guard_g4_a_contract_gives_only_special_powers_and_only_while_it_is_in_force(case):
    case.begin_matter(authority="general", powers=["settle"])  # listed, but under general authority
    with pytest.raises(authority.AuthorityMissing):
        record(case)
    case.begin_matter(authority="special", powers=["settle"])
    with pytest.raises(authority.AuthorityMissing):
        record(case, act="appeal")

    def void(context):
        found = contracts.find_contract(context.session, case.lead_id)
        context.session.get(contracts.ContractRow, found.id).state = contracts.VOID

    case.run(void)
    with pytest.raises(authority.AuthorityMissing):
        record(case)


@pytest.mark.parametrize("login", ["lawyer2", "desk", "admin", "finance"])
def test_only_who_works_on_the_matter_records_an_act(case, login):
    sign_for(case, SETTLE)
    with pytest.raises(NotAllowed):
        record(case, login)


def test_guard_g4_a_closed_matter_has_no_more_acts_and_an_unknown_act_is_none(case):
    sign_for(case, SETTLE)
    with pytest.raises(ValueError, match="there is no act"):
        record(case, act="sign_documents")

    def close(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(close)
    with pytest.raises(StateRefused):
        record(case)


def test_a_confirmation_for_an_act_may_not_be_turned_into_another(case):
    case.begin("key_act")
    case.do("lawyer1", "Task_Declare", DECLARE)
    with pytest.raises(Exception, match="entries need to be changed"):
        case.do("lawyer1", "Task_Draft", {**SETTLE, "act": "appeal"})
