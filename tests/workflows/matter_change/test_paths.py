"""Changing, handing on and ending an engagement: each kind of change along each of its paths."""

from __future__ import annotations

import pytest

from engine import SYSTEM, ReceiveMessage, RunOperation, queries
from engine.errors import FormInvalid, NotAllowed, StateRefused
from tests.workflows.casework import Case
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.pdf_text import read_text
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import changes, contracts, deadlines, documents, links, mails, matters, parties, signers, walls

AMEND = {"kind": "amend", "initiator": "client", "reason": "客户要求增加二审代理。"}
TERMS = {"new_terms": "第二条服务范围增加二审诉讼代理。", "scope_in": "一审、二审诉讼代理", "fee_changes": "yes", "fee_amount": "90000"}
APPROVE = {"decision": "APPROVE", "comment": "同意。"}
AGREE = {"client_decision": "AGREED", "signer_name": "张三", "signature": "张三", "_proof": {"address": "192.0.2.7"}}
SWAP = {"kind": "substitute", "initiator": "firm", "reason": "承办律师休假三个月。"}
LEAVE = {"kind": "withdraw", "initiator": "firm", "ground": "unpaid", "reason": "客户逾期三个月未付律师费。"}
YES = {"decision": "APPROVE", "opinion": "符合合同约定。"}
SETTLED = {"done_percent": "50", "refund": "30000", "owed": "0", "formula": "未开始的阶段全额退还"}
RETURNED = {"items": [{"item": "送货单", "count": "3"}], "power_revoked": "yes"}


@pytest.fixture
def case(database_url, clock, tmp_path):
    names = ("matter_change", "change_request", "contract_amendment", "lawyer_substitution", "subdelegation", "engagement_ending")
    engine = open_small_firm(database_url, clock, tmp_path, *names, "client_extinct")
    made = Case(engine)
    made.register()
    made.contract_id = sign_contract(made)
    made.matter_id = open_case(made, made.contract_id)["matter_id"]
    made.start("matter_change", matter_id=made.matter_id, team_ids=[made.cast["lawyer1"].id], starter_id=made.cast["lawyer1"].id)
    yield made
    engine.database.dispose()


def change(case):
    with case.firm.reading() as session:
        return changes.list_changes(session, case.lead_id)[0]


def contract(case):
    with case.firm.reading() as session:
        return contracts.get_contract(session, case.contract_id)


def paper(case, kind):
    with case.firm.reading() as session:
        found = documents.find_latest(session, case.lead_id, kind)
        return found, read_text(documents.read_content(session, found.id))


def upload(case):
    given = {"lead_id": case.lead_id, "name": "证明.pdf", "content": make_pdf(1, "证明")}
    return [case.firm.run(RunOperation("documents.upload", given), case.cast["lawyer1"])["document_id"]]


def test_an_amendment_is_reviewed_signed_and_becomes_the_contract(case):
    case.do("lawyer1", "Task_Apply", AMEND)
    case.do("lawyer1", "Task_Revise", TERMS)
    case.do("partner1", "Task_Review", {"decision": "RETURN", "comment": "写明审级。"})
    assert case.first_values("Task_Revise", "lawyer1")["scope_in"]
    assert case.first_values("Task_Revise", "lawyer1")["return_note"] == "写明审级。"
    case.do("lawyer1", "Task_Revise", TERMS)
    case.do("partner1", "Task_Review", APPROVE)
    case.move(days=5)
    with case.firm.reading() as session:
        supplement = documents.find_latest(session, case.lead_id, "amendment")
        assert links.list_links(session, case.lead_id)[0].document_ids == (supplement.id,)
    case.do("client", "Task_ClientSigns", AGREE)
    found = contract(case)
    assert (found.state, found.terms["scope_in"], str(found.fee_total)) == (contracts.AMENDED, "一审、二审诉讼代理", "90000.00")
    assert found.version == 2 and (change(case).state, case.state()) == (changes.DONE, "completed")
    supplement, text = paper(case, "amendment")
    assert supplement.slot == "changes" and f"{found.contract_no}-B1" in text and "玖万元" in text


def test_an_amendment_says_who_may_instruct_the_firm_from_now_on(case):
    case.do("lawyer1", "Task_Apply", AMEND)
    named = {"instructors_change": "yes", "instructors": [{"name": "李四", "position": "财务负责人"}]}
    case.do("lawyer1", "Task_Revise", {"new_terms": "增加有权指示的人员。", "fee_changes": "no", **named})
    case.do("partner1", "Task_Review", APPROVE)
    with case.firm.reading() as session:
        assert [each.name for each in signers.list_signers(session, case.lead_id)] == ["张三"]
    case.do("client", "Task_ClientSigns", AGREE)
    assert contract(case).terms["instructors"] == named["instructors"]
    assert "李四（财务负责人）" in paper(case, "amendment")[1]
    with case.firm.reading() as session:
        assert [each.name for each in signers.list_signers(session, case.lead_id)] == ["张三", "李四"]


