"""Due diligence by decision D2 and the name lists: kept apart, stopped at a hit, and nobody outside hears why."""

from __future__ import annotations

from datetime import date

import pytest

from engine import StartInstance
from engine.errors import FormInvalid, NotAllowed, StateRefused
from tests.workflows.assessment.test_paths import DILIGENCE, LEGALITY, MERITS, SUBJECT, outcome, review
from workflows.records import assessments, clients, diligence_files, leads, screening_lists, screenings

LIST = "编号,类型,姓名或名称,别名,证件号,备注\nUN-1,个人,王大勇,Wang Dayong;王大永,,1970年出生\nUN-2,组织,示范空壳有限公司,,91110000TEST,\n"
SAME = {"verdict": "SAME", "why": "证件号码和出生日期一致。"}
OTHER = {"verdict": "DIFFERENT", "why": "出生年份不同。"}


def bring(case, content=LIST, login="compliance", key="un"):
    """Compliance imports a list through its process."""
    before, case.instance_id = case.instance_id, case.firm.run(StartInstance("list_import"), case.cast[login])
    try:
        case.do(login, "Task_ImportList", {"list_key": key, "more_lists": True, "issued_on": "2026-11-01", "list_text": content})
    finally:
        case.instance_id = before


def judge(case, verdict):
    rows = case.first_values("Task_JudgeHits", "compliance")["hits"]
    case.do("compliance", "Task_JudgeHits", {"hits": [{**row, **verdict} for row in rows]})


@pytest.mark.requirement("R9", "R10")
@pytest.mark.parametrize(
    ("subject", "level"),
    [
        ({"aml_activities": ["real_estate"]}, "simple"),
        ({"aml_activities": ["real_estate"], "aml_factors": ["pep"]}, "normal"),
        ({"aml_activities": ["accounts"], "aml_factors": ["pep", "cash"]}, "enhanced"),
        ({"aml_factors": ["high_risk_country"]}, "normal"),
        ({"aml_factors": ["cash"]}, "none"),
    ],
)
def test_decision_d2_says_whether_and_how_deep_compliance_looks(case, subject, level):
    review(case, subject=subject)
    if level != "none":
        assert case.open_tasks() == {"Task_Diligence"}
        with pytest.raises(NotAllowed):
            case.do("lawyer1", "Task_Diligence", DILIGENCE)
        case.do("compliance", "Task_Diligence", DILIGENCE)
    found = outcome(case)
    assert (found.aml_level, found.aml_scope, found.result) == (level, level != "none", "ACCEPT")


@pytest.mark.requirement("R9", "R10")
def test_the_file_is_for_compliance_alone_and_is_kept_ten_years(case):
    review(case, subject={"aml_activities": ["real_estate"], "aml_factors": ["pep", "cash"]})
    with pytest.raises(FormInvalid) as caught:
        case.do("compliance", "Task_Diligence", {**DILIGENCE, "source_of_funds": ""})
    assert set(caught.value.errors) == {"source_of_funds"}
    case.do("compliance", "Task_Diligence", DILIGENCE)
    with case.firm.reading() as session:
        assert "工资积蓄" not in str(assessments.facts(session, case.lead_id)) + str(
            assessments.get_assessment(session, case.lead_id)
        )
    for login in ("director", "partner1", "lawyer1", "admin"):
        with pytest.raises(NotAllowed):
            case.run(lambda context: diligence_files.read_file(context, case.lead_id), login)
    facts = case.run(lambda context: diligence_files.read_file(context, case.lead_id).facts, "compliance")
    assert facts["source_of_funds"] == "工资积蓄"
    case.run(lambda context: leads.move_lead(context, case.lead_id, "DECLINED"))
    for day, kept in ((date(2036, 11, 24), True), (date(2036, 11, 25), False)):
        action = lambda context, day=day: diligence_files.delete_file(context, case.lead_id, day)  # noqa: E731
        if kept:
            with pytest.raises(StateRefused):
                case.run(action, "compliance")
        else:
            case.run(action, "compliance")
    with case.firm.reading() as session:
        assert not diligence_files.is_written(session, case.lead_id)


def test_a_company_names_its_beneficial_owners(case):
    case.run(
        lambda context: setattr(
            leads.get_lead(context.session, case.lead_id), "client", {"kind": "organisation", "name": "甲公司"}
        )
    )
    review(case, subject={"aml_activities": ["company_funding"]})
    with pytest.raises(FormInvalid) as caught:
        case.do("compliance", "Task_Diligence", {**DILIGENCE, "beneficial_owners": []})
    assert caught.value.errors["beneficial_owners"][0].params == {"least": 1}


@pytest.mark.requirement("R9", "R10", "R12")
def test_a_listed_owner_stops_everything_and_nobody_outside_hears_why(case):
    bring(case)
    owner = {"owner_name": "王大勇", "owner_id": "11010519700307151X", "owner_share": "60", "owner_basis": "持股"}
    review(case, subject={"aml_activities": ["client_assets"]})
    case.do("compliance", "Task_Diligence", {**DILIGENCE, "beneficial_owners": [owner]})
    assert case.open_tasks() == {"Task_JudgeHits"}
    assert [mail["to"] for mail in case.mails()] == ["compliance@demo.invalid", "director@demo.invalid"]
    assert "王大勇" not in str(case.mails()) and "名单" not in str(case.mails())
    with pytest.raises(StateRefused) as caught:
        case.run(lambda context: leads.move_lead(context, case.lead_id, "NEGOTIATE"))
    assert caught.value.fields["reason"] == "the lead is frozen: ask compliance"
    judge(case, SAME)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_ConfirmHit", {"hit_decision": "CONFIRMED", "hit_reason": "一致"})
    case.do("director", "Task_ConfirmHit", {"hit_decision": "CONFIRMED", "hit_reason": "证件一致。"})
    found = outcome(case)
    assert (found.result, found.reason, case.steps()[-1]) == ("STOP", "", "Event_Stopped")
    with case.firm.reading() as session:
        lead = leads.get_lead(session, case.lead_id)
        assert clients.client_state(session, lead.client_id, case.firm.clock.now()) == clients.BLOCKED
    for state in ("NEGOTIATE", "APPROVED"):
        with pytest.raises(StateRefused):
            case.run(lambda context, state=state: leads.move_lead(context, case.lead_id, state))
    case.run(lambda context: leads.move_lead(context, case.lead_id, "DECLINED"))


