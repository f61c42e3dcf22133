"""The conflict check through every path of its diagram."""

from __future__ import annotations

import re

import pytest

import engine.queries as queries
from engine import Actor, CompleteTask
from engine.errors import FormInvalid, NotAllowed, StateRefused, TaskClaimed
from workflows.records import conflict_panels, conflict_validity, documents, leads, people
from workflows.records.rule_packs import get_rule
from workflows.wiring import ROOT

FATHER_OF_LAWYER_1 = {"opposing_parties": [{"name": "李国华", "kind": "person"}]}
SPOUSE_OF_LAWYER_2 = {"opposing_parties": [{"name": "周慕青", "kind": "person"}]}
CHILD_OF_PARTNER_1 = {"opposing_parties": [{"name": "陈思远", "kind": "person"}]}
ZHAO = {"name": "赵六", "id_number": "440524188001010014"}
NOBODY = {"opposing_parties": []}
WAIVE = {"decision": "WAIVABLE", "decision_reason": "承办律师与其无关，可以告知后豁免。", "conditions": "王若谷不得接触本案"}


def to_the_partner(case, outline, judged_class="WAIVABLE", **data):
    case.screen(**outline)
    case.check(**data)
    case.declare()
    case.judge("SAME", judged_class)
    assert case.open_tasks() == {"Task_Decide"}


@pytest.mark.requirement("R3", "R4")
def test_nobody_is_found(case):
    case.screen()
    case.check()
    assert case.open_tasks() == {"Task_Declare"}
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Declare", {"has_interest": "yes", "is_true": True})
    case.declare()
    assert case.outcome() == "CLEAR"
    check = case.record()
    assert check.check_no == "LC-2026-00001"
    assert [(query["role"], query["name"]) for query in check.queries] == [("client", "张三"), ("opposing", "示例贸易有限公司")]
    assert case.lead_state() == "ASSESS"
    with case.firm.reading() as session:
        assert conflict_validity.check_valid(session, case.lead_id, case.firm.clock.now())
        (sheet,) = documents.list_documents(session, case.lead_id, slot="conflict_check")
    assert (sheet.title, sheet.kind, sheet.template) == ("利益冲突审查表", "conflict_review", "conflict_review")


def test_every_lawyer_of_the_team_declares_for_himself(case):
    case.screen()
    team = [case.cast["lawyer1"].id, case.cast["lawyer2"].id]
    case.check(team_ids=team)
    with case.firm.reading() as session:
        assert [task.element_id for task in queries.list_open_tasks(session, case.instance_id)] == ["Task_Declare"] * 2
    case.move(days=1)
    assert {mail["to"] for mail in case.mails()} == {"lawyer1@demo.invalid", "lawyer2@demo.invalid"}
    for login in ("lawyer1", "lawyer2"):
        declare_own(case, login)
    assert case.outcome() == "CLEAR"
    assert {each["by_name"] for each in case.record().declarations} == {"李明轩", "王若谷"}


def declare_own(case, login):
    with case.firm.reading() as session:
        mine = queries.inbox(session, case.cast[login], now=case.firm.clock.now())
    (task,) = [row for row in mine if row.element_id == "Task_Declare"]
    case.firm.run(CompleteTask(task.id, {"has_interest": "no", "is_true": True}), case.cast[login])
    case.settle()


def test_what_is_missing_is_asked_for(case):
    case.screen(**NOBODY)
    case.check()
    assert "对方当事人" in case.first_values("Task_Supply", "lawyer1")["missing"]
    with pytest.raises(FormInvalid):
        case.do("lawyer1", "Task_Supply", {"supply": "SUPPLIED", "supply_note": "见附件", "opposing_parties": []})
    case.do("lawyer1", "Task_Supply", supply("某甲"))
    case.declare()
    assert case.outcome() == "CLEAR"
    assert [query["name"] for query in case.record().queries] == ["张三", "某甲"]


def supply(name):
    parties = [{"name": name, "kind": "person"}]
    return {"supply": "SUPPLIED", "supply_note": "客户补充", "opposing_parties": parties}


def test_what_cannot_be_found_out_ends_the_check(case):
    case.screen(**NOBODY)
    case.check()
    case.do("lawyer1", "Task_Supply", {"supply": "CANNOT", "supply_note": "客户不愿透露对方"})
    assert case.outcome() == "INSUFFICIENT"
    assert case.lead_state() == "CONFLICT"


