"""Telling parts of the scenarios in a real browser; the records bring the case to the point."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import FIRM_ZONE, SYSTEM, Context, MoveClock, ReceiveMessage, StartInstance, sweep
from tests.browser.conftest import Served
from tests.browser.entries import Upload, fill
from tests.browser.test_main_job import PEOPLE, Office
from tests.workflows.casework import RISK, Case
from tests.workflows.complaint.conftest import ComplaintCase
from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.conflict_check.test_recheck import open_matter
from tests.workflows.pdf_text import read_text
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.survey.conftest import ANSWER
from workflows.records import complaints, deadlines, documents, leads, matters

pytestmark = pytest.mark.browser


def come_to_rest(demo: Served) -> None:
    """Let the firm do what is due."""
    while sweep(demo.firm):
        pass


def forward(demo: Served, by: timedelta) -> None:
    """Move the demo firm's clock and let happen what is due."""
    demo.firm.run(MoveClock(demo.firm.clock.now() + by), SYSTEM)
    come_to_rest(demo)


@pytest.mark.requirement("R20", "R22")
def test_a_risk_fee_over_the_cap_is_refused_at_the_field_with_the_steps_and_the_cap_itself_passes(
    browser: Browser, demo: Served
) -> None:
    case = Case(demo.firm)
    case.register()
    case.start("engagement_contract")
    office = Office(browser, demo.address)
    page = office.open("lawyer1", "填写合同要素")
    over = {**RISK, "risk_basis": "amount", "risk_amount": "470000"}
    over["schedule"] = [RISK["schedule"][0], {**RISK["schedule"][1], "amount": "470000"}]
    fill(page, over)
    with pytest.raises(AssertionError) as refused:
        office.complete(page)
    assert "480,000" in str(refused.value) or "480000" in str(refused.value)
    fill(page, {"risk_amount": "450000", "schedule": [RISK["schedule"][0], RISK["schedule"][1]]})
    office.complete(page)


@pytest.mark.requirement("R26")
def test_a_deadline_is_entered_explained_reviewed_by_another_and_done_with_proof(browser: Browser, demo: Served) -> None:
    case = Case(demo.firm)
    case.register()
    matter_id = open_case(case, sign_contract(case))["matter_id"]
    lawyer_id = case.cast["lawyer1"].id
    start = {"lead_id": case.lead_id, "matter_id": matter_id, "lawyer_id": lawyer_id, "starter_id": lawyer_id, "title": "张三案"}
    demo.firm.run(StartInstance("deadline", start, business_key=case.lead_id), SYSTEM)
    come_to_rest(demo)
    office = Office(browser, demo.address)
    today = demo.firm.clock.now().astimezone(FIRM_ZONE).date().isoformat()
    entry = {
        "decision": "enter", "kind": "appeal_civil_judgment", "trigger_event": "收到一审判决书", "trigger_on": today,
        "served_how": "direct", "documents": [Upload("送达回证")], "responsible": PEOPLE["lawyer1"], "backup": PEOPLE["lawyer2"],
    }  # fmt: skip
    office.do("lawyer1", "录入期限", entry)
    reviewer = office.open("lawyer2", "双人复核")
    expect(reviewer.get_by_text("民事诉讼法").first).to_be_visible()
    office.look(reviewer, "deadline-explained")
    fill(reviewer, {"verdict": "agree"})
    office.complete(reviewer)
    come_to_rest(demo)
    proof = {"action": "filed", "acted_on": today, "documents": [Upload("邮寄回执")], "reference": "EMS123"}
    office.do("lawyer1", "完成并提交证明", proof)
    with demo.firm.reading() as session:
        (deadline,) = deadlines.list_deadlines(session, case.lead_id)
    assert (deadline.state, deadline.proof["reference"]) == (deadlines.DONE, "EMS123")


def expect_no_waiver(page: Page) -> None:
    """Nothing to press or follow that would waive."""
    for role in ("button", "link"):
        expect(page.get_by_role(role, name=re.compile("豁免|同意书"))).to_have_count(0)  # type: ignore[arg-type]