def test_a_listed_client_is_stopped_before_anybody_looks_at_the_case(case):
    bring(case, LIST.replace("王大勇", "张三"))
    case.start("assessment")
    judge(case, SAME)
    case.do("director", "Task_ConfirmHit", {"hit_decision": "CONFIRMED", "hit_reason": "一致。"})
    assert outcome(case).result == "STOP"
    assert "Call_Reviews" not in case.steps()


@pytest.mark.parametrize("by_director", [False, True])
def test_a_namesake_goes_on_and_is_not_asked_about_again(case, by_director):
    bring(case, LIST.replace("王大勇", "张三"))
    case.start("assessment")
    judge(case, SAME if by_director else OTHER)
    if by_director:
        case.do("director", "Task_ConfirmHit", {"hit_decision": "DISMISSED", "hit_reason": "出生地不同。"})
    assert case.open_tasks() == {"Task_Subject", "Task_Legality", "Task_Merits"}
    with case.firm.reading() as session:
        assert not leads.get_lead(session, case.lead_id).is_frozen
    case.do("lawyer1", "Task_Subject", {**SUBJECT, "aml_activities": ["accounts"]})
    case.do("compliance", "Task_Diligence", DILIGENCE)
    case.do("lawyer1", "Task_Legality", LEGALITY)
    case.do("lawyer1", "Task_Merits", MERITS)
    assert outcome(case).result == "ACCEPT"


def test_a_hit_that_waits_is_told_again_every_two_hours(case):
    bring(case, LIST.replace("王大勇", "张三"))
    case.start("assessment")
    case.move(hours=2, minutes=1)
    assert len(case.mails()) == 4
    judge(case, SAME)
    case.move(hours=2, minutes=1)
    assert len(case.mails()) == 6


def test_a_silent_compliance_is_reminded_of_the_due_diligence(case):
    review(case, subject={"aml_activities": ["accounts"]})
    case.move(days=2, minutes=1)
    assert case.mails()[-1]["to"] == "compliance@demo.invalid"


def test_only_compliance_and_director_judge_a_hit_whoever_asks(case):
    bring(case, LIST.replace("王大勇", "张三"))
    found = case.run(lambda context: screenings.screen(context, case.lead_id).id)
    with pytest.raises(NotAllowed):
        case.run(lambda context: screenings.judge(context, found, {}), "lawyer1")
    with pytest.raises(NotAllowed):
        case.run(lambda context: screenings.decide(context, found, confirmed=False, reason="不是"), "partner1")
    with pytest.raises(StateRefused):  # the director decides after compliance, not instead of it
        case.run(lambda context: screenings.decide(context, found, confirmed=False, reason="不是"), "director")


@pytest.mark.parametrize(
    ("kind", "name", "identifier", "score"),
    [
        ("person", "王大勇", "", 98),
        ("person", "王大永", "", 98),
        ("person", "Wang Dayong", "", 98),
        ("organisation", "示範空殼有限公司", "", 98),
        ("organisation", "完全无关贸易有限公司", "91110000TEST", 100),
        ("person", "赵无忌", "", 0),
    ],
)
def test_names_are_compared_as_in_the_conflict_search(case, kind, name, identifier, score):
    bring(case)
    with case.firm.reading() as session:
        found = screening_lists.find_matches(session, kind, [name], identifier)
    assert (found[0].score if found else 0) == score


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("名号,类型\n一,个人\n", "第1行没有"),
        ("姓名或名称,类型\n张三,个人\n,个人\n李四,妖怪\n", "第3行没有姓名或名称；第4行的类型“妖怪”"),
        ("姓名或名称\n", "没有名单"),
    ],
)
def test_a_faulty_list_is_refused_by_row_and_changes_nothing(case, content, said):
    bring(case)
    with pytest.raises(FormInvalid) as caught:
        bring(case, content)
    assert said in caught.value.errors["list_text"][0].params["faults"]
    with case.firm.reading() as session:
        assert [(row.list_key, row.count) for row in screening_lists.list_current(session)] == [("un", 2)]


def test_a_newer_list_takes_the_place_of_the_older_one(case):
    bring(case)
    bring(case, "编号\t姓名或名称\n1\t赵无忌\n")
    with case.firm.reading() as session:
        assert screening_lists.find_matches(session, "person", ["王大勇"]) == []
        assert screening_lists.find_matches(session, "person", ["赵无忌"])[0].score == 98


@pytest.mark.parametrize("stop", [False, True])
def test_the_lists_are_asked_for_every_day_until_the_process_is_stopped(case, stop):
    case.instance_id = case.firm.run(StartInstance("list_import", {"stop": stop}), case.cast["compliance"])
    case.do("compliance", "Task_ImportList", {"list_key": "un", "more_lists": False, "issued_on": "2026-11-01", "list_text": LIST})
    assert case.open_tasks() == set()
    case.move(days=1)
    assert case.open_tasks() == (set() if stop else {"Task_ImportList"})
    assert (case.steps()[-1] == "Event_Stopped") == stop
