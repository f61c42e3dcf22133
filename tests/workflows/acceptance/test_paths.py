"""The acceptance through every path of the diagram, with every level of decision D5."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from workflows.records import acceptances, documents, leads, refusals

YES = {"acceptance_decision": "APPROVE", "acceptance_opinion": "同意收案。"}
NO = {"acceptance_decision": "REFUSE", "acceptance_opinion": "本所同类案件已满负荷。"}
BACK = {"acceptance_decision": "RETURN", "acceptance_opinion": "请补充工时测算。"}


def form(case, **values):
    return {
        "lead_lawyer": case.cast["lawyer1"].id,
        "co_lawyers": [case.cast["lawyer2"].id],
        "fee_mode": "fixed",
        "fee_estimate": "30000",
        "hours_budget": "30",
        "grounds": "证据充分，本所长于买卖合同纠纷。",
        **values,
    }


def apply(case, **values):
    case.start("acceptance")
    case.do("lawyer1", "Task_Apply", form(case, **values))
    assert case.incidents() == []


def result(case):
    assert case.incidents() == []
    assert case.state() == "completed"
    return case.result("acceptance_result")


def test_an_ordinary_matter_needs_one_partner_and_gets_its_form(case):
    case.prepare()
    case.start("acceptance")
    assert case.first_values("Task_Apply", "lawyer1")["lead_lawyer"] == case.cast["lawyer1"].id
    case.do("lawyer1", "Task_Apply", form(case))
    assert case.open_tasks() == {"Task_PartnerApproves"}
    assert case.first_values("Task_PartnerApproves", "partner1")["level_name"] == "合伙人（第1级，共1级）"
    case.do("partner1", "Task_PartnerApproves", YES)
    assert result(case) == "ACCEPTED"
    assert case.result("team_ids") == [case.cast["lawyer1"].id, case.cast["lawyer2"].id]
    assert case.lead_state() == "APPROVED"
    with case.firm.reading() as session:
        document = documents.find_latest(session, case.lead_id, "approval_form")
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(documents.read_content(session, document.id))).pages)
    assert document.slot == "approval_form"
    assert all(word in text for word in ("无利益冲突", "李明轩", "同意收案", "陈敬之"))


@pytest.mark.parametrize(
    ("ready", "values", "levels"),
    [
        ({}, {"dispute_amount": "1000000"}, ["partner", "second_partner", "finance"]),
        ({}, {"fee_mode": "risk"}, ["partner", "second_partner", "finance"]),
        ({}, {"discount_percent": "20.5"}, ["partner", "second_partner", "finance"]),
        ({}, {"discount_percent": "20"}, ["partner"]),
        ({"legality": {"sensitive": ["foreign"]}}, {}, ["partner", "director"]),
        (
            {"legality": {"sensitive": ["mass"]}},
            {"dispute_amount": "5000000", "fee_mode": "risk"},
            ["partner", "second_partner", "finance", "director"],
        ),
    ],
)
def test_the_matter_decides_which_levels_approve(case, ready, values, levels):
    case.prepare(**ready)
    apply(case, **values)
    with case.firm.reading() as session:
        assert acceptances.get_acceptance(session, case.lead_id).levels == levels


def test_a_waived_conflict_with_a_large_amount_passes_five_levels(case):
    case.prepare(conflict="WAIVABLE")
    case.firm.tools = {**case.firm.tools, "waiver": "WAIVED"}
    apply(case, dispute_amount="2000000")
    case.do("partner1", "Task_PartnerApproves", YES)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_PartnerApproves", YES)  # the second partner is somebody else
    case.do("partner2", "Task_PartnerApproves", YES)
    assert case.open_tasks() == {"Task_ComplianceApproves"}
    case.do("compliance", "Task_ComplianceApproves", YES)
    assert case.open_tasks() == {"Task_FinanceApproves"}
    case.do("finance", "Task_FinanceApproves", YES)
    assert case.open_tasks() == {"Task_DirectorApproves"}
    case.do("director", "Task_DirectorApproves", YES)
    assert result(case) == "ACCEPTED"
    with case.firm.reading() as session:
        found = acceptances.get_acceptance(session, case.lead_id)
        assert len(acceptances.list_opinions(session, found.id)) == 5
    assert found.snapshot["conflict"] == "有冲突，已经客户书面豁免"


def test_nobody_of_the_team_and_not_the_applicant_may_approve(case):
    case.prepare()
    apply(case, co_lawyers=[case.cast["partner1"].id])
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_PartnerApproves", YES)
    lawyer = case.cast["lawyer1"]
    case.cast["both"] = type(lawyer)(lawyer.id, lawyer.name, frozenset({"lawyer", "partner"}))
    with pytest.raises((NotAllowed, FourEyes)):
        case.do("both", "Task_PartnerApproves", YES)
    case.do("partner2", "Task_PartnerApproves", YES)
    assert result(case) == "ACCEPTED"


def test_a_returned_application_comes_back_with_the_reason_and_passes_every_level_anew(case):
    case.prepare()
    apply(case, fee_mode="risk")
    case.do("partner1", "Task_PartnerApproves", YES)
    case.do("partner2", "Task_PartnerApproves", BACK)
    assert case.open_tasks() == {"Task_Apply"}
    first = case.first_values("Task_Apply", "lawyer1")
    assert first["returned"] == "赵文澜退回：请补充工时测算。"
    assert first["grounds"].startswith("证据充分")
    case.do("lawyer1", "Task_Apply", form(case))
    case.do("partner1", "Task_PartnerApproves", YES)
    assert result(case) == "ACCEPTED"
    with case.firm.reading() as session:
        assert acceptances.get_acceptance(session, case.lead_id).round == 2


@pytest.mark.parametrize(
    ("login", "task", "ready", "before"),
    [
        ("partner1", "Task_PartnerApproves", {}, []),
        ("director", "Task_DirectorApproves", {"legality": {"sensitive": ["media"]}}, [("partner1", "Task_PartnerApproves")]),
    ],
)
def test_a_level_that_says_no_ends_it(case, login, task, ready, before):
    case.prepare(**ready)
    apply(case)
    for who, where in before:
        case.do(who, where, YES)
    case.do(login, task, NO)
    assert result(case) == "DECLINED"
    assert case.steps()[-1] == "Event_Declined"
    assert case.lead_state() == "NEGOTIATE"  # the decline process ends the lead


@pytest.mark.parametrize(
    ("ready", "said"),
    [
        ({"assessed": "REFER"}, "评估"),
        ({"confirmed": False}, "客户尚未确认"),
        ({"subject": {"aml_activities": ["real_estate"]}}, "尽职调查"),
        ({"merits": {"limitation_status": "expired"}}, "时效"),
    ],
)
def test_what_is_missing_is_shown_to_the_lawyer(case, ready, said):
    case.prepare(**ready)
    apply(case)
    assert case.open_tasks() == {"Task_Apply"}
    assert said in case.first_values("Task_Apply", "lawyer1")["returned"]
    if "merits" in ready:
        case.do("lawyer1", "Task_Apply", form(case, special_conditions="已书面告知时效已经届满。"))
        assert case.open_tasks() == {"Task_PartnerApproves"}
        with case.firm.reading() as session:
            assert acceptances.get_acceptance(session, case.lead_id).round == 1


def test_an_expired_conflict_check_is_made_again(case):
    case.prepare()
    case.start("acceptance")
    case.move(days=31)
    case.do("lawyer1", "Task_Apply", form(case))
    assert "Call_ConflictCheck" in case.steps()
    assert case.open_tasks() == {"Task_PartnerApproves"}


@pytest.mark.parametrize(
    ("answer", "waiver", "open_tasks", "outcome"),
    [
        ("ABSOLUTE", "", set(), "DECLINED"),
        ("WAIVABLE", "REFUSED", set(), "DECLINED"),
        ("WAIVABLE", "WAIVED", {"Task_PartnerApproves"}, None),
    ],
)
def test_a_conflict_found_meanwhile_is_waived_or_ends_it(case, answer, waiver, open_tasks, outcome):
    case.prepare()
    case.firm.tools = {**case.firm.tools, "check": answer, "waiver": waiver}
    case.start("acceptance")
    case.move(days=31)
    case.do("lawyer1", "Task_Apply", form(case))
    assert case.open_tasks() == open_tasks
    if outcome:
        assert result(case) == outcome
        with case.firm.reading() as session:
            assert acceptances.get_acceptance(session, case.lead_id).state == acceptances.DECLINED


@pytest.mark.parametrize(
    ("task", "before", "reminded"),
    [
        ("Task_PartnerApproves", [], {"partner1@demo.invalid", "partner2@demo.invalid", "director@demo.invalid"}),
        (
            "Task_PartnerApproves",
            [("partner1", "Task_PartnerApproves")],
            {"partner2@demo.invalid", "director@demo.invalid"},
        ),
        (
            "Task_ComplianceApproves",
            [("partner1", "Task_PartnerApproves"), ("partner2", "Task_PartnerApproves")],
            {"compliance@demo.invalid", "director@demo.invalid"},
        ),
        (
            "Task_FinanceApproves",
            [
                ("partner1", "Task_PartnerApproves"),
                ("partner2", "Task_PartnerApproves"),
                ("compliance", "Task_ComplianceApproves"),
            ],
            {"finance@demo.invalid", "finance2@demo.invalid", "director@demo.invalid"},
        ),
        (
            "Task_DirectorApproves",
            [
                ("partner1", "Task_PartnerApproves"),
                ("partner2", "Task_PartnerApproves"),
                ("compliance", "Task_ComplianceApproves"),
                ("finance", "Task_FinanceApproves"),
            ],
            {"director@demo.invalid"},
        ),
    ],
)
def test_a_silent_level_is_reminded_after_a_working_day(case, task, before, reminded):
    case.prepare(conflict="WAIVABLE")
    case.firm.tools = {**case.firm.tools, "waiver": "WAIVED"}
    apply(case, fee_mode="risk")
    for login, where in before:
        case.do(login, where, YES)
    assert case.open_tasks() == {task}
    case.move(days=1, minutes=1)
    assert {mail["to"] for mail in case.mails()} == reminded
    assert case.open_tasks() == {task}
    assert case.incidents() == []


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"fee_estimate": ""}, "fee_estimate", "required"),
        ({"grounds": "好"}, "grounds", "too_short"),
        ({"discount_percent": "120"}, "discount_percent", "too_large"),
        ({"urgent": True}, "urgency_reason", "required"),
    ],
)
def test_a_wrong_entry_is_said_at_the_entry(case, change, path, code):
    case.prepare()
    with pytest.raises(FormInvalid) as caught:
        apply(case, **change)
    assert path in caught.value.errors, (code, caught.value.errors)


def test_a_person_has_one_part_in_the_team(case):
    case.prepare()
    with pytest.raises(FormInvalid) as caught:
        apply(case, co_lawyers=[case.cast["lawyer1"].id])
    assert caught.value.errors["co_lawyers"][0].code == refusals.PERSON_CHOSEN_TWICE


def test_only_the_lawyer_of_the_case_applies(case):
    case.prepare()
    case.start("acceptance")
    with pytest.raises(NotAllowed):
        case.do("desk", "Task_Apply", form(case))


@pytest.mark.parametrize(
    ("task", "level", "before"),
    [
        ("Task_PartnerApproves", "partner", []),
        ("Task_PartnerApproves", "second_partner", [("partner1", "Task_PartnerApproves")]),
        (
            "Task_FinanceApproves",
            "finance",
            [("partner1", "Task_PartnerApproves"), ("partner2", "Task_PartnerApproves")],
        ),
    ],
)
def test_for_a_level_that_stays_silent_the_director_is_asked(case, task, level, before):
    case.prepare()
    case.run(lambda context: leads.get_lead(context.session, case.lead_id).outline.update(amount="1500000"))
    apply(case, dispute_amount="1500000")
    for login, where in before:
        case.do(login, where, YES)
    assert case.open_tasks() == {task}
    case.move(days=2, minutes=1)
    assert case.open_tasks() == {"Task_DirectorApproves"}
    assert "由主任代为审批" in case.first_values("Task_DirectorApproves", "director")["level_name"]
    case.do("director", "Task_DirectorApproves", YES)
    with case.firm.reading() as session:
        said = acceptances.list_opinions(session, acceptances.get_acceptance(session, case.lead_id).id)
    assert (said[-1].level, said[-1].by) == (level, case.cast["director"].id)
    assert case.incidents() == []


def test_a_silent_compliance_is_asked_again_when_the_director_decides_after_it(case):
    case.prepare(conflict="WAIVABLE")
    case.firm.tools = {**case.firm.tools, "waiver": "WAIVED"}
    apply(case, fee_mode="risk")
    for login in ("partner1", "partner2"):
        case.do(login, "Task_PartnerApproves", YES)
    case.move(days=2, minutes=1)
    assert case.open_tasks() == {"Task_ComplianceApproves"}
    case.do("compliance", "Task_ComplianceApproves", YES)
    case.do("finance", "Task_FinanceApproves", YES)
    assert case.open_tasks() == {"Task_DirectorApproves"}


def test_after_a_return_the_level_that_was_silent_is_asked_itself(case):
    case.prepare()
    apply(case)
    case.move(days=2, minutes=1)
    case.do("director", "Task_DirectorApproves", BACK)
    case.do("lawyer1", "Task_Apply", form(case))
    assert case.open_tasks() == {"Task_PartnerApproves"}


@pytest.mark.requirement("R16")
def test_who_has_an_interest_steps_aside_and_somebody_else_of_the_level_decides(case):
    case.prepare()
    apply(case)
    case.do("partner1", "Task_PartnerApproves", {"acceptance_decision": "RECUSE", "acceptance_opinion": "与对方股东相识。"})
    assert case.open_tasks() == {"Task_PartnerApproves"}
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_PartnerApproves", YES)
    case.do("partner2", "Task_PartnerApproves", YES)
    assert result(case) == "ACCEPTED"


def test_the_director_is_asked_when_everybody_of_a_level_steps_aside(case):
    case.prepare()
    case.run(lambda context: leads.get_lead(context.session, case.lead_id).outline.update(amount="1500000"))
    apply(case, dispute_amount="1500000")
    case.do("partner1", "Task_PartnerApproves", YES)
    case.do("partner2", "Task_PartnerApproves", YES)
    for login in sorted(login for login, person in case.cast.items() if "finance" in person.roles):
        assert case.open_tasks() == {"Task_FinanceApproves"}
        case.do(login, "Task_FinanceApproves", {"acceptance_decision": "RECUSE", "acceptance_opinion": "对方是本人亲属。"})
    assert case.open_tasks() == {"Task_DirectorApproves"}
    case.do("director", "Task_DirectorApproves", YES)
    assert result(case) == "ACCEPTED"


@pytest.mark.requirement("R4", "R16")
def test_when_the_parties_change_during_the_approval_conflicts_are_checked_again(case):
    case.prepare()
    apply(case)
    more = [{"name": "示例贸易有限公司", "kind": "organisation"}, {"name": "新增被告有限公司", "kind": "organisation"}]

    def add_party(context):
        lead = leads.get_lead(context.session, case.lead_id)
        leads.write_outline(context, lead.id, {**lead.outline, "opposing_parties": more})

    case.run(add_party)
    case.do("partner1", "Task_PartnerApproves", YES)
    assert "Call_ConflictCheck" in case.steps()
    assert result(case) == "ACCEPTED"
    with case.firm.reading() as session:
        assert acceptances.get_acceptance(session, case.lead_id).levels == ["partner"]


@pytest.mark.requirement("R4", "R16")
@pytest.mark.parametrize("agreed", [False, True])
def test_nobody_accepts_round_the_levels_or_without_a_conflict_check_that_holds(case, agreed):
    """Guard G1 stands in the record: a change from a page or the command line meets it too."""
    case.prepare()
    apply(case)
    if agreed:
        case.run(lambda context: opine(context, case.lead_id), "partner1")
        case.firm.clock.move_to(case.firm.clock.now() + timedelta(days=31))
    with pytest.raises(StateRefused) as caught:
        case.run(lambda context: acceptances.close(context, case.lead_id, acceptances.ACCEPTED))
    said = "there is no conflict check that holds" if agreed else "not every level has agreed"
    assert caught.value.fields["reason"] == said


def opine(context, lead_id):
    acceptances.add_opinion(context, lead_id, level="partner", decision="APPROVE", opinion="同意。")
