"""Scenario 1 of processes.md section 8: from a lead on the web to the archive, with every diagram of the firm deployed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from engine import SYSTEM, RunOperation, StartInstance, queries
from engine.clock import FIRM_ZONE
from engine.tables import History
from tests.workflows.aftercare.test_paths import VISIT
from tests.workflows.client_contact.test_paths import ANSWER as ANSWERED
from tests.workflows.complaint.conftest import CALL, CLOSING, ComplaintCase
from tests.workflows.confirmation.test_acts import PERFORM
from tests.workflows.confirmation.texts import APPROVE, DECLARE, SETTLE, SIGN
from tests.workflows.conflict_waiver.test_paths import APPROVED, CONSENT, GRANTED, NOTICE, SIGNED
from tests.workflows.corrective_action.conftest import ANALYSIS, CorrectionCase
from tests.workflows.deadline.conftest import DeadlineCase
from tests.workflows.decline.test_paths import SEND
from tests.workflows.document_delivery.test_paths import newest as newest_delivery
from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.intake.test_paths import CONFIRM, OUTLINE, PERSON, REGISTER
from tests.workflows.lifecycle import test_whole_way as way
from tests.workflows.lifecycle.conftest import WholeCase, open_whole_firm, postgres_firm, sqlite_firm, whole_url
from tests.workflows.matter_change.test_paths import AGREE, AMEND
from tests.workflows.option_choice.test_paths import CHOOSE, COMPARE, EXPLAIN
from tests.workflows.periodic_update.test_paths import UPDATE
from tests.workflows.survey.conftest import ANSWER
from workflows.records import leads, matters, volumes
from workflows.standing import start_standing

__all__ = ["postgres_firm", "sqlite_firm", "whole_url"]

# For each requirement steps of the diagrams that must have been done (process, element).
EVENTS = {
    "R1": [("lifecycle", "Event_LeadArrives"), ("lifecycle", "Event_Completed")],
    "R2": [("intake", "Task_Register"), ("intake_facts", "Task_ClientFacts"), ("intake_facts", "Task_Outline")],
    "R3": [("conflict_examination", "Service_Search")],
    "R4": [("lifecycle", "Call_ConflictCheck"), ("acceptance", "Service_CheckReady")],
    "R5": [("conflict_declaration", "Task_Declare"), ("conflict_examination", "Service_Assemble")],
    "R6": [("conflict_examination", "Rule_Classify"), ("conflict_decision", "Task_Decide")],
    "R7": [("conflict_consent", "Task_DraftNotice"), ("conflict_consent", "Task_Consent"), ("conflict_waiver", "Service_Grant")],
    "R8": [("decline", "Task_Write"), ("decline", "Service_Send"), ("decline", "Event_Declined")],
    "R9": [("assessment_reviews", "Task_Subject")],
    "R10": [("assessment_reviews", "Task_Legality")],
    "R11": [("assessment_reviews", "Task_Merits")],
    "R12": [("assessment", "Task_Refuse"), ("decline", "Service_Render")],
    "R13": [("expectations", "Task_Meeting"), ("expectations", "Service_RenderPlan")],
    "R14": [("expectations", "Service_RenderRecord"), ("expectations", "Task_ClientConfirms")],
    "R15": [("expectations", "Service_RenderRisks")],
    "R16": [("contract_signing", "Task_ClientSigns"), ("contract_signing", "Task_MarkSigned")],
    "R17": [("engagement_contract", "Task_DraftContract"), ("engagement_contract", "Task_ReviewContract")],
    "R18": [("key_act", "Service_CheckAuthority"), ("key_act", "Task_Perform")],
    "R19": [("engagement_contract", "Task_RenderContract"), ("contract_amendment", "Task_Review")],
    "R20": [("fees", "Task_PlanFees"), ("fee_receipt", "Task_RegisterReceipt"), ("fee_receipt", "Task_CheckByFinance")],
    "R21": [("fees", "Task_IssueInvoice"), ("fees", "Task_DeliverInvoice")],
    "R22": [("engagement_contract", "Task_FeeLegality")],
    "R23": [("fees", "Task_RenderFeeList"), ("fees", "Task_SendFeeList")],
    "R24": [("matter_opening", "Task_OpenMatter"), ("matter_opening", "Task_CheckClientFile")],
    "R25": [("matter_opening", "Task_PlanMatter"), ("filing", "Task_Collect")],
    "R26": [("periodic_update", "Task_WriteUpdate"), ("deadline_watch", "Service_Schedule"), ("deadline", "Task_Complete")],
    "R27": [("periodic_update", "Task_RenderUpdate"), ("update_reading", "Task_ReadUpdate")],
    "R28": [("periodic_update", "Rule_Channel")],
    "R29": [("client_question", "Task_Answer"), ("periodic_update", "Task_SendUpdate")],
    "R30": [("confirmation", "Task_Draft"), ("confirmation", "Service_Render")],
    "R31": [("confirmation", "Task_ClientAnswers"), ("confirmation", "Service_SignCopy")],
    "R32": [("document_delivery", "Rule_Class"), ("document_delivery", "Service_Send")],
    "R33": [("option_choice", "Task_Compare"), ("option_choice", "Task_Explain")],
    "R34": [("option_answer", "Task_ClientChooses"), ("option_choice", "Service_Adopt")],
    "R35": [("complaint", "Event_Received"), ("complaint", "Service_SendReceipt")],
    "R36": [("complaint", "Task_Screen"), ("complaint_investigation", "Task_Investigate")],
    "R37": [("complaint_investigation", "Task_Propose"), ("complaint_reply", "Service_Deliver")],
    "R38": [("complaint", "Task_Close"), ("complaint", "Task_Call")],
    "R39": [("closing", "Task_Deliver"), ("closing", "Task_ClientReceipt")],
    "R40": [("closing", "Task_Summary"), ("closing", "Service_RenderStatement")],
    "R41": [("survey", "Service_SendLink"), ("survey", "Task_Answer")],
    "R42": [("survey", "Rule_Followup"), ("corrective_action", "Task_Plan"), ("corrective_action", "Task_Effect")],
    "R43": [("filing", "Task_Submit"), ("filing", "Task_Check"), ("filing", "Event_Archived")],
    "R44": [("conflict_waiver", "Task_PlanWall"), ("conflict_waiver", "Service_ApplyWall")],
    "R45": [("aftercare", "Service_PlanVisit"), ("aftercare", "Task_Visit")],
}
OTHER_PERSON = {**PERSON, "name": "赵六", "id_number": "440524188001010014"}
OTHER_LEAD = {**OUTLINE, "opposing_parties": [{"name": "示例旧货商行", "kind": "organisation"}]}


class FullCase(WholeCase, ComplaintCase, CorrectionCase, DeadlineCase):
    """A case in the whole firm, with what the tests of its processes know to do."""

    def arrive(self, person, outline, decided=""):
        """A lead from the firm's web page, up to its cleared, waivable or excluded conflict check."""
        self.lead_id = ""
        self.begin()
        self.do("desk", "Task_Register", {**REGISTER, "source": "web", "contact_name": person["name"]})
        self.do("desk", "Task_ClientFacts", person)
        self.do("desk", "Task_Outline", outline)
        self.do("desk", "Task_Assign", {"lawyer_id": self.id("lawyer1")})
        self.do("lawyer1", "Task_Confirm", {**CONFIRM, **outline})
        self.do("lawyer1", "Task_Declare", {"has_interest": "no", "is_true": True})
        if decided:
            way.judge(self, decided)
        elif "Task_Judge" in self.open_tasks():  # the same person asked before
            rows = self.first_values("Task_Judge", "compliance")["hits"]
            self.do(
                "compliance", "Task_Judge", {"hits": [{**row, "identity": "DIFFERENT", "reason": "已核对证件"} for row in rows]}
            )

    def decline(self):
        """The letter that declines, approved and sent."""
        self.do("lawyer1", "Task_Write", self.first_values("Task_Write", "lawyer1"))
        self.do("partner2", "Task_Approve", SEND)

    def hand(self, key, login="lawyer1"):
        """Begin a process on the case's page."""
        with self.firm.reading() as session:
            matter, lead = matters.get_matter(session, self.matter_id), leads.get_lead(session, self.lead_id)
            known = {name: getattr(matter, name) for name in ("matter_no", "matter_type", "lawyer_id", "title")}
            team = list(matters.list_members(session, matter.id))
        data = {"client_id": lead.client_id, "client_name": lead.client_name, "lead_id": lead.id, "matter_id": matter.id, **known}
        start = StartInstance(key, {**data, "team_ids": team, "starter_id": self.id(login)}, business_key=lead.id)
        self.instance_id = self.firm.run(start, self.cast[login])
        self.settle()

    def done(self):
        """Every step of every diagram that was done in this firm."""
        with self.firm.reading() as session:
            rows = session.execute(select(History.process_key, History.element_id).where(History.outcome == "completed"))
            return {(row.process_key, row.element_id) for row in rows}