def test_after_two_answers_without_enough_the_check_ends(case):
    case.screen(**NOBODY)
    case.check()
    case.do("lawyer1", "Task_Supply", supply("某甲"))
    case.declare(has_interest="yes", kinds=["contact"], details="曾与对方见过一面")
    case.judge("UNCLEAR", question="对方到底是谁？")
    given = {"supply": "SUPPLIED", "supply_note": "客户说不清对方是谁", "opposing_parties": []}
    case.do("lawyer1", "Task_Supply", given)
    assert case.outcome() == "INSUFFICIENT"
    assert "Task_Declare" not in case.steps()[-4:]


def test_business_without_an_opposing_side_needs_none(case):
    case.screen(matter_type="adviser", **NOBODY)
    case.check()
    case.declare()
    assert case.outcome() == "CLEAR"


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("decision", "more"), [("CLEAR", {}), ("WAIVABLE", {"conditions": "王若谷不得接触本案"}), ("ABSOLUTE", {})]
)
def test_the_panel_decides_on_a_hit(case, decision, more):
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    (hit,) = [hit for hit in case.hits() if hit.final_class == "WAIVABLE"]
    assert (hit.hit_class, hit.rule, hit.subject["staff"], hit.judged_by_name) == ("WAIVABLE", "CN-W1", "王若谷", "孙清和")
    case.vote(decision, **more)
    assert case.outcome() == decision
    assert {each["by_name"] for each in case.record().decisions} == {"陈敬之", "赵文澜"}
    assert case.lead_state() == ("ASSESS" if decision == "CLEAR" else "CONFLICT")