@pytest.mark.requirement("R6", "R8")
def test_an_opponent_who_is_a_client_in_the_same_case_is_turned_away_with_nothing_to_waive(
    browser: Browser, demo: Served
) -> None:
    zhao = {"name": "赵六", "id_number": "440524188001010014"}
    case = ConflictCase(demo.firm)
    open_matter(case, case.screen("lawyer2", client=zhao, opposing_parties=[{"name": "张三", "kind": "person"}]))
    case.screen(opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.check()
    case.declare()
    office = Office(browser, demo.address)
    officer = office.page("compliance")
    officer.goto(f"{demo.address}/conflicts/{case.record().id}")
    expect(officer.get_by_text("绝对冲突").first).to_be_visible()
    expect_no_waiver(officer)
    for hit in case.hits():
        if hit.needs_judgement:
            officer.locator(f'[name="identity:{hit.id}"][value=SAME]').check()
            officer.locator(f'[name="judged_class:{hit.id}"][value={hit.hit_class}]').check()
            officer.locator(f'[name="reason:{hit.id}"]').fill("与本所现有客户为同一人，且为同一案件。")
    office.look(officer, "absolute-judged")
    officer.get_by_role("button", name="提交已核实的").click()
    for voter in ("partner1", "partner2"):
        panel = office.open(voter, "冲突合议表决")
        expect(panel.get_by_role("radio", name="绝对冲突，婉拒")).to_be_visible()
        expect(panel.get_by_role("radio", name=re.compile("豁免"))).to_have_count(0)
        expect_no_waiver(panel)
        fill(panel, {"decision_absolute": "ABSOLUTE", "decision_reason": "同一案件的双方，不得受理。"})
        office.look(panel, "absolute-panel")
        office.complete(panel)
    come_to_rest(demo)
    assert case.outcome() == "ABSOLUTE"
    officer.reload()
    expect_no_waiver(officer)
    case.start("decline", decline_reason="conflict", decline_kind="polite")
    office.do("lawyer1", "拟定谢绝函", {})
    office.do("partner1", "谢绝函审批", {"decline_decision": "APPROVED"})
    come_to_rest(demo)
    with demo.firm.reading() as session:
        letter = documents.find_latest(session, case.lead_id, "decline_polite")
        said = read_text(documents.read_content(session, letter.id))
    assert "不宜接受" in said and not any(secret in said for secret in ("赵六", "王若谷", "现有客户"))
    forward(demo, timedelta(days=190))  # six months after the letter
    with demo.firm.reading() as session:
        assert leads.get_lead(session, case.lead_id).outline.get("summary") is None


@pytest.mark.requirement("R41", "R42")
def test_a_low_score_by_link_opens_a_complaint_that_the_lawyer_cannot_find(browser: Browser, demo: Served) -> None:
    case = ComplaintCase(demo.firm)
    case.open_matter()

    def close(context: Context) -> None:
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(close)
    demo.firm.run(StartInstance("survey_review"), SYSTEM)
    given = {"matter_id": case.matter_id, "lead_id": case.lead_id, "title": "张三"}
    demo.firm.run(ReceiveMessage("matter.closed", case.matter_id, given), SYSTEM)
    forward(demo, timedelta(days=6))
    office = Office(browser, demo.address)
    office.client("请为我们的服务打分", {**ANSWER, "overall": "2", "comment": "开庭前才通知", "anonymous": True})
    come_to_rest(demo)
    with demo.firm.reading() as session:
        (complaint,) = complaints.list_complaints(session)
    officer = office.page("compliance")
    officer.goto(f"{demo.address}/complaints")
    officer.get_by_role("link", name=re.compile(complaint.complaint_no)).click()
    expect(officer.get_by_text("最低评分为2分").first).to_be_visible()
    expect(officer.get_by_text("开庭前才通知").first).to_be_visible()
    office.look(officer, "survey-complaint")
    lawyer = office.page("lawyer1")
    assert lawyer.goto(f"{demo.address}/complaints").status == 403
    assert lawyer.goto(f"{demo.address}/complaints/{complaint.id}").status == 403
    for path in ("/inbox", f"/cases/{case.lead_id}", "/matters", "/improvement", "/palette?q=张三"):
        lawyer.goto(demo.address + path)
        for secret in (complaint.complaint_no, "开庭前才通知", "初审受理", "最低评分"):
            expect(lawyer.get_by_text(secret)).to_have_count(0)
    for search in (complaint.complaint_no, "初审受理"):
        lawyer.goto(f"{demo.address}/palette?q={search}")
        expect(lawyer.get_by_role("option")).to_have_count(0)
    office.look(lawyer, "survey-lawyer")
    forward(demo, timedelta(days=100))  # the next quarter's review
    director = office.open("director", "满意度分析会")
    expect(director.get_by_text("收回1份")).to_be_visible()
    for secret in ("李明轩", "张三"):
        expect(director.locator("#main").get_by_text(secret)).to_have_count(0)
    office.look(director, "survey-figures")