@pytest.fixture
def case(whole_url, clock, tmp_path):
    engine = open_whole_firm(whole_url, clock, tmp_path / "data")
    start_standing(engine)
    # who stands in for the lawyer, as 王若谷 is behind a wall
    third = {"login": "lawyer3", "name": "苏明远", "roles": ["lawyer"], "email": "lawyer3@demo.invalid"}
    engine.run(RunOperation("people.register", third), SYSTEM)
    yield FullCase(engine)
    engine.close()


def turn_two_away(case):
    """A conflict that cannot be excluded is declined politely, an unlawful aim firmly."""
    case.arrive(OTHER_PERSON, {**OTHER_LEAD, "opposing_parties": way.HIT["opposing_parties"]}, "ABSOLUTE")
    case.decline()
    case.arrive(OTHER_PERSON, OTHER_LEAD)
    way.assess(case, legality_opinion="illegal")
    case.do("partner1", "Task_Refuse", {**way.REFUSE, "refusal_code": "illegal"})
    case.decline()


def waive(case):
    """Notice, consent by link, wall, undertaking, the director's word."""
    case.ask("compliance", "Task_DraftNotice", NOTICE)
    case.ask("partner1", "Task_ApproveNotice", APPROVED)
    case.ask("client", "Task_Consent", CONSENT)
    case.do("compliance", "Task_PlanWall", case.first_values("Task_PlanWall", "compliance"))
    case.do("lawyer1", "Task_Undertake", SIGNED)
    case.do("director", "Task_Confirm", GRANTED)


