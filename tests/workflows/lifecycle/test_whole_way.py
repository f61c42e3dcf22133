"""One matter from the first call to the archive, and every way out of it before there is a matter."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import RunOperation
from engine.clock import FIRM_ZONE
from engine.errors import NotAllowed, StateRefused
from tests.workflows.acceptance.test_paths import NO, YES, form
from tests.workflows.assessment.test_paths import LEGALITY, MERITS, REFUSE, SUBJECT
from tests.workflows.casework import SIGNATURE, TERMS
from tests.workflows.closing.conftest import APPLICATION, DELIVERY, SUMMARY
from tests.workflows.closing.conftest import RECEIPT as GOODS_RECEIVED
from tests.workflows.conflict_waiver.test_paths import APPROVED, CONSENT, GRANTED, NOTICE, SIGNED
from tests.workflows.decline.test_paths import SEND
from tests.workflows.engagement_contract.test_paths import SEAL
from tests.workflows.expectations.test_paths import CONFIRM as AGREED
from tests.workflows.expectations.test_paths import MEETING, REFUSED
from tests.workflows.fees.test_paths import INVOICE, RECEIPT
from tests.workflows.filing.conftest import ACCEPT, COVER, SHELVE, SUBMIT
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.intake.test_paths import CONFIRM, OUTLINE, PERSON, REGISTER
from tests.workflows.matter_opening.test_paths import FILE, PLAN
from tests.workflows.pdf_text import read_text
from tests.workflows.periodic_update.test_paths import UPDATE
from tests.workflows.survey.conftest import ANSWER
from workflows.records import closings, documents, links, matters, volumes

HIT = {**OUTLINE, "opposing_parties": [{"name": "周慕青", "kind": "person"}]}


def intake(case, outline=OUTLINE):
    case.begin()
    case.do("desk", "Task_Register", REGISTER)
    case.do("desk", "Task_ClientFacts", PERSON)
    case.do("desk", "Task_Outline", outline)
    case.do("desk", "Task_Assign", {"lawyer_id": case.cast["lawyer1"].id})
    case.do("lawyer1", "Task_Confirm", {**CONFIRM, **outline})
    case.do("lawyer1", "Task_Declare", {"has_interest": "no", "is_true": True})


def judge(case, decision):
    """A hit is judged and decided on."""
    rows = case.first_values("Task_Judge", "compliance")["hits"]
    said = {"identity": "SAME", "judged_class": "WAIVABLE", "reason": "已核对申报"}
    case.do("compliance", "Task_Judge", {"hits": [{**row, **said} for row in rows]})
    case.vote(decision, conditions="王若谷不得接触本案" if decision == "WAIVABLE" else "")


def assess(case, *, groundless=False, **legality):
    case.do("lawyer1", "Task_Subject", SUBJECT)
    case.do("lawyer1", "Task_Legality", {**LEGALITY, **legality})
    case.do("lawyer1", "Task_Merits", {**MERITS, **({"evidence_level": "none", "legal_basis": []} if groundless else {})})


def accept(case):
    case.do("lawyer1", "Task_Meeting", MEETING)
    case.do("client", "Task_ClientConfirms", AGREED)
    case.do("lawyer1", "Task_Apply", form(case, fee_estimate="60000", hours_budget="60"))
    case.do("partner1", "Task_PartnerApproves", YES)


def sign(case):
    case.do("lawyer1", "Task_DraftContract", TERMS)
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    case.do("partner1", "Task_ReviewContract", {"clauses": [{**row, "verdict": "ok"} for row in clauses]})
    case.do("client", "Task_ClientSigns", SIGNATURE)
    case.do("desk", "Task_ApplySeal", SEAL)


def open_matter(case, backup="lawyer2"):
    case.do("desk", "Task_CheckClientFile", {**case.first_values("Task_CheckClientFile", "desk"), **FILE})
    team = {"lead_lawyer": case.cast["lawyer1"].id, "backup_lawyer": case.cast[backup].id}
    case.do("partner1", "Task_AssignTeam", team)
    case.do("lawyer1", "Task_PlanMatter", {**PLAN, "security_level": "internal"})
    case.do("finance", "Task_RegisterReceipt", RECEIPT)
    case.do("finance2", "Task_CheckByFinance", {"check_decision": "ACCEPT"})
    case.do("finance", "Task_IssueInvoice", INVOICE)


def close(case, *, received=True):
    """Closing up to the receipt of the client, who may have other plans."""
    with case.firm.reading() as session:
        matter = matters.find_matter_by_lead(session, case.lead_id)
    case.firm.run(RunOperation("matters.request_closing", {"matter_id": matter.id}), case.cast["lawyer1"])
    case.settle()
    case.do("lawyer1", "Task_Apply", {**APPLICATION, "closing_date": "2026-12-09"})
    rows = case.first_values("Task_Summary", "lawyer1")["open_items"]
    case.do("lawyer1", "Task_Summary", {**SUMMARY, "open_items": [{**row, "plan": "移交跟进"} for row in rows]})
    approve = {"quality": "5", "decision": "APPROVE", "override_reason": "均已安排"}
    case.do("partner1", "Task_Review", approve)
    case.do("finance", "Task_Settle", {"settlement": "settled", "client_money_zero": True})
    given = {"lead_id": case.lead_id, "name": "判决书.pdf", "content": make_pdf(2, "民事判决书")}
    judgment = case.firm.run(RunOperation("documents.upload", given), case.cast["lawyer1"])["document_id"]
    file = {"kind": "judgment", "name": "民事判决书", "copies": "1", "form": "original", "files": [judgment]}
    case.do("lawyer1", "Task_Deliver", {**DELIVERY, "deliverables": [file]})
    if received:
        case.do("client", "Task_ClientReceipt", GOODS_RECEIVED)
    return matter.id


def file_volume(case):
    values = case.first_values("Task_Collect", "lawyer1")
    rows = [{**row, "none": True, "reason": "本案没有该材料"} for row in values["absences"]]
    case.do("lawyer1", "Task_Collect", {**values, **COVER, "absences": rows})
    case.do("lawyer1", "Task_Submit", SUBMIT)
    case.do("archivist", "Task_Check", ACCEPT)
    case.do("archivist", "Task_Shelve", SHELVE)


def test_a_matter_goes_from_the_first_call_to_the_archive(case):
    intake(case)
    assess(case)
    accept(case)
    sign(case)
    open_matter(case)
    assert {"lifecycle", "periodic_update", "contact_watch", "client_contact", "survey_yearly"} <= case.going_on()
    case.move_to(datetime(2026, 12, 9, 12, 0, tzinfo=FIRM_ZONE))
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    case.do("client", "Task_ReadUpdate", {"read": True})
    matter_id = close(case)
    assert case.going_on() == {"lifecycle", "survey", "filing", "archive_chasing", "aftercare"}
    case.move_to(datetime(2026, 12, 15, 12, 0, tzinfo=FIRM_ZONE))
    case.do("client", "Task_Answer", ANSWER)
    file_volume(case)
    assert case.processes()["lifecycle"] == "completed"
    with case.firm.reading() as session:
        matter = matters.get_matter(session, matter_id)
        volume = volumes.get_volume(session, matter.volume_id)
        filled = {document.slot for document in documents.list_documents(session, case.lead_id) if document.slot}
    assert (matter.state, volume.state) == (matters.ARCHIVED, volumes.STORED)
    assert volume.file_no.endswith("-0001")
    assert {
        "intake_form", "conflict_check", "client_notices", "approval_form", "engagement", "fee_receipts", "interviews",
        "communications", "closing_summary", "deliverables", "judgment", "survey",
    } <= filled  # fmt: skip


def test_closing_is_taken_back_and_the_matter_goes_on_until_it_is_asked_for_again(case):
    intake(case)
    assess(case)
    accept(case)
    sign(case)
    open_matter(case)
    case.move_to(datetime(2026, 12, 9, 12, 0, tzinfo=FIRM_ZONE))
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    matter_id = close(case, received=False)
    with pytest.raises(NotAllowed):
        case.firm.run(RunOperation("matters.withdraw_closing", {"matter_id": matter_id, "reason": "x"}), case.cast["desk"])
    link = case.link("Task_ClientReceipt")
    take_back = RunOperation("matters.withdraw_closing", {"matter_id": matter_id, "reason": "客户决定上诉"})
    case.firm.run(take_back, case.cast["lawyer1"])
    case.settle()
    with case.firm.reading() as session:
        assert matters.get_matter(session, matter_id).state == matters.ACTIVE
        assert closings.get_closing(session, case.lead_id).state == closings.WITHDRAWN
        assert links.get_link(session, link.id).state(case.firm.clock.now()) == links.REVOKED
    assert case.open_tasks() == {"Task_ReadUpdate", "Task_ClientAsks"}
    case.move_to(datetime(2026, 12, 24, 12, 0, tzinfo=FIRM_ZONE))
    assert "Task_WriteUpdate" in case.open_tasks()  # the client is kept informed as before
    close(case)
    assert "filing" in case.going_on()
    with case.firm.reading() as session:
        assert matters.get_matter(session, matter_id).state == matters.CLOSED
    with pytest.raises(StateRefused):
        case.firm.run(take_back, case.cast["lawyer1"])


def decline(case, state="DECLINED"):
    case.do("lawyer1", "Task_Write", case.first_values("Task_Write", "lawyer1"))
    case.do("partner2", "Task_Approve", SEND)
    assert (case.processes()["lifecycle"], case.going_on()) == ("completed", {"purge_declined"})
    assert case.lead_state() == state
    return case.lifecycle_result("decline_reason"), case.lifecycle_result("decline_kind")


def test_an_absolute_conflict_ends_in_a_polite_letter(case):
    intake(case, HIT)
    judge(case, "ABSOLUTE")
    assert decline(case) == ("conflict", "polite")


@pytest.mark.parametrize(("code", "said"), [("illegal", "第三十二条"), ("groundless", "缺乏事实根据和法律依据")])
def test_what_is_illegal_or_groundless_ends_in_a_firm_refusal(case, code, said):
    intake(case)
    assess(case, **({"legality_opinion": "illegal"} if code == "illegal" else {}), groundless=code == "groundless")
    case.do("partner1", "Task_Refuse", {**REFUSE, "refusal_code": code})
    assert decline(case) == (code, "firm")
    with case.firm.reading() as session:
        letter = documents.find_latest(session, case.lead_id, "decline_firm")
        assert said in read_text(documents.read_content(session, letter.id))


@pytest.mark.parametrize("who", ["client", "partner"])
def test_a_client_or_a_partner_says_no(case, who):
    intake(case)
    assess(case)
    case.do("lawyer1", "Task_Meeting", MEETING)
    if who == "client":
        case.do("client", "Task_ClientConfirms", REFUSED)
        assert decline(case) == ("expectations", "polite")
        return
    case.do("client", "Task_ClientConfirms", AGREED)
    case.do("lawyer1", "Task_Apply", form(case))
    case.do("partner1", "Task_PartnerApproves", NO)
    assert decline(case) == ("not_accepted", "polite")


def test_a_contract_that_is_not_signed_in_time_ends_politely(case):
    intake(case)
    assess(case)
    accept(case)
    case.do("lawyer1", "Task_DraftContract", TERMS)
    clauses = case.first_values("Task_ReviewContract", "partner1")["clauses"]
    case.do("partner1", "Task_ReviewContract", {"clauses": [{**row, "verdict": "ok"} for row in clauses]})
    case.move(days=16)
    assert decline(case) == ("not_signed", "polite")


def test_a_waived_conflict_goes_on(case):
    intake(case, HIT)
    judge(case, "WAIVABLE")
    case.ask("compliance", "Task_DraftNotice", NOTICE)
    case.ask("partner1", "Task_ApproveNotice", APPROVED)
    case.ask("client", "Task_Consent", CONSENT)
    case.do("compliance", "Task_PlanWall", case.first_values("Task_PlanWall", "compliance"))
    case.do("lawyer1", "Task_Undertake", SIGNED)
    case.do("director", "Task_Confirm", GRANTED)
    assert case.open_tasks() == {"Task_Subject", "Task_Legality", "Task_Merits"}


def test_a_caller_who_does_not_consent_leaves_nothing_behind(case):
    case.begin()
    case.do("desk", "Task_Register", {**REGISTER, "privacy_consent": "no"})
    case.move(days=31)
    assert case.going_on() == set()
    assert case.lead_state() == "LAPSED"
