"""Applying for a volume: who may, what stands against it, who approves, and what a refusal says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import FormInvalid, FourEyes, NotAllowed
from tests.workflows.loans.conftest import OUT, YES, LoanCase
from workflows.records import legal_holds, loan_applications, loan_steps, volume_loans, volumes


@pytest.mark.requirement("A14")
def test_the_lead_lawyer_needs_nobody_and_numbers_have_no_gaps(case):
    first = case.apply("lawyer1")
    assert (first.loan_no, first.kind, first.path) == ("JY-2026-0001", volume_loans.OWN, [])
    assert case.tasks() == {"Task_HandOut"}
    with pytest.raises(loan_applications.LoanUnavailable):
        case.apply("lawyer1", volume_ids=["J001-YW·MS-2026-C-9999"])
    assert case.apply("lawyer1", mode="electronic").loan_no == "JY-2026-0002"
    assert case.incidents() == []


@pytest.mark.requirement("A14")
def test_another_lawyer_asks_the_lead_lawyer_and_then_a_partner(case):
    loan = case.apply("lawyer2")
    assert (loan.kind, loan.path) == (volume_loans.FIRM, ["lead", "partner"])
    assert case.tasks() == {"Task_Lead"}
    assert "王若谷" in case.first("lawyer1", "Task_Lead")["asked"]
    case.act("lawyer1", "Task_Lead", YES)
    case.act("partner1", "Task_Partner", {**YES, "conditions": ["no_copy"]})
    assert case.tasks() == {"Task_HandOut"}
    granted = case.loan()
    assert (granted.state, granted.conditions) == (volume_loans.APPROVED, ["no_copy"])
    assert [each["step"] for each in granted.approvals] == ["lead", "partner"]
    assert case.incidents() == []


@pytest.mark.requirement("A14")
def test_a_refusal_has_a_reason_and_goes_out_as_a_letter(case):
    case.apply("lawyer2")
    with pytest.raises(FormInvalid):
        case.act("lawyer1", "Task_Lead", {"decision": "REFUSED", "conditions": [], "note": ""})
    case.act("lawyer1", "Task_Lead", {"decision": "REFUSED", "conditions": [], "note": "与申请的用途无关"})
    refused = case.loan()
    assert (refused.state, refused.reason) == (volume_loans.REFUSED, "与申请的用途无关")
    assert "loan_refusal" in case.papers()
    assert case.subjects("lawyer2")[-1].startswith("不予借阅")
    assert case.tasks() == set()
    assert case.incidents() == []


@pytest.mark.requirement("A20")
@pytest.mark.parametrize(
    ("level", "login", "form", "path", "on_site"),
    [
        (volumes.INTERNAL, "lawyer2", {}, ["lead", "partner"], False),
        (volumes.SECRET, "lawyer1", {}, [], False),
        (volumes.SECRET, "lawyer2", {}, ["lead", "partner", "compliance"], False),
        (volumes.CONFIDENTIAL, "lawyer1", {"mode": "on_site"}, ["compliance", "director"], True),
        (volumes.CONFIDENTIAL, "lawyer2", {"mode": "on_site"}, ["lead", "partner", "compliance", "director"], True),
    ],
)
def test_the_table_says_who_approves(firm, level, login, form, path, on_site):
    made = LoanCase(firm)
    made.store(level=level)
    loan = made.apply(login, **form)
    assert (loan.path, "on_site" in loan.conditions) == (path, on_site)
    assert made.incidents() == []


@pytest.mark.requirement("A14")
def test_a_court_comes_with_a_letter_and_two_officers_and_is_decided_the_same_day(case):
    with pytest.raises(loan_applications.LoanIncomplete):
        case.court(given={"officers": [{"name": "吴法官", "id_no": "1"}]})
    with pytest.raises(loan_applications.LoanIncomplete):
        case.court(given={"letter": []})
    loan = case.court(legal_deadline="2026-11-26")
    assert (loan.kind, loan.path, loan.borrower) == (volume_loans.COURT, ["director"], "示范市人民法院 吴法官")
    assert "upload" in case.papers()
    case.move(hours=9, minutes=1)
    assert any("逾期未审批" in subject for subject in case.subjects("archivist"))
    case.act("director", "Task_Director", YES)
    values = case.first("archivist", "Task_HandOut")
    assert values["due_on"] == "2026-12-24"  # thirty days
    case.act("archivist", "Task_HandOut", {**OUT, "due_on": values["due_on"], "signature": "吴法官"})
    assert case.volume().state == volumes.ON_LOAN
    assert case.incidents() == []


@pytest.mark.requirement("A14")
def test_a_demand_beyond_privilege_goes_to_compliance_director_and_the_bar(case):
    case.court(kind="authority", mode="copy", given={"beyond": True})
    assert case.loan().path == ["compliance", "director"]
    case.act("compliance", "Task_Compliance", YES)
    case.act("director", "Task_Director", {"decision": "REFUSED", "conditions": [], "note": "含律师与委托人的沟通，依法保密"})
    assert case.tasks() == {"Task_BarNote"}
    assert "loan_bar_report" in case.papers()
    case.move(days=3)
    assert any("律师协会" in subject for subject in case.subjects("archivist"))
    case.act("director", "Task_BarNote", {"told_on": "2026-11-27", "told_whom": "示范市律师协会", "told_note": ""})
    assert case.loan().state == volume_loans.REFUSED
    assert case.loan().steps["bar"]["told_whom"] == "示范市律师协会"
    assert case.incidents() == []


@pytest.mark.requirement("A14")
def test_a_joint_client_gets_only_their_own_part(case):
    case.client(given={"joint": True})
    assert case.loan().state == volume_loans.REFUSED
    assert "页码" in case.loan().reason
    loan = case.client(given={"joint": True}, pages="1-2")
    assert (loan.path, set(loan.conditions)) == (["lead"], {"own_part", "masking"})
    with pytest.raises(loan_applications.LoanIncomplete):
        case.client(given={"by_agent": True})


@pytest.mark.requirement("A14")
@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda case: case.client(mode="original"), "原卷不出借"),
        (lambda case: case.client(mode="electronic"), "电子阅览只对本所人员开放"),
        (lambda case: case.court(kind="unit", mode="original"), "其他单位只能复制"),
    ],
)
def test_what_people_from_outside_may_not_have_is_said(case, ask, reason):
    assert reason in ask(case).reason
    assert case.loan().state == volume_loans.REFUSED


@pytest.mark.requirement("A14")
def test_what_is_held_as_evidence_is_not_lent_but_to_a_court(case):
    case.run(lambda context: legal_holds.set_hold(context, case.lead_id, cause="dispute", source_id="x", reason="诉讼"))
    assert "保全" in case.apply("lawyer1").reason
    assert case.apply("lawyer1", mode="on_site").path == ["compliance"]
    assert case.court().path == ["compliance", "director"]


@pytest.mark.requirement("A15")
def test_whoever_has_an_overdue_volume_gets_no_other(case):
    case.lend()
    case.move(days=40)
    refused = case.apply("lawyer1", mode="electronic")
    assert (refused.state, "JY-2026-0001" in refused.reason) == (volume_loans.REFUSED, True)


def test_nobody_approves_their_own_application_and_a_walled_partner_none(case):
    case.wall("partner1")
    case.apply("partner2")
    with pytest.raises((FourEyes, NotAllowed)):
        case.act("partner2", "Task_Lead", YES)
    case.act("lawyer1", "Task_Lead", YES)
    for login in ("partner1", "partner2"):
        with pytest.raises((FourEyes, NotAllowed)):
            case.act(login, "Task_Partner", YES)
    case.act("director", "Task_Partner", YES)
    assert case.loan().state == volume_loans.APPROVED


def test_the_record_itself_refuses_whoever_asks(case):
    case.apply("partner2")
    with pytest.raises(FourEyes):
        case.run(lambda context: loan_steps.decide(context, case.loan_id, approved=True, conditions=[], note=""), "partner2")


@pytest.mark.parametrize("step", ["Task_Lead", "Task_Partner", "Task_Compliance"])
def test_a_late_approval_is_chased(secret_case, step):
    case = secret_case
    case.apply("lawyer2")
    for element, login in (("Task_Lead", "lawyer1"), ("Task_Partner", "partner1"), ("Task_Compliance", "compliance")):
        if element == step:
            case.move_to(case.firm.clock.now() + timedelta(days=4))
            assert any("逾期未审批" in subject for subject in case.subjects("director"))
            return
        case.act(login, element, YES)


def test_an_application_is_taken_back_while_it_is_decided(case):
    case.apply("lawyer2")
    with pytest.raises(NotAllowed):
        case.ask("loans.withdraw", "lawyer1")
    case.ask("loans.withdraw", "lawyer2")
    assert (case.loan().state, case.tasks()) == (volume_loans.WITHDRAWN, set())


def test_only_the_desk_applies_for_people_from_outside(case):
    with pytest.raises(NotAllowed):
        case.client("lawyer2")
