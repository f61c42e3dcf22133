"""The engagement contract through every path of its diagram."""

from __future__ import annotations

import pytest

from engine import Actor, AssignTask, RunOperation
from engine.errors import FormInvalid, FourEyes, NotAllowed
from tests.workflows.casework import RISK, SIGNATURE, TERMS
from workflows.records import (
    acceptances,
    conflicts,
    contract_reviews,
    contract_signing,
    contracts,
    documents,
    links,
    parties,
    refusals,
)

SEAL = {"seal_kind": "contract", "copies": "3", "pages": "3", "riding_seal": True}
DEAR = {**TERMS, "fee_amount": "120000", "schedule": [{**TERMS["schedule"][0], "amount": "120000"}]}


def approve(case, login="partner1", **more):
    clauses = case.first_values("Task_ReviewContract", login)["clauses"]
    case.do(login, "Task_ReviewContract", {"clauses": [{**row, "verdict": "ok"} for row in clauses], **more})


def contract_of(case):
    with case.firm.reading() as session:
        return contracts.find_contract(session, case.lead_id)


def to_signing(case, terms=TERMS):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", terms)
    approve(case)


@pytest.mark.requirement("R16", "R17")
def test_a_contract_is_drafted_reviewed_signed_and_sealed(case):
    to_signing(case)
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)
    assert case.incidents() == []
    assert case.state() == "completed"
    contract = contract_of(case)
    assert (contract.contract_no, contract.state, contract.version) == ("HT-2026-00001", contracts.SIGNED, 1)
    with case.firm.reading() as session:
        sealed = documents.get_document(session, contract.document_id)
        assert b"/ByteRange" in documents.read_content(session, sealed.id)
        signature = contract_signing.find_signature(session, contract.id)
        (seal,) = contract_signing.list_seal_uses(session, contract.id)
        word = documents.find_latest(session, case.lead_id, "engagement_contract", documents.WORD)
    assert sealed.slot == "engagement"
    assert word is not None
    assert (signature.signer_name, signature.address) == ("张三", "192.0.2.7")
    assert len(signature.document_sha256) == 64
    assert seal.register_no == "YZ-2026-00001"