def advise(case):
    """A deadline kept, a risk confirmed, options chosen, an act covered, papers given, the contract amended."""
    case.hand("deadline")
    case.do("lawyer1", "Task_Enter", case.entry(backup=case.id("lawyer3")))
    case.do("lawyer3", "Task_Review", {"verdict": "agree"})
    case.do("lawyer1", "Task_Complete", case.proof())
    case.hand("key_act")
    case.do("lawyer1", "Task_Declare", DECLARE)
    case.do("lawyer1", "Task_Draft", SETTLE)
    case.do("partner1", "Task_Review", APPROVE)
    case.do("client", "Task_ClientAnswers", SIGN)
    case.do("lawyer1", "Task_Perform", PERFORM)
    case.hand("option_choice")
    case.do("lawyer1", "Task_Compare", COMPARE)
    case.do("partner1", "Task_Review", APPROVE)
    case.do("lawyer1", "Task_Explain", EXPLAIN)
    case.do("client", "Task_ClientChooses", CHOOSE)
    given = {"lead_id": case.lead_id, "name": "送货单.pdf", "content": make_pdf(2, "送货单")}
    paper = case.firm.run(RunOperation("documents.upload", given), case.cast["lawyer1"])["document_id"]
    case.hand("document_delivery")
    case.do("lawyer1", "Task_Classify", {"request": "客户索取送货单", "documents": [paper], "traits": []})
    assert newest_delivery(case).state == "DELIVERED"
    case.hand("matter_change")
    case.do("lawyer1", "Task_Apply", AMEND)
    case.do(
        "lawyer1",
        "Task_Revise",
        {"new_terms": "第二条服务范围增加二审诉讼代理。", "scope_in": "一审、二审诉讼代理", "fee_changes": "no"},
    )
    case.do("partner1", "Task_Review", {"decision": "APPROVE", "comment": "同意。"})
    case.do("client", "Task_ClientSigns", AGREE)


def complain(case):
    """A complaint is heard, answered, agreed with; its cause is to be mended."""
    case.complain()
    case.accept()
    case.investigate()
    case.answer("agree")
    case.do("compliance", "Task_Close", {**CLOSING, "corrective": "yes"})
    case.do("compliance", "Task_Analyse", ANALYSIS)
    case.do("compliance", "Task_Plan", case.actions("lawyer1"))
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    case.do("lawyer1", "Task_Done", {"proof_note": "已改"})


def report(case):
    """An update is due, read by link, and asked about."""
    case.move_to(datetime(2026, 12, 9, 12, 0, tzinfo=FIRM_ZONE))
    case.do("compliance", "Task_Call", CALL)
    case.do("lawyer1", "Task_WriteUpdate", UPDATE)
    case.do("client", "Task_ReadUpdate", {"read": True, "question": "需要我出庭吗？"})
    case.do("lawyer1", "Task_Answer", ANSWERED)


@pytest.mark.requirement(*EVENTS)
def test_scenario_1_from_a_lead_on_the_web_to_the_archive_with_an_event_for_each_requirement(case):
    turn_two_away(case)
    case.arrive(PERSON, way.HIT, "WAIVABLE")
    waive(case)
    way.assess(case)
    way.accept(case)
    case.do("compliance", "Task_ComplianceApproves", way.YES)  # a waived conflict goes up to the director
    case.do("director", "Task_DirectorApproves", way.YES)
    way.sign(case)
    way.open_matter(case, backup="lawyer3")
    with case.firm.reading() as session:
        case.matter_id = matters.find_matter_by_lead(session, case.lead_id).id
    advise(case)
    complain(case)
    report(case)
    way.close(case)
    case.move(days=6)
    case.do("client", "Task_Answer", ANSWER)
    way.file_volume(case)
    case.move(days=30)
    case.do("desk", "Task_Visit", VISIT)
    case.move(days=60)
    case.do("director", "Task_Effect", {"effective": "yes", "data": "三个月无逾期"})
    assert case.incidents() == []
    with case.firm.reading() as session:
        matter = matters.get_matter(session, case.matter_id)
        assert (matter.state, volumes.get_volume(session, matter.volume_id).state) == (matters.ARCHIVED, volumes.STORED)
        assert queries.list_incidents(session) == []
    done = case.done()
    missing = {each: [step for step in steps if step not in done] for each, steps in EVENTS.items()}
    assert {each: steps for each, steps in missing.items() if steps} == {}
    assert set(EVENTS) == {f"R{number}" for number in range(1, 46)}
