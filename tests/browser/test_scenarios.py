"""Telling parts of the scenarios in a real browser; the records bring the case to the point."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from engine import FIRM_ZONE, SYSTEM, StartInstance, sweep
from tests.browser.conftest import Served
from tests.browser.entries import Upload, fill
from tests.browser.test_main_job import PEOPLE, Office
from tests.workflows.casework import RISK, Case
from tests.workflows.signed import open_case, sign_contract
from workflows.records import deadlines

pytestmark = pytest.mark.browser


def come_to_rest(demo: Served) -> None:
    """Let the firm do what is due."""
    while sweep(demo.firm):
        pass


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