def test_the_lawyer_who_drafted_an_amendment_does_not_approve_it(case):
    case.do("lawyer1", "Task_Apply", AMEND)
    case.do("lawyer1", "Task_Revise", TERMS)
    with pytest.raises(NotAllowed):
        case.do("lawyer1", "Task_Review", APPROVE)


@pytest.mark.parametrize("answer", ["refused", "silent"])
def test_without_the_clients_signature_nothing_changes(case, answer):
    case.do("lawyer1", "Task_Apply", AMEND)
    case.do("lawyer1", "Task_Revise", TERMS)
    case.do("partner1", "Task_Review", APPROVE)
    if answer == "refused":
        case.do("client", "Task_ClientSigns", {"client_decision": "REFUSED", "_proof": {}})
    else:
        case.move(days=15)
    assert (contract(case).state, change(case).state, case.state()) == (contracts.SIGNED, changes.REFUSED, "completed")


@pytest.mark.parametrize("result", ["CLEAR", "ABSOLUTE"])
def test_a_new_party_is_searched_before_the_contract_is_amended(case, result):
    case.do("lawyer1", "Task_Apply", AMEND)
    case.set_data("Task_Revise", next_conflict_result=result)
    case.do("lawyer1", "Task_Revise", {**TERMS, "new_parties": [{"name": "示例担保有限公司", "kind": "organisation"}]})
    with case.firm.reading() as session:
        assert "示例担保有限公司" in {party.name for party in parties.list_parties(session, case.lead_id)}
    assert (case.open_tasks() == {"Task_Review"}) == (result == "CLEAR")
    assert (change(case).state == changes.REFUSED) == (result == "ABSOLUTE")


def test_a_lawyer_is_replaced_with_the_clients_consent_and_a_list_that_both_sign(case):
    case.do("lawyer1", "Task_Apply", SWAP)
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Propose", {"new_lawyer": case.cast["lawyer1"].id, "why": "同一人"})
    case.do("partner1", "Task_Propose", {"new_lawyer": case.cast["lawyer2"].id, "why": "专长相同，工作量允许"})
    assert "王若谷律师接替" in case.first_values("Task_ClientAgrees", "client")["about"]
    case.do("client", "Task_ClientAgrees", AGREE)
    shown = case.first_values("Task_HandOver", "lawyer1")
    case.move(days=8)
    case.do("lawyer1", "Task_HandOver", {**shown, "originals": "送货单三份", "complete": True})
    case.do("lawyer2", "Task_TakeOver", {"received": True})
    with case.firm.reading() as session:
        assert matters.list_members(session, case.matter_id)[case.cast["lawyer2"].id] == "lead"
        assert matters.get_matter(session, case.matter_id).lawyer_id == case.cast["lawyer2"].id
        assert any("移交" in mail.body for mail in mails.list_mails(session))
    case.do("lawyer2", "Task_CourtNotice", {"needed": "no"})
    assert (change(case).state, case.state()) == (changes.DONE, "completed")


def test_a_walled_lawyer_cannot_take_over(case):
    def propose(context):
        return walls.propose(context, case.lead_id, [case.cast["lawyer2"].id], "配偶是对方职员").id

    wall_id = case.run(propose, "compliance")
    case.run(lambda context: walls.activate(context, wall_id))
    case.do("lawyer1", "Task_Apply", SWAP)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_Propose", {"new_lawyer": case.cast["lawyer2"].id, "why": "专长相同"})


@pytest.mark.parametrize("answer", ["refused", "silent"])
def test_without_consent_the_lawyer_stays(case, answer):
    case.do("lawyer1", "Task_Apply", SWAP)
    case.do("partner1", "Task_Propose", {"new_lawyer": case.cast["lawyer2"].id, "why": "专长相同，工作量允许"})
    if answer == "refused":
        case.do("client", "Task_ClientAgrees", {"client_decision": "REFUSED", "_proof": {}})
    else:
        case.move(days=10)
    with case.firm.reading() as session:
        assert matters.get_matter(session, case.matter_id).lawyer_id == case.cast["lawyer1"].id
    assert (change(case).state, case.state()) == (changes.REFUSED, "completed")


def test_a_sub_delegation_needs_consent_and_a_partner(case):
    case.do("lawyer1", "Task_Apply", {"kind": "delegate", "initiator": "firm", "reason": "异地执行需要当地律师。"})
    assert "异地执行" in case.first_values("Task_ClientAgrees", "client")["about"]
    case.do("client", "Task_ClientAgrees", AGREE)
    record = {
        "sub_firm": "示例律师事务所", "sub_lawyer": "钱某", "conflict_certificate": True, "who_pays": "firm",
        "liability": "本所对受转托人的选任负责", "contract": upload(case),
    }  # fmt: skip
    case.do("lawyer1", "Task_RecordDelegation", record)
    case.do("partner1", "Task_Review", {"decision": "RETURN", "comment": "补充责任条款。"})
    case.do("lawyer1", "Task_RecordDelegation", record)
    case.do("partner1", "Task_Review", APPROVE)
    assert (change(case).state, case.state()) == (changes.DONE, "completed")