@pytest.mark.requirement("R3")
def test_hits_that_mean_somebody_else_clear_the_check(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    case.judge("DIFFERENT")
    assert case.outcome() == "CLEAR"
    assert case.record().decisions == []


def test_a_hit_needs_a_judgement_with_reason_and_class(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    (row,) = case.first_values("Task_Judge", "compliance")["hits"]
    assert all(said in row["hit_subject"] for said in ("周慕青", "王若谷的配偶", "名称完全相同", "可豁免冲突", "第五十二条"))
    for bad, path in (
        ({**row, "identity": "SAME", "judged_class": "", "reason": "同一人"}, "hits.0.judged_class"),
        ({**row, "identity": "DIFFERENT", "reason": ""}, "hits.0.reason"),
        ({**row, "hit_id": "0" * 32, "identity": "DIFFERENT", "reason": "不同"}, "hits.0.hit_id"),
    ):
        with pytest.raises(FormInvalid) as caught:
            case.do("compliance", "Task_Judge", {"hits": [bad]})
        assert path in caught.value.errors
    with pytest.raises(FormInvalid) as caught:
        case.do("compliance", "Task_Judge", {"hits": []})
    assert "hits" in caught.value.errors


def test_many_hits_are_judged_in_portions(case):
    for number in range(3):
        case.screen(client={"name": "王伟", "id_number": "", "id_type": "passport", "document_number": f"E{number}"}, **NOBODY)
        case.run(lambda context: leads.move_lead(context, case.lead_id, "LAPSED"))
    case.screen(opposing_parties=[{"name": "王伟", "kind": "person"}])
    case.check()
    case.declare()
    rows = case.first_values("Task_Judge", "compliance")["hits"]
    assert len(rows) == 3
    case.do("compliance", "Task_Judge", {"hits": [{**rows[0], "identity": "DIFFERENT", "reason": "证件不同"}]})
    assert case.open_tasks() == {"Task_Judge"}
    assert len(case.first_values("Task_Judge", "compliance")["hits"]) == 2
    case.judge("DIFFERENT")
    assert case.outcome() == "CLEAR"
    assert [hit.reason for hit in case.hits()].count("已核对证件") == 2


def test_compliance_asks_the_lawyer_twice_at_most(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    for turn in range(2):
        case.declare()
        case.judge("UNCLEAR", question="对方的出生年份？")
        assert case.open_tasks() == {"Task_Supply"}
        assert "出生年份" in case.first_values("Task_Supply", "lawyer1")["missing"]
        parties = [{"name": "周慕青", "kind": "person"}]
        case.do(
            "lawyer1", "Task_Supply", {"supply": "SUPPLIED", "supply_note": f"第{turn + 1}次答复", "opposing_parties": parties}
        )
    case.declare()
    with pytest.raises(FormInvalid) as caught:
        case.judge("UNCLEAR", question="再问一次？")
    assert "question" in caught.value.errors
    case.judge("UNCLEAR")
    assert case.open_tasks() == {"Task_Decide"}
    case.vote("WAIVABLE")
    assert case.outcome() == "WAIVABLE"
    assert case.record().round == 3


def test_a_question_needs_a_hit_that_cannot_be_told(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    with pytest.raises(FormInvalid) as caught:
        case.judge("SAME", "WAIVABLE", question="对方是谁？")
    assert "question" in caught.value.errors


def test_an_absolute_conflict_cannot_be_waived_and_only_the_director_clears_it(case):
    to_the_partner(case, FATHER_OF_LAWYER_1, "ABSOLUTE")
    assert case.hits()[0].rule == "CN-A1"
    first = case.first_values("Task_Decide", "partner1")
    assert first["heaviest"] == "ABSOLUTE" and "绝对冲突" in first["finding"]
    with pytest.raises(FormInvalid):
        case.do("partner1", "Task_Decide", {"heaviest": "WAIVABLE", "decision": "WAIVABLE", "decision_reason": "没有关系的。"})
    case.vote("CLEAR", reason="亲属关系存疑，请主任定。")
    assert case.open_tasks() == {"Task_Director"}
    assert "亲属关系存疑" in case.first_values("Task_Director", "director")["before"]
    with pytest.raises(FormInvalid):
        case.do("director", "Task_Director", {"heaviest": "", "decision": "WAIVABLE", "decision_reason": "可以豁免。"})
    given = {"heaviest": "ABSOLUTE", "decision_absolute": "ABSOLUTE", "decision_reason": "近亲属关系属实。"}
    case.do("director", "Task_Director", given)
    assert case.outcome() == "ABSOLUTE"
    assert [each["decision"] for each in case.record().decisions] == ["CLEAR", "CLEAR", "ABSOLUTE"]


def test_a_panel_too_slow_loses_it_to_the_director_who_cannot_clear_an_absolute_alone(case):
    to_the_partner(case, FATHER_OF_LAWYER_1, "ABSOLUTE")
    case.move(days=1)
    assert {mail["to"] for mail in case.mails()} == {"partner1@demo.invalid", "partner2@demo.invalid"}
    case.move(days=1)
    assert case.open_tasks() == {"Task_Director"}
    alone = {"heaviest": "ABSOLUTE", "decision_absolute": "CLEAR", "decision_reason": "本人认为没有冲突。"}
    with pytest.raises(FormInvalid) as caught:
        case.do("director", "Task_Director", alone)
    assert "decision_absolute" in caught.value.errors
    case.move(days=4)  # Monday
    assert case.mails()[-1]["to"] == "director@demo.invalid"
    case.do("director", "Task_Director", {**alone, "decision_absolute": "ABSOLUTE"})
    assert case.outcome() == "ABSOLUTE"


def test_a_vote_in_time_lets_the_director_clear_a_contested_absolute(case):
    to_the_partner(case, FATHER_OF_LAWYER_1, "ABSOLUTE")
    case.do("partner1", "Task_Decide", {"heaviest": "ABSOLUTE", "decision_absolute": "CLEAR", "decision_reason": "同名而已。"})
    case.move(days=2)
    assert "同名而已" in case.first_values("Task_Director", "director")["before"]
    case.do(
        "director", "Task_Director", {"heaviest": "ABSOLUTE", "decision_absolute": "CLEAR", "decision_reason": "同意陈敬之。"}
    )
    assert case.outcome() == "CLEAR"


@pytest.mark.requirement("R6")
def test_a_tie_and_a_contested_absolute_go_to_the_director_and_dissent_is_kept(case):
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    case.do("partner1", "Task_Decide", {**WAIVE, "decision": "ABSOLUTE"})
    with pytest.raises(TaskClaimed):  # nobody votes twice
        case.do("partner1", "Task_Decide", WAIVE)
    case.do("partner2", "Task_Decide", WAIVE)
    assert case.open_tasks() == {"Task_Director"}
    case.do("director", "Task_Director", WAIVE)
    assert case.outcome() == "WAIVABLE"
    said = [(each["by_name"], each["decision"], each["is_vote"]) for each in case.record().decisions]
    assert said == [("陈敬之", "ABSOLUTE", True), ("赵文澜", "WAIVABLE", True), ("林致远", "WAIVABLE", False)]


def more_partners(case, count):
    for number in range(count):
        given = {"login": f"p{number}", "name": f"合伙人{number}", "roles": ["partner"], "email": f"p{number}@demo.invalid"}
        person_id = case.run(lambda context, given=given: people.register(context, **given))["person_id"]
        case.cast[f"p{number}"] = Actor(person_id, given["name"], frozenset({"partner"}))


def test_of_many_partners_three_vote_and_two_of_one_mind_end_it(case):
    more_partners(case, 3)
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    assert len(case.panel()) == 3
    case.vote("WAIVABLE")
    assert case.outcome() == "WAIVABLE"
    assert len(case.record().decisions) == 2  # the third vote was not needed; the task went


def test_without_an_unrelated_partner_the_director_decides_alone(case):
    team = [case.cast["partner1"].id, case.cast["partner2"].id]
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check(team_ids=team)
    for login in ("partner1", "partner2"):
        case.declare(login)
    case.judge("SAME", "WAIVABLE")
    assert case.open_tasks() == {"Task_Director"}
    case.do("director", "Task_Director", WAIVE)
    assert case.outcome() == "WAIVABLE"


def test_votes_cannot_be_cast_past_the_task(case):
    to_the_partner(case, FATHER_OF_LAWYER_1, "ABSOLUTE")
    check_id = case.record().id
    with pytest.raises(StateRefused):
        case.run(lambda c: conflict_panels.vote(c, check_id, choice="WAIVABLE", reason="x", conditions=""), "partner1")
    case.run(lambda c: conflict_panels.vote(c, check_id, choice="CLEAR", reason="x", conditions=""), "partner1")
    with pytest.raises(StateRefused):
        case.run(lambda c: conflict_panels.vote(c, check_id, choice="CLEAR", reason="x", conditions=""), "partner1")
    with case.firm.reading() as session, pytest.raises(StateRefused):
        conflict_panels.check_director(session, check_id, "WAIVABLE")


def test_the_whole_check_has_five_working_days(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.move(days=2)
    case.move(days=5)
    told = [mail for mail in case.mails() if mail["subject"].startswith("利益冲突审查逾期")]
    assert [mail["to"] for mail in told] == ["director@demo.invalid"]


def test_a_pressing_case_has_hours(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.run(lambda c: setattr(leads.get_lead(c.session, case.lead_id), "reception", {"urgency": "detained"}))
    case.check()
    case.declare()
    assert [mail["subject"][:4] for mail in case.mails()] == ["紧急利益"]
    case.move(hours=1)
    assert case.mails()[-1]["subject"].startswith("利益冲突审查待办提醒")
    case.judge("SAME", "WAIVABLE")
    case.move(hours=1)
    assert case.open_tasks() == {"Task_Director"}
    case.move(hours=2)
    assert any(mail["subject"].startswith("利益冲突审查逾期") for mail in case.mails())


def test_compliance_is_reminded_after_a_working_day(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    case.check()
    case.declare()
    case.move(days=1)
    assert [mail["to"] for mail in case.mails()] == ["compliance@demo.invalid"]
    assert case.open_tasks() == {"Task_Judge"}


def test_a_partner_on_the_matter_cannot_decide(case):
    case.screen(**SPOUSE_OF_LAWYER_2)
    team = [case.cast["partner1"].id]
    case.check(team_ids=team)
    case.declare("partner1")
    case.judge("SAME", "WAIVABLE")
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_Decide", WAIVE)
    assert [task.assignee for task in case.panel()] == [case.cast["partner2"].id]
    case.do("partner2", "Task_Decide", WAIVE)
    assert case.outcome() == "WAIVABLE"


def test_a_partner_whose_relative_is_found_cannot_decide(case):
    to_the_partner(case, CHILD_OF_PARTNER_1)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_Decide", WAIVE)
    case.do("partner2", "Task_Decide", WAIVE)


def test_who_judged_neither_votes_nor_decides(case):
    def give_roles(context):
        people.find_person(context.session, case.cast["compliance"].id).roles = ["compliance", "partner", "director"]

    case.run(give_roles)
    judge = case.cast["compliance"]
    case.cast["compliance"] = Actor(judge.id, judge.name, frozenset({"compliance", "partner", "director"}))
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    with pytest.raises(NotAllowed):
        case.do("compliance", "Task_Decide", WAIVE)
    case.move(days=2)
    with pytest.raises(NotAllowed):
        case.do("compliance", "Task_Director", WAIVE)
    case.do("director", "Task_Director", WAIVE)


@pytest.mark.parametrize(
    ("kind", "hit_class", "rule"),
    [
        ("interest", "ABSOLUTE", "CN-A1"), ("relative_party", "ABSOLUTE", "CN-A1"), ("relative_agent", "ABSOLUTE", "CN-A2"),
        ("office", "ABSOLUTE", "CN-A3"), ("former_judge", "ABSOLUTE", "CN-A11"), ("adviser", "WAIVABLE", "CN-W4"),
        ("investment", "WAIVABLE", "CN-W6"), ("contact", "REVIEW", "CN-W6"),
    ],
)  # fmt: skip
def test_what_a_lawyer_declares_is_a_hit(case, kind, hit_class, rule):
    case.screen()
    case.check()
    case.declare(has_interest="yes", kinds=[kind], details="本人持有对方百分之二股权")
    (hit,) = case.hits()
    assert (hit.hit_class, hit.rule) == (hit_class, rule)
    assert case.open_tasks() == {"Task_Judge"}


def opposite(case):
    """Somebody comes first; then the other side does, in the same case."""
    first = case.screen(client=ZHAO, opposing_parties=[{"name": "张三", "kind": "person"}])
    case.screen("lawyer2", opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.check(lawyer_id=case.cast["lawyer2"].id)
    case.declare("lawyer2")
    assert case.open_tasks() == {"Task_Wait"}
    assert "XS-2026-000001" in case.first_values("Task_Wait", "director")["first_comer"]
    return first


def test_the_other_side_waits_for_who_came_first(case):
    first = opposite(case)
    case.run(lambda context: leads.move_lead(context, first, "LAPSED"))
    case.settle()
    assert case.open_tasks() == {"Task_Judge"}
    assert {(hit.hit_class, hit.rule) for hit in case.hits()} == {("WAIVABLE", "CN-W7"), ("REVIEW", "CN-W7")}
    case.judge("SAME", "INFO")
    assert case.outcome() == "CLEAR"


def test_who_came_first_and_was_forgotten_no_longer_counts(case):
    first = opposite(case)
    case.run(lambda context: leads.purge_lead(context, first))
    case.settle()
    assert case.outcome() == "CLEAR"


def test_the_director_may_decide_not_to_wait(case):
    opposite(case)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_Wait", {"wait_reason": "先到者已无意委托。"})
    case.do("director", "Task_Wait", {"wait_reason": "先到者已无意委托。"})
    assert case.open_tasks() == {"Task_Judge"}
    case.judge("SAME", "ABSOLUTE")
    case.vote("ABSOLUTE", reason="先到者仍在洽谈。")
    assert case.outcome() == "ABSOLUTE"


def test_who_came_first_does_not_wait_for_who_came_later(case):
    first = case.screen(client=ZHAO, opposing_parties=[{"name": "张三", "kind": "person"}])
    case.screen("lawyer2", opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.lead_id = first
    case.check()
    case.declare()
    assert case.outcome() == "CLEAR"
    assert {hit.rule for hit in case.hits()} == {"CN-Q2"}


def test_the_timers_are_those_of_the_rule_pack(case):
    case.screen()
    case.check()
    today, given = case.firm.clock.now().date(), case.data()
    for variable, key in (("declare_due", "declare"), ("review_due", "review"), ("decide_due", "decide"), ("check_due", "check")):
        assert given[f"conflict_{variable}"] == f"{get_rule('conflicts', key, today).value} WD"
    for name in ("check", "examination", "declaration", "decision"):
        source = (ROOT / "processes" / f"conflict_{name}.bpmn").read_text(encoding="utf-8")
        assert not re.search(r"timeDuration[^>]*>\W*\d", source)
