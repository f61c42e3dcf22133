"""Scenarios 11 and 12 of processes.md section 8, through the running engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import SYSTEM, ReceiveMessage, queries
from engine.errors import NotAllowed, TaskClaimed
from engine.tables import Message
from tests.workflows.complaint.conftest import CLOSING, PROPOSAL, SCREENING, ComplaintCase
from tests.workflows.small_firm import open_small_firm
from tests.workflows.survey.conftest import ANSWER
from workflows.records import (
    case_access,
    complaint_access,
    complaints,
    document_access,
    documents,
    matters,
    survey_reviews,
    surveys,
)
from workflows.records.leads import get_lead

ALL = ("complaint", "complaint_investigation", "complaint_reply", "complaint_watch", "corrective_action", "survey")
LATE = "投诉逾期：TS-2026-0001"


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *ALL)
    made = ComplaintCase(engine)
    made.open_matter()
    yield made
    engine.database.dispose()


@pytest.mark.requirement("R35", "R36", "R37", "R38")
def test_scenario_11_a_complaint_against_the_complaints_officer(case):
    """Another handles it; overdue the director hears daily; the refund is asked of the fee process; the cause is mended."""
    officer = case.cast["compliance"]
    complaint = case.complain(source="phone", kinds=["fees"], respondents=[officer.id], facts="多收了费用，投诉专员拒绝受理。")
    assert complaint.handler_id == case.cast["partner2"].id
    with pytest.raises((NotAllowed, TaskClaimed)):
        case.do("compliance", "Task_Screen", SCREENING)
    with case.firm.reading() as session:
        assert not complaint_access.may_read(session, complaint, officer)
        assert complaint_access.may_read(session, complaint, case.cast["director"])
        assert queries.list_open_tasks(session, case.instance_id)[0].assignee == case.cast["partner2"].id

    case.accept("partner2")
    case.move_to(case.complaint().reply_by - timedelta(minutes=1))
    case.move(minutes=2)
    case.move(days=1, minutes=1)
    assert case.mails_to("director@demo.invalid").count(LATE) == 2

    case.do("director", "Task_Appoint", {"investigator": case.cast["partner1"].id})
    case.do("partner1", "Task_Investigate", {"findings": "多收三千元", "liability": "full", "interviews": []})
    refund = {**PROPOSAL, "remedies": ["refund"], "refund_amount": "30000"}
    case.do("partner2", "Task_Propose", refund)
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    case.move(days=1, minutes=1)
    assert case.mails_to("director@demo.invalid").count(LATE) == 2  # answered: nobody is chased any more
    case.answer("agree")
    ((_name, correlation, payload),) = case.sent_messages("refund.requested")
    assert (correlation, payload["amount"], payload["source_no"]) == (case.lead_id, "30000.00", "TS-2026-0001")

    case.do("partner2", "Task_Close", {**CLOSING, "corrective": "yes"})
    ((_name, _correlation, asked),) = case.sent_messages("correction.requested")
    assert asked["barred"] == [officer.id]
    assert case.incidents() == []


@pytest.mark.requirement("R41", "R42")
def test_scenario_12_a_low_score_becomes_a_complaint_and_the_lawyer_learns_not_from_whom(case):
    """A score of two opens a complaint by itself; the matter's lawyer sees neither answers nor figures of so few."""

    def close(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(close)
    given = {"matter_id": case.matter_id, "lead_id": case.lead_id, "title": "张三"}
    (case.instance_id,) = case.firm.run(ReceiveMessage("matter.closed", case.matter_id, given), SYSTEM)
    case.settle()
    case.move(days=4)
    case.do("client", "Task_Answer", {**ANSWER, "overall": "2", "comment": "开庭前才通知", "anonymous": True})

    with case.firm.reading() as session:
        (complaint,) = complaints.list_complaints(session)
        assert (complaint.source, complaint.state, complaint.case_lead_id) == ("survey", "RECEIVED", case.lead_id)
        assert "最低评分为2分：总体满意度" in complaint.facts
        lawyer, lead = case.cast["lawyer1"], get_lead(session, case.lead_id)
        assert lawyer.id in complaint.respondents
        assert lawyer.id in case_access.list_people(session, lead)
        assert not complaint_access.may_read(session, complaint, lawyer)
        papers = documents.list_documents(session, complaint.id) + documents.list_documents(session, case.lead_id, slot="survey")
        assert papers
        assert not [each for each in papers if document_access.may_read(session, each, lawyer)]
        assert session.scalar(select(Message.name).where(Message.name == "complaint.received")) is not None
        now = case.firm.clock.now()
        figures = survey_reviews.count(session, now - timedelta(days=30), now + timedelta(days=1), now)
        assert (figures["answered"], figures["lawyers"], figures["scores"]) == (1, [], [])
        assert surveys.get_survey(session, case.lead_id).followup == surveys.COMPLAINT
    assert case.incidents() == []
