"""The conflict check through every path of its diagram."""

from __future__ import annotations

import re

import pytest

import engine.queries as queries
from engine import CompleteTask
from engine.errors import FormInvalid, FourEyes, NotAllowed
from workflows.records import conflicts, documents, leads
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
        assert conflicts.check_valid(session, case.lead_id, case.firm.clock.now())
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


@pytest.mark.parametrize(
    ("decision", "more"), [("CLEAR", {}), ("WAIVABLE", {"conditions": "王若谷不得接触本案"}), ("ABSOLUTE", {})]
)
def test_a_partner_decides_on_a_hit(case, decision, more):
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    (hit,) = [hit for hit in case.hits() if hit.final_class == "WAIVABLE"]
    assert (hit.hit_class, hit.rule, hit.subject["staff"], hit.judged_by_name) == ("WAIVABLE", "CN-W1", "王若谷", "孙清和")
    case.do("partner2", "Task_Decide", {"decision": decision, "decision_reason": "已核对申报与案卷。", **more})
    assert case.outcome() == decision
    assert case.record().decisions[-1]["by_name"] == "赵文澜"
    assert case.lead_state() == ("ASSESS" if decision == "CLEAR" else "CONFLICT")


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
    case.do("partner1", "Task_Decide", WAIVE)
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
    for decision in ("WAIVABLE", "CLEAR"):
        with pytest.raises(FormInvalid):
            case.do("partner1", "Task_Decide", {"heaviest": "WAIVABLE", "decision": decision, "decision_reason": "没有关系的。"})
    given = {"heaviest": "ABSOLUTE", "decision_absolute": "ESCALATE", "decision_reason": "亲属关系存疑，请主任定。"}
    case.do("partner1", "Task_Decide", given)
    assert case.open_tasks() == {"Task_Director"}
    assert "亲属关系存疑" in case.first_values("Task_Director", "director")["before"]
    with pytest.raises(FormInvalid):
        case.do("director", "Task_Director", {"heaviest": "", "decision": "WAIVABLE", "decision_reason": "可以豁免。"})
    given = {"heaviest": "ABSOLUTE", "decision_absolute": "ABSOLUTE", "decision_reason": "近亲属关系属实。"}
    case.do("director", "Task_Director", given)
    assert case.outcome() == "ABSOLUTE"
    assert [each["decision"] for each in case.record().decisions] == ["ESCALATE", "ABSOLUTE"]


def test_a_partner_who_does_not_decide_in_time_loses_it_to_the_director(case):
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    case.move(days=2)
    assert case.open_tasks() == {"Task_Director"}
    case.do("director", "Task_Director", WAIVE)
    assert case.outcome() == "WAIVABLE"


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
    case.do("partner2", "Task_Decide", WAIVE)
    assert case.outcome() == "WAIVABLE"


def test_a_partner_whose_relative_is_found_cannot_decide(case):
    to_the_partner(case, CHILD_OF_PARTNER_1)
    with pytest.raises(NotAllowed):
        case.do("partner1", "Task_Decide", WAIVE)
    case.do("partner2", "Task_Decide", WAIVE)


def test_who_judged_cannot_decide(case):
    both = case.cast["compliance"].__class__(
        case.cast["compliance"].id, "孙清和", frozenset({"compliance", "partner", "director"})
    )
    case.cast["compliance"] = both
    to_the_partner(case, SPOUSE_OF_LAWYER_2)
    with pytest.raises(FourEyes):
        case.do("compliance", "Task_Decide", WAIVE)
    case.move(days=2)
    with pytest.raises(FourEyes):
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
    given = {"heaviest": "ABSOLUTE", "decision_absolute": "ABSOLUTE", "decision_reason": "先到者仍在洽谈。"}
    case.do("partner1", "Task_Decide", given)
    assert case.outcome() == "ABSOLUTE"


def test_who_came_first_does_not_wait_for_who_came_later(case):
    first = case.screen(client=ZHAO, opposing_parties=[{"name": "张三", "kind": "person"}])
    case.screen("lawyer2", opposing_parties=[{"name": "赵六", "kind": "person"}])
    case.lead_id = first
    case.check()
    case.declare()
    assert case.outcome() == "CLEAR"
    assert {hit.rule for hit in case.hits()} == {"CN-Q2"}


def test_the_timers_are_those_of_the_rule_pack(clock):
    today = clock.now().date()
    source = (ROOT / "processes" / "conflict_check.bpmn").read_text(encoding="utf-8")
    for element, key in (("Event_DeclareLate", "declare"), ("Event_JudgeLate", "review"), ("Event_DecideLate", "decide")):
        event = source.split(f'<bpmn:boundaryEvent id="{element}"')[1].split("</bpmn:boundaryEvent>")[0]
        assert re.search(rf'"(R/)?{get_rule("conflicts", key, today).value} WD"', event)
