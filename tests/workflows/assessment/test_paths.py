"""The assessment through every path of the diagram."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import FormInvalid, NotAllowed
from workflows.records import assessments

SUBJECT = {"client_kind": "person", "capacity": "full", "right_holder": "yes", "subject_opinion": "主体适格，可以委托。"}
LEGALITY = {"legality_opinion": "legal", "within_competence": "yes", "legality_note": "委托事项合法。"}
MERITS = {
    "facts_summary": "对方收货后一年未付货款三百万元。", "evidence_level": "strong", "limitation_status": "open",
    "legal_basis": [{"statute": "民法典第六百二十六条"}], "prospects": "high", "merits_opinion": "证据充分，建议受理。",
}  # fmt: skip
DILIGENCE = {
    "beneficial_owners": [{"owner_name": "张三", "owner_id": "11010519491231002X", "owner_share": "100", "owner_basis": "持股"}],
    "purpose": "购买自用房屋", "source_of_funds": "工资积蓄", "diligence_opinion": "未发现异常。",
}  # fmt: skip
REFUSE = {"refusal_decision": "REFUSE", "refusal_code": "illegal", "refusal_facts": "客户要求虚构债权。"}


def review(case, subject=None, legality=None, merits=None):
    case.do("lawyer1", "Task_Subject", {**SUBJECT, **(subject or {})})
    case.do("lawyer1", "Task_Legality", {**LEGALITY, **(legality or {})})
    case.do("lawyer1", "Task_Merits", {**MERITS, **(merits or {})})


def outcome(case):
    assert case.incidents() == []
    assert case.state() == "completed"
    with case.firm.reading() as session:
        found = assessments.get_assessment(session, case.lead_id)
    assert case.result("assessment_result") == found.result
    return found


@pytest.mark.requirement("R9", "R10", "R11")
def test_a_clean_case_may_be_accepted(case):
    assert case.open_tasks() == {"Task_Subject", "Task_Legality", "Task_Merits"}
    assert case.first_values("Task_Subject", "lawyer1")["capacity"] == "full"
    review(case)
    found = outcome(case)
    assert (found.result, found.aml_scope, found.aml_level) == ("ACCEPT", False, "none")
    assert case.lead_state() == "NEGOTIATE"
    assert case.steps()[-1] == "Event_Accepted"


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"merits": {"limitation_status": "expired"}}, "时效"),
        ({"merits": {"evidence_level": "none"}}, "证据"),
        ({"legality": {"legality_opinion": "doubtful", "conditions": "补充授权"}}, "合法性"),
        ({"subject": {"right_holder": "no", "right_holder_note": "由权利人另行委托"}}, "不适格"),
    ],
)
def test_a_doubtful_case_is_accepted_with_conditions(case, changes, reason):
    review(case, **changes)
    found = outcome(case)
    assert found.result == "ACCEPT_WITH_CONDITIONS"
    assert reason in found.reason


@pytest.mark.requirement("R10", "R12")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"legality": {"illegal_signs": ["sham_suit"]}}, "illegal"),
        ({"legality": {"legality_opinion": "illegal"}}, "illegal"),
        ({"merits": {"evidence_level": "none", "legal_basis": []}}, "groundless"),
    ],
)
def test_a_partner_refuses_what_is_illegal_or_groundless(case, changes, code):
    review(case, **changes)
    assert case.open_tasks() == {"Task_Refuse"}
    assert case.first_values("Task_Refuse", "partner1")["refusal_code"] == code
    with pytest.raises(NotAllowed):
        case.do("lawyer1", "Task_Refuse", REFUSE)
    case.do("partner1", "Task_Refuse", {**REFUSE, "refusal_code": code, "report_needed": True})
    found = outcome(case)
    assert (found.result, found.refusal["refusal_code"]) == ("DECLINE_FIRM", code)
    assert case.mails()[-1]["to"] == "compliance@demo.invalid"
    assert "虚构债权" not in case.mails()[-1]["body"]


def test_a_partner_may_send_the_assessment_back(case):
    review(case, legality={"illegal_signs": ["other"]})
    case.do("partner1", "Task_Refuse", {"refusal_decision": "RECONSIDER", "refusal_facts": "请核实目的。"})
    given = case.first_values("Task_Supplement", "lawyer1")
    assert (given["illegal_signs"], given["returned"]) == (["other"], "请核实目的。")
    case.do("lawyer1", "Task_Supplement", {**given, "illegal_signs": [], "supplement_note": "已核实，目的合法。"})
    assert outcome(case).result == "ACCEPT"


@pytest.mark.requirement("R9")
def test_a_minor_without_a_guardian_waits(case):
    review(case, subject={"capacity": "limited"})
    assert case.open_tasks() == {"Task_Supplement"}
    given = case.first_values("Task_Supplement", "lawyer1")
    case.do("lawyer1", "Task_Supplement", {**given, "guardian_proof": "父亲张大，户口簿", "supplement_note": "已补监护证明"})
    assert outcome(case).result == "ACCEPT"


@pytest.mark.requirement("R9")
def test_a_company_that_was_struck_off_waits_for_its_successor(case):
    today = case.firm.clock.now().date().isoformat()
    company = {"client_kind": "organisation", "registry_printed_on": today, "agent_name": "王五", "agent_authority": "授权委托书"}
    review(case, subject={**company, "status": "deregistered"})
    given = case.first_values("Task_Supplement", "lawyer1")
    assert (given["status"], given["client_kind"]) == ("deregistered", "organisation")
    assert "注销" in given["advice_reason"]
    case.do("lawyer1", "Task_Supplement", {**given, "status": "active", "supplement_note": "改由股东委托，已核实存续。"})
    assert outcome(case).result == "ACCEPT"


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"legality": {"within_competence": "no", "referral_hint": "某专利代理机构"}}, "colleague"),
        ({"subject": {"legal_aid": True}}, "legal_aid"),
    ],
)
def test_the_desk_refers(case, changes, kind):
    review(case, **changes)
    given = case.first_values("Task_Refer", "desk")
    assert given["refer_to_kind"] == kind
    told = {"refer_to": "示范市法律援助中心", "told_on": "2026-11-24", "transfer_consent": "no"}
    case.do("desk", "Task_Refer", {**given, **told})
    found = outcome(case)
    assert (found.result, found.referral["transfer_consent"]) == ("REFER", "no")


def test_each_late_review_reminds_the_lawyer_once(case):
    case.do("lawyer1", "Task_Merits", MERITS)
    case.move(days=2)
    assert case.mails() == []
    case.move(days=1)
    assert [mail["to"] for mail in case.mails()] == ["lawyer1@demo.invalid"] * 2
    case.move(days=5)
    assert len(case.mails()) == 2
    case.do("lawyer1", "Task_Subject", SUBJECT)
    case.do("lawyer1", "Task_Legality", LEGALITY)
    assert outcome(case).result == "ACCEPT"


@pytest.mark.requirement("R9")
def test_an_old_registry_extract_is_refused(case):
    old = (case.firm.clock.now() - timedelta(days=31)).date().isoformat()
    organisation = {
        **SUBJECT, "client_kind": "organisation", "status": "active", "registry_printed_on": old,
        "agent_name": "王五", "agent_authority": "授权委托书",
    }  # fmt: skip
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Subject", organisation)
    assert caught.value.errors["registry_printed_on"][0].params == {"days": 30}


@pytest.mark.requirement("R11")
def test_a_case_with_evidence_names_its_legal_basis(case):
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_Merits", {**MERITS, "legal_basis": []})
    assert list(caught.value.errors) == ["legal_basis"]


def test_an_urgent_case_has_one_working_day(case):
    case.start("assessment", is_pressing=True)
    case.move(days=1, minutes=1)
    assert [mail["to"] for mail in case.mails()] == ["lawyer1@demo.invalid"] * 3
