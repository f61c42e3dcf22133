"""Corrective actions through every path."""

from __future__ import annotations

import pytest

from engine.errors import FormInvalid, FourEyes, NotAllowed, StateRefused
from tests.workflows.corrective_action.conftest import ANALYSIS
from workflows.records import corrections

LATE = "整改逾期：ZG-2026-0001"


@pytest.mark.requirement("R38", "R42")
def test_from_the_problem_to_the_effect(case):
    assert (case.correction().correction_no, case.correction().state) == ("ZG-2026-0001", corrections.OPENED)
    case.until_approved("lawyer1", "desk")
    assert case.mails_to("lawyer1@demo.invalid") == ["整改任务：ZG-2026-0001"]
    case.finish("lawyer1", proof_note="已改")
    assert case.open_tasks() == {"Task_Done"}
    case.finish("desk", proof_note="已改")
    assert (case.correction().state, case.open_tasks()) == (corrections.DONE, set())
    case.move(days=90, minutes=1)
    case.do("director", "Task_Effect", {"effective": "yes", "data": "三个月无逾期"})  # compliance made the plan
    assert (case.correction().state, case.state(), case.incidents()) == (corrections.CLOSED, "completed", [])


@pytest.mark.requirement("R42")
def test_what_did_not_help_begins_again_with_the_cause(case):
    case.until_approved("lawyer1")
    case.finish("lawyer1", proof_note="已改")
    case.move(days=90, minutes=1)
    case.do("director", "Task_Effect", {"effective": "no", "data": "仍有两次逾期"})
    assert (case.correction().rounds, case.open_tasks()) == (1, {"Task_Analyse"})
    assert case.first_values("Task_Analyse", "compliance")["failed"] == "仍有两次逾期"


def test_a_returned_plan_comes_back_with_the_remark(case):
    case.do("compliance", "Task_Analyse", ANALYSIS)
    case.do("compliance", "Task_Plan", case.actions("lawyer1"))
    case.do("director", "Task_Approve", {"approval": "RETURNED", "approval_note": "期限太远"})
    first = case.first_values("Task_Plan", "compliance")
    assert (first["returned"], first["actions"][0]["what"]) == ("期限太远", "提醒同时发到待办")


def test_what_is_late_is_told_to_the_director_weekly(case):
    case.until_approved("lawyer1")
    case.move(days=29)
    assert case.mails_to("director@demo.invalid").count(LATE) == 0
    for _ in range(3):
        case.move(days=7, minutes=1)
    assert case.mails_to("director@demo.invalid").count(LATE) >= 2
    case.finish("lawyer1", proof_note="已改")
    assert case.correction().state == corrections.DONE


def test_an_action_has_a_day_to_come_and_a_proof(case):
    case.do("compliance", "Task_Analyse", ANALYSIS)
    late = case.actions("lawyer1")
    late["actions"][0]["due_on"] = "2026-11-01"
    with pytest.raises(FormInvalid):
        case.do("compliance", "Task_Plan", late)
    case.do("compliance", "Task_Plan", case.actions("lawyer1"))
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    with pytest.raises(FormInvalid):
        case.finish("lawyer1")


def test_round_the_tasks_the_record_refuses(case):
    correction_id = case.correction_id
    with pytest.raises(StateRefused):
        case.run(lambda context: corrections.finish(context, correction_id), "compliance")
    case.do("compliance", "Task_Analyse", ANALYSIS)
    case.do("compliance", "Task_Plan", case.actions("lawyer1"))
    with pytest.raises(FourEyes):
        case.run(lambda context: corrections.approve(context, correction_id, approved=True, note=""), "compliance")
    action_id = case.correction().actions[0]["id"]
    done = {"proof_note": "已改"}
    with pytest.raises(StateRefused):  # before the approval
        case.run(lambda context: corrections.finish_action(context, correction_id, action_id, done), "lawyer1")
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    with pytest.raises(NotAllowed):
        case.run(lambda context: corrections.finish_action(context, correction_id, action_id, done), "lawyer2")
    with pytest.raises(NotAllowed):
        case.run(lambda context: corrections.finish_action(context, correction_id, action_id, {}), "lawyer1")
    case.finish("lawyer1", proof_note="已改")
    for login in ("lawyer1", "compliance"):  # who did it, who planned it
        with pytest.raises(FourEyes):
            effect = {"effective": "yes", "data": "已改"}
            case.run(lambda context: corrections.check_effect(context, correction_id, effect), login)  # noqa: B023 - run at once