def test_a_sub_delegation_without_consent_does_not_happen(case):
    case.do("lawyer1", "Task_Apply", {"kind": "delegate", "initiator": "firm", "reason": "异地执行需要当地律师。"})
    case.move(days=10)
    assert (change(case).state, case.state()) == (changes.REFUSED, "completed")


def test_a_client_ends_the_engagement_at_any_time(case):
    case.do("lawyer1", "Task_Apply", {"kind": "client_ends", "initiator": "client", "reason": "客户决定另行委托。"})
    case.do("lawyer1", "Task_RecordNotice", {"noticed_on": "2026-11-24", "form": "oral"})
    case.do("finance", "Task_Settle", SETTLED)
    case.move(days=8)
    case.do("lawyer1", "Task_Return", RETURNED)
    assert contract(case).state == contracts.RESCINDED
    with case.firm.reading() as session:
        owed = [mail.subject for mail in mails.list_mails(session) if "委托变更逾期" in mail.subject]
    assert owed and (change(case).state, case.state()) == (changes.DONE, "completed")


def test_the_firm_leaves_on_a_ground_with_two_decisions_notice_and_time(case):
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Apply", {**LEAVE, "ground": ""})
    case.do("lawyer1", "Task_Apply", LEAVE)
    case.do("partner1", "Task_PartnerDecides", YES)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_DirectorDecides", YES)
    case.do("director", "Task_DirectorDecides", YES)
    assert case.open_tasks() == set()
    _notice, text = paper(case, "withdrawal_notice")
    assert "第三十二条" in text and "不按合同付费" in text
    case.move(days=14)
    assert case.open_tasks() == set()
    case.move(days=2)
    case.do("finance", "Task_Settle", SETTLED)
    case.do("lawyer1", "Task_Return", RETURNED)
    assert contract(case).state == contracts.RESCINDED and case.state() == "completed"


def test_the_director_keeps_the_engagement(case):
    case.do("lawyer1", "Task_Apply", LEAVE)
    case.do("partner1", "Task_PartnerDecides", YES)
    case.do("director", "Task_DirectorDecides", {"decision": "REJECT", "opinion": "先行催收。"})
    assert (contract(case).state, change(case).state, case.state()) == (contracts.SIGNED, changes.REFUSED, "completed")


def test_the_firm_does_not_leave_shortly_before_a_hearing_without_a_replacement(case):
    def near(context):
        made = deadlines.propose_deadline(context, lead_id=case.lead_id, source="manual", suggested={})
        row = context.session.get(deadlines.DeadlineRow, made.id)
        row.due_on = context.now.date().replace(day=28)

    case.run(near, "lawyer1")
    with pytest.raises(StateRefused):
        case.do("lawyer1", "Task_Apply", LEAVE)
    with pytest.raises(StateRefused):  # not past the task either
        case.run(lambda context: changes.ask(context, case.matter_id, kind="withdraw", initiator="firm", reason="欠费"), "lawyer1")
    case.do("lawyer1", "Task_Apply", {**LEAVE, "replaced": True})
    assert case.open_tasks() == {"Task_PartnerDecides"}


@pytest.mark.parametrize("outcome", ["CONTINUES", "ENDS"])
def test_when_the_client_is_gone_the_successor_decides(case, outcome):
    case.do("lawyer1", "Task_Apply", {"kind": "extinct", "initiator": "other", "reason": "委托人去世。"})
    case.do("lawyer1", "Task_Facts", {"what": "death", "happened_on": "2026-11-20", "proof": upload(case)})
    case.move(days=20)
    answer = {"contacts": "已联系其子女。", "necessary": "保全续封", "outcome": outcome}
    case.do("lawyer1", "Task_Successor", answer)
    if outcome == "ENDS":
        case.do("lawyer1", "Task_RecordNotice", {"noticed_on": "2026-12-14", "form": "written"})
        case.do("finance", "Task_Settle", SETTLED)
        case.do("lawyer1", "Task_Return", RETURNED)
    assert case.state() == "completed"
    assert (contract(case).state == contracts.RESCINDED) == (outcome == "ENDS")


def test_another_process_asks_for_a_change(case):
    payload = {
        "matter_id": case.matter_id, "lead_id": case.lead_id, "lawyer_id": case.cast["lawyer1"].id, "change_kind": "withdraw",
        "change_reason": "客户拒签重要确认。",
    }  # fmt: skip
    (instance_id,) = case.firm.run(ReceiveMessage("matter.change_requested", case.matter_id, payload), SYSTEM)
    case.instance_id = instance_id
    shown = case.first_values("Task_Apply", "lawyer1")
    assert (shown["kind"], shown["reason"]) == ("withdraw", "客户拒签重要确认。")


def test_a_change_that_has_ended_takes_no_more_steps(case):
    case.do("lawyer1", "Task_Apply", {"kind": "delegate", "initiator": "firm", "reason": "异地执行需要当地律师。"})
    case.move(days=10)
    with pytest.raises(StateRefused):
        case.run(lambda context: changes.note_step(context, change(case).id, "delegation", {}), "lawyer1")
    with case.firm.reading() as session:
        assert queries.list_incidents(session) == []
