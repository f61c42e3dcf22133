"""Where SpiffWorkflow's own joins, loops and boundary events go wrong, ours do what BPMN says."""

from __future__ import annotations

import pytest

from engine.spiff import runner
from engine.spiff.joins import merge_changes
from tests.engine.diagrams import diagram
from tests.engine.spiff.test_differential import Kept, Snapshots
from tests.engine.spiff.test_runner import END, START, Driven

BOTH = pytest.mark.parametrize("way", [Kept, Snapshots])


def do(run, element, **variables):
    task = next(task for task in run.open_tasks() if task.element_id == element)
    run.run.complete(task.task_id, variables)
    run.settle()


def opened(run):
    return sorted(task.element_id for task in run.run.open_tasks())


@BOTH
def test_a_join_in_a_loop_waits_for_both_branches_in_every_round(way):
    run = way("loop_join")
    for first, second in [("Alpha", "Beta"), ("Beta", "Alpha"), ("Alpha", "Beta"), ("Beta", "Alpha")]:
        do(run, "Draft")
        do(run, first)
        assert opened(run) == [second]
        do(run, second, n=0)
        assert opened(run) == ["Draft"]


@BOTH
def test_an_inclusive_join_in_a_loop_waits_for_the_branches_taken(way):
    run = way("loop_inclusive")
    for choice, branches in [(0, ["Alpha", "Beta"]), (2, ["Beta"]), (0, ["Beta", "Alpha"]), (3, ["Alpha"])]:
        do(run, "Draft", n=choice)
        assert opened(run) == sorted(branches)
        for index, branch in enumerate(branches):
            do(run, branch, n=0)
            assert opened(run) == (sorted(branches[index + 1 :]) or ["Draft"])


@BOTH
def test_a_join_of_nested_forks_counts_the_branch_that_ended_first(way):
    run = way("nested_join")
    for branch in ("Alpha", "Beta", "Gamma"):
        do(run, branch)
    assert opened(run) == ["After"]


@BOTH
def test_what_a_branch_changed_outlives_what_the_last_branch_never_touched(way):
    run = way("stages")
    do(run, "Alpha", people=["changed"], notes={"a": [1], "alpha": True}, days=9)
    do(run, "Beta", notes={"a": [1], "beta": True})
    data = run.open_tasks()[0].data
    assert data["people"] == ["changed"]
    assert data["days"] == 9
    assert data["notes"] == {"a": [1], "alpha": True, "beta": True}


def test_changes_are_put_together_value_by_value():
    base = {"same": 1, "gone": 1, "deep": {"x": 1, "y": 1}, "list": [1, 2], "flag": 1}
    versions = [
        {"same": 1, "gone": 1, "deep": {"x": 2, "y": 1}, "list": [9], "flag": True},
        {"same": 1, "deep": {"x": 1, "y": 2}, "list": [1, 2], "flag": 1, "new": 1},
    ]
    assert merge_changes(base, versions) == {"same": 1, "deep": {"x": 2, "y": 2}, "list": [9], "flag": True, "new": 1}
    assert merge_changes(base, versions)["flag"] is True


@BOTH
def test_an_item_of_a_loop_stays_its_own_and_a_second_loop_may_use_the_name(way):
    run = way("many")
    for number, name in enumerate(["ann", "bob", "cai"]):
        assert run.open_tasks()[0].data["person"] == name
        do(run, "Each", answer=number)
    (task,) = run.open_tasks()
    assert (task.element_id, task.data["person"], task.data["answers"]) == ("In_turn", "ann", [0, 1, 2])
    for _ in range(3):
        do(run, "In_turn")
    assert opened(run) == ["Any", "Any", "Any"]
    do(run, "Any", n=1)
    (task,) = run.open_tasks()
    assert task.element_id == "After"
    assert "person" not in task.data


@BOTH
def test_an_escalation_is_heard_every_time_without_interrupting(way):
    run = way("subprocess")
    for _ in range(3):
        do(run, "Write_", n=3)
        assert opened(run) == ["Partner", "Write_"]
        do(run, "Partner")
    do(run, "Write_", n=1)
    assert opened(run) == ["After"]


@BOTH
def test_an_error_interrupts_its_subprocess(way):
    run = way("subprocess")
    do(run, "Write_", n=2)
    assert opened(run) == ["Mend"]
    assert run.run.subscriptions() == []


@BOTH
def test_a_terminate_end_stops_everything_else(way):
    run = way("terminate")
    do(run, "Alpha")
    assert opened(run) == ["Beta"]
    do(run, "Beta")
    assert run.run.is_finished
    assert run.run.timers() == []


def test_an_error_that_nothing_catches_is_no_good_end():
    bundle = diagram(
        "uncaught",
        {
            "Begin": START,
            "Ask": ("userTask", "", ""),
            "Failed": ("endEvent", "", '<bpmn:errorEventDefinition errorRef="Error_bad"/>'),
            "Wait": ("userTask", "", ""),
            "Done": END,
        },
        ["Begin -> Ask", "Ask -> Failed", "Begin -> Wait", "Wait -> Done"],
        messages='<bpmn:error id="Error_bad" name="bad" errorCode="bad"/>',
    )
    run = Driven(bundle)
    with pytest.raises(runner.StepFailed) as failed:
        run.do("Ask")
    assert failed.value.element_id == "Failed"
    assert "bad" in str(failed.value.cause)
