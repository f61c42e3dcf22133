"""Signing by several, by an agent, on paper; copies that come back altered."""

from __future__ import annotations

import pytest

from engine import RunOperation
from engine.errors import FormInvalid, StateRefused
from tests.workflows.casework import SIGNATURE, TERMS
from tests.workflows.engagement_contract.test_paths import SEAL, approve, contract_of, to_signing
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.pdf_text import read_text
from workflows.records import contract_signing, contracts, documents, links, refusals

pytestmark = pytest.mark.requirement("R16", "R18")
TWO = [
    {"signer_name": "张三", "signer_capacity": "self", "signer_email": "zhang@example.invalid"},
    {"signer_name": "李四", "signer_capacity": "agent", "signer_for": "王五", "signer_email": "li@example.invalid"},
]
PAPER = {"client_decision": "PAPER", "read_confirmed": True, "signer_name": "张三", "_proof": {"address": "192.0.2.7"}}


def upload(case, login="desk", name="scan.pdf"):
    given = {"lead_id": case.lead_id, "name": name, "content": make_pdf(2, name)}
    return case.firm.run(RunOperation("documents.upload", given), case.cast[login])["document_id"]


def test_joint_clients_sign_one_after_the_other(case):
    to_signing(case, {**TERMS, "signers": TWO})
    first = case.first_values("Task_ClientSigns", "client")
    assert (first["signer_name"], first["joint"]) == ("张三", "yes")
    with pytest.raises(FormInvalid) as caught:
        case.do("client", "Task_ClientSigns", {**SIGNATURE, "joint": "yes"})
    assert caught.value.errors["joint_confirmed"][0].code == refusals.JOINT_UNCONFIRMED
    joint = {**SIGNATURE, "joint": "yes", "joint_confirmed": True}
    case.do("client", "Task_ClientSigns", joint)
    assert case.open_tasks() == {"Task_ClientSigns"}
    with case.firm.reading() as session:
        newest = max(links.list_links(session, case.lead_id), key=lambda link: link.id)
    assert (newest.recipient_name, newest.recipient_email) == ("李四", "li@example.invalid")
    second = case.first_values("Task_ClientSigns", "client")
    assert (second["signer_name"], second["signer_capacity"]) == ("李四", "agent")
    agent = {**joint, "signer_name": "李四", "signature": "李四", "signer_capacity": "agent"}
    with pytest.raises(FormInvalid) as caught:
        case.do("client", "Task_ClientSigns", agent)
    assert caught.value.errors["authority_letter"][0].code == "required"
    letter = upload(case, name="authority.pdf")
    case.do("client", "Task_ClientSigns", {**agent, "authority_letter": [letter]})
    case.do("desk", "Task_ApplySeal", SEAL)
    assert (contract_of(case).state, case.incidents()) == (contracts.SIGNED, [])
    with case.firm.reading() as session:
        assert documents.get_document(session, letter).slot == "engagement"
        text = read_text(documents.read_content(session, contract_of(case).document_id))
    assert "李四" in text


def test_paper_copies_are_sealed_collected_and_checked(case):
    to_signing(case)
    case.do("client", "Task_ClientSigns", PAPER)
    case.do("desk", "Task_ApplySeal", SEAL)
    assert case.open_tasks() == {"Task_CheckOriginals"}
    values = case.first_values("Task_CheckOriginals", "desk")
    assert values["originals_received"] == 3
    scan = upload(case)
    done = {**values, "originals_state": "COMPLETE", "riding_checked": True, "scan": [scan]}
    with pytest.raises(FormInvalid) as caught:
        case.do("desk", "Task_CheckOriginals", {**done, "originals_on": "2027-01-01"})
    assert caught.value.errors["originals_on"][0].code == refusals.DATE_IN_FUTURE
    case.do("desk", "Task_CheckOriginals", done)
    contract = contract_of(case)
    assert (contract.state, contract.document_id) == (contracts.SIGNED, scan)
    with case.firm.reading() as session:
        assert documents.get_document(session, scan).slot == "engagement"


def test_a_copy_altered_by_hand_goes_back_to_review_and_is_signed_anew(case):
    to_signing(case)
    case.do("client", "Task_ClientSigns", PAPER)
    case.do("desk", "Task_ApplySeal", SEAL)
    values = case.first_values("Task_CheckOriginals", "desk")
    note = "第三页第六条金额被手写改为五万元"
    case.do("desk", "Task_CheckOriginals", {**values, "originals_state": "ALTERED", "altered_note": note, "scan": [upload(case)]})
    contract = contract_of(case)
    assert (case.open_tasks(), contract.state, contract.version) == ({"Task_ReviewContract"}, contracts.REVIEW, 2)
    approve(case)
    with pytest.raises(Exception, match="client signature"):
        case.run(
            lambda context: contract_signing.register_seal(
                context, contract.id, seal_kind="contract", copies=1, pages=1, riding_seal=True, note=""
            )
        )
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)
    assert (case.state(), contract_of(case).state) == ("completed", contracts.SIGNED)


def test_states_of_a_contract_that_do_not_follow_each_other_are_refused(case):
    to_signing(case)
    contract = contract_of(case)
    for change in (
        lambda context: contracts.mark_signed(context, contract.id, document_id="0" * 32),
        lambda context: contracts.reopen_review(context, contract.id, reason="x"),
        lambda context: contracts.end_contract(context, contract.id, rescinded=True, reason="x"),
        lambda context: contracts.amend_contract(context, contract.id, terms=TERMS, document_id="0" * 32),
        lambda context: contracts.draft_contract(context, lead_id=case.lead_id, terms=TERMS),
    ):
        with pytest.raises(StateRefused):
            case.run(change, "lawyer1")
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)
    with pytest.raises(StateRefused):
        case.run(lambda context: contracts.void_contract(context, contract.id, reason="x"))
    amended = case.run(lambda context: contracts.amend_contract(context, contract.id, terms=TERMS, document_id="1" * 32))
    assert (amended.state, amended.version) == (contracts.AMENDED, 2)
    ended = case.run(lambda context: contracts.end_contract(context, contract.id, rescinded=False, reason="办结"))
    assert ended.state == contracts.COMPLETED
    with pytest.raises(StateRefused):
        case.run(lambda context: contracts.end_contract(context, contract.id, rescinded=True, reason="x"))