@pytest.mark.requirement("R17", "R19")
def test_returned_clauses_go_back_with_their_comments_and_come_as_the_next_version(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", TERMS)
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    judged = [{**row, "verdict": "ok"} for row in clauses]
    judged[1] = {**clauses[1], "verdict": "return"}
    with pytest.raises(FormInvalid) as caught:
        case.do("partner1", "Task_ReviewContract", {"clauses": judged})
    assert caught.value.errors["clauses.1.clause_comment"][0].code == "required"
    judged[1]["clause_comment"] = "服务范围请写明是否包含二审"
    case.do("partner1", "Task_ReviewContract", {"clauses": judged})
    assert case.open_tasks() == {"Task_DraftContract"}
    assert case.first_values("Task_DraftContract", "lawyer1")["scope_in"] == TERMS["scope_in"]
    case.do("lawyer1", "Task_DraftContract", {**TERMS, "scope_out": "不含二审"})
    approve(case)
    contract = contract_of(case)
    assert (contract.contract_no, contract.version, contract.state) == ("HT-2026-00001", 2, contracts.APPROVED)
    with case.firm.reading() as session:
        first, second = contract_reviews.list_reviews(session, contract.id)
    assert (first.version, first.decision, second.version, second.decision) == (1, "RETURNED", 2, "APPROVED")
    assert first.verdicts[1]["comment"] == "服务范围请写明是否包含二审"


@pytest.mark.requirement("R17")
def test_every_clause_must_be_judged(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", TERMS)
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    with pytest.raises(FormInvalid) as caught:
        case.do("partner1", "Task_ReviewContract", {"clauses": [{**row, "verdict": "ok"} for row in clauses[1:]]})
    assert caught.value.errors["clauses"][0].code == refusals.CLAUSES_UNJUDGED


def test_the_handling_lawyer_cannot_approve(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", TERMS)
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    lawyer = case.cast["lawyer1"]
    case.cast["both"] = Actor(lawyer.id, lawyer.name, frozenset({"lawyer", "partner"}))
    with pytest.raises(NotAllowed):
        case.do("both", "Task_ReviewContract", {"clauses": [{**row, "verdict": "ok"} for row in clauses]})


def test_a_partner_who_stood_in_as_drafter_cannot_approve(case):
    case.start("engagement_contract")
    partner = case.cast["partner2"]
    case.firm.run(AssignTask(case.task_id("Task_DraftContract"), partner.id), case.cast["lawyer1"])
    case.do("partner2", "Task_DraftContract", TERMS)
    with pytest.raises(FourEyes):
        approve(case, "partner2")
    approve(case, "partner1")
    assert case.open_tasks() == {"Task_ClientSigns"}


def test_a_fee_outside_the_standard_needs_the_director(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", DEAR)
    assert case.open_tasks() == {"Task_FeeException"}
    case.do("director", "Task_FeeException", {"fee_decision": "RETURNED", "fee_opinion": "工时预算与收费不相称"})
    assert case.open_tasks() == {"Task_DraftContract"}
    assert contract_of(case).state == contracts.DRAFT
    case.do("lawyer1", "Task_DraftContract", DEAR)
    case.do("director", "Task_FeeException", {"fee_decision": "APPROVED", "fee_opinion": "涉及境外取证，同意"})
    assert case.open_tasks() == {"Task_ReviewContract"}
    assert contract_of(case).version == 2


@pytest.mark.parametrize(("accepted", "verdict"), [("fixed", {"Task_FeeException"}), ("risk", {"Task_ReviewContract"})])
def test_a_risk_agency_that_was_not_accepted_as_one_needs_the_director(case, accepted, verdict):
    form = {"lead_lawyer": case.cast["lawyer1"].id, "fee_mode": accepted, "fee_estimate": "60000", "hours_budget": "60"}
    case.run(lambda context: acceptances.apply(context, case.lead_id, form, [form["lead_lawyer"]]), "lawyer1")
    case.start("engagement_contract")
    first = case.first_values("Task_DraftContract", "lawyer1")
    assert (first["lawyers"][0]["name"], first["fee_mode"]) == ("李明轩", accepted)
    case.do("lawyer1", "Task_DraftContract", RISK)
    assert case.open_tasks() == verdict


def test_a_fee_against_the_law_cannot_be_granted(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", DEAR)
    case.set_data("Task_FeeException", fee_verdicts=["BLOCK"], fee_reasons=["超过上限"])
    with pytest.raises(FormInvalid) as caught:
        case.do("director", "Task_FeeException", {"fee_decision": "APPROVED", "fee_opinion": "同意收费例外"})
    assert caught.value.errors["fee_decision"][0].code == refusals.FEE_BLOCKED


def test_after_a_change_from_a_risk_agency_its_notice_is_not_shown_any_more(case):
    to_signing(case, RISK)
    case.do("client", "Task_ClientSigns", {"client_decision": "CHANGES", "client_comment": "请改为固定收费"})
    case.do("lawyer1", "Task_DraftContract", TERMS)
    approve(case)
    with case.firm.reading() as session:
        assert documents.find_latest(session, case.lead_id, "risk_agency_notice") is None
        assert documents.list_documents(session, case.lead_id, slot="client_notices") == []
        newest = max((link for link in links.list_links(session, case.lead_id)), key=lambda link: link.id)
        shown = [documents.get_document(session, each).kind for each in newest.document_ids]
    assert shown == ["engagement_contract", "power_of_attorney", "contract_redline"]


def test_a_risk_agency_comes_with_its_notice_and_its_own_confirmation(case):
    to_signing(case, RISK)
    with case.firm.reading() as session:
        assert documents.find_latest(session, case.lead_id, "risk_agency_notice").slot == "client_notices"
    with pytest.raises(FormInvalid) as caught:
        case.do("client", "Task_ClientSigns", SIGNATURE)
    assert caught.value.errors["risk_confirmed"][0].code == refusals.RISK_UNCONFIRMED
    case.do("client", "Task_ClientSigns", {**SIGNATURE, "fee_mode": "risk", "risk_confirmed": True})
    assert case.open_tasks() == {"Task_ApplySeal"}


def test_special_authority_needs_the_clients_own_tick(case):
    to_signing(case, {**TERMS, "authority": "special", "powers": ["settle", "appeal"]})
    with pytest.raises(FormInvalid) as caught:
        case.do("client", "Task_ClientSigns", SIGNATURE)
    assert caught.value.errors["special_confirmed"][0].code == refusals.SPECIAL_UNCONFIRMED
    case.do("client", "Task_ClientSigns", {**SIGNATURE, "authority": "special", "special_confirmed": True})
    case.do("desk", "Task_ApplySeal", SEAL)
    with case.firm.reading() as session:
        assert contracts.has_power(session, case.lead_id, "settle")
        assert not contracts.has_power(session, case.lead_id, "waive_claim")


def test_partners_are_reminded_after_a_working_day(case):
    case.start("engagement_contract")
    case.do("lawyer1", "Task_DraftContract", TERMS)
    case.move(days=1, minutes=1)
    reminded = {mail["to"] for mail in case.mails() if "请审查" in mail["subject"]}
    assert reminded == {"partner1@demo.invalid", "partner2@demo.invalid", "director@demo.invalid"}
    assert case.open_tasks() == {"Task_ReviewContract"}
    approve(case)
    assert case.open_tasks() == {"Task_ClientSigns"}


@pytest.mark.parametrize(
    ("answer", "waiver", "state"),
    [
        ("CLEAR", "", contracts.APPROVED),
        ("ABSOLUTE", "", contracts.VOID),
        ("WAIVABLE", "WAIVED", contracts.APPROVED),
        ("WAIVABLE", "REFUSED", contracts.VOID),
    ],
)
def test_a_check_that_no_longer_holds_is_made_again_before_signing(case, answer, waiver, state):
    case.start("engagement_contract", next_conflict_result=answer, next_waiver_result=waiver)
    case.do("lawyer1", "Task_DraftContract", TERMS)
    approve(case)
    assert "Call_ConflictCheck" in case.steps()
    assert contract_of(case).state == state
    assert case.open_tasks() == ({"Task_ClientSigns"} if state == contracts.APPROVED else set())


def test_a_check_that_still_holds_is_not_made_again(case):
    def check(context):
        found = conflicts.open_check(context, case.lead_id, [])
        digest = parties.party_set_hash(parties.list_parties(context.session, case.lead_id))
        conflicts.change_check(context, found.id, state=conflicts.REVIEW, party_set_hash=digest)
        conflicts.close_check(context, found.id, conflicts.CLEAR)

    case.run(check)
    to_signing(case)
    assert "Call_ConflictCheck" not in case.steps()
    assert case.open_tasks() == {"Task_ClientSigns"}


def test_every_paper_is_signed_and_the_firms_are_sealed(case):
    to_signing(case, RISK)
    case.do("client", "Task_ClientSigns", {**SIGNATURE, "fee_mode": "risk", "risk_confirmed": True})
    case.do("desk", "Task_ApplySeal", SEAL)
    assert case.incidents() == []
    with case.firm.reading() as session:
        papers = {
            kind: documents.find_latest(session, case.lead_id, kind)
            for kind in ("engagement_contract", "power_of_attorney", "risk_agency_notice", "firm_letter")
        }
        sealed = {kind for kind, paper in papers.items() if b"/ByteRange" in documents.read_content(session, paper.id)}
    assert {kind: paper.source for kind, paper in papers.items()} == {
        "engagement_contract": "seal",
        "power_of_attorney": "signature",
        "risk_agency_notice": "signature",
        "firm_letter": "seal",
    }
    assert sealed == {"engagement_contract", "firm_letter"}
    assert [papers[kind].slot for kind in papers] == ["engagement", "engagement", "client_notices", "engagement"]


def test_a_matter_without_a_court_needs_no_letter_of_the_firm(case):
    case.register(matter_type="nonlitigation", cause="合同审查")
    to_signing(case)
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)
    with case.firm.reading() as session:
        assert documents.find_latest(session, case.lead_id, "firm_letter") is None
    assert contract_of(case).state == contracts.SIGNED


def test_a_lapsed_contract_closes_the_clients_link(case):
    to_signing(case)
    case.move(days=15)
    with case.firm.reading() as session:
        (link,) = links.list_links(session, case.lead_id)
    assert link.state(case.firm.clock.now()) == links.REVOKED
    assert contract_of(case).state == contracts.VOID


def test_the_client_asks_for_changes(case):
    to_signing(case)
    case.do("client", "Task_ClientSigns", {"client_decision": "CHANGES", "client_comment": "请把付款改为两期"})
    assert case.open_tasks() == {"Task_DraftContract"}
    assert contract_of(case).state == contracts.DRAFT


def test_the_client_refuses_and_the_number_stays_taken(case):
    to_signing(case)
    case.do("client", "Task_ClientSigns", {"client_decision": "REFUSED", "client_comment": "费用过高"})
    assert case.state() == "completed"
    assert (contract_of(case).state, contract_of(case).void_reason) == (contracts.VOID, "客户拒绝签署")
    to_signing(case)
    assert contract_of(case).contract_no == "HT-2026-00002"


def test_the_client_is_reminded_twice_and_then_the_contract_lapses(case):
    to_signing(case)
    sent = lambda: sum("请签署" in mail["subject"] for mail in case.mails())  # noqa: E731 - counted three times below
    assert sent() == 0
    case.move(days=4)  # Tuesday to Saturday: three working days
    assert sent() == 1
    case.move(days=6)  # the next Friday: eight working days
    assert sent() == 2
    assert case.open_tasks() == {"Task_ClientSigns"}
    case.move(days=5)
    assert case.open_tasks() == set()
    assert case.state() == "completed"
    assert contract_of(case).state == contracts.VOID


def test_a_client_without_email_signs_by_a_link_that_the_desk_hands_over(case):
    case.forget_email()
    terms = {key: value for key, value in TERMS.items() if key != "client_email"}
    to_signing(case, terms)
    case.move(days=3, minutes=1)
    told = [mail for mail in case.mails() if mail["to"] == "desk@demo.invalid"]
    assert ["请阅读并签署" in told[0]["body"], "尚待客户签署" in told[1]["body"]] == [True, True]
    with case.firm.reading() as session:
        (waiting,) = links.list_links(session, case.lead_id)
    handed = case.firm.run(RunOperation("links.hand_over", {"link_id": waiting.id}), case.cast["desk"])
    assert handed["purpose"] == "contract_signing"
    case.do("client", "Task_ClientSigns", SIGNATURE)
    assert (case.open_tasks(), case.incidents()) == ({"Task_ApplySeal"}, [])
