"""Snapshots stay small, however long a process has run, and hold everything that is still to come."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import orjson
import pytest

from engine.spiff import runner
from tests.engine.diagrams import diagram
from tests.engine.spiff.test_differential import DATA, NOW, Services, Snapshots
from tests.engine.spiff.test_joins import do, opened
from tests.engine.spiff.test_runner import END, START, Driven


def size(run):
    """Bytes of the snapshot and tasks in the tree."""
    return len(run.snapshot), sum(len(workflow.tasks) for workflow in run.run.workflows())


def wait(run, **span):
    run.now += timedelta(**span)
    run.settle()


def review(run):
    do(run, "Draft", n=0)
    do(run, "Review", n=0)


def remind(run):
    if opened(run) == ["Send_out"]:
        do(run, "Send_out")
    wait(run, days=8)
    do(run, "Remind")


def update(run):
    wait(run, days=11)
    do(run, "Update", n=0)


def draft_again(run):
    do(run, "Draft")
    do(run, "Beta")
    do(run, "Alpha", n=0)


def call_again(run):
    do(run, "First")
    do(run, "Left", n=0)
    wait(run, days=1)


def escalate(run):
    do(run, "Write_", n=3)
    do(run, "Partner", n=0)


def test_five_thousand_rounds_of_draft_and_review_cost_what_the_second_did():
    run = Snapshots("review")
    review(run)
    first = size(run)
    for _ in range(5_000):
        review(run)
        assert size(run) == first
    assert opened(run) == ["Draft"]
    do(run, "Draft")
    do(run, "Review", n=1)
    assert run.run.is_finished


@pytest.mark.parametrize(
    ("name", "one_round"),
    [
        ("either_event", remind),
        ("loop_beside", update),
        ("loop_join", draft_again),
        ("caller", call_again),
        ("subprocess", escalate),
    ],
)
def test_other_loops_stay_flat_too(name, one_round):
    run = Snapshots(name)
    for _ in range(3):
        one_round(run)
    bytes_before, tasks_before = size(run)
    for _ in range(120):
        one_round(run)
    bytes_after, tasks_after = size(run)
    assert tasks_after == tasks_before
    assert bytes_after <= bytes_before + 16


def test_a_loop_without_anybody_in_it_is_stopped():
    def counting(until):
        script = "<bpmn:script>n = get('n', 0) + 1</bpmn:script>"
        nodes = {"Begin": START, "Count": ("scriptTask", "", script), "Enough": ("exclusiveGateway", "", ""), "Done": END}
        return diagram(
            f"count_{until}", nodes, ["Begin -> Count", "Count -> Enough", f"Enough -> Done: n >= {until}", "Enough -> Count*"]
        )

    assert Driven(counting(2_000)).run.data["n"] == 2_000, "deeper than SpiffWorkflow looks"
    with pytest.raises(runner.StepFailed) as failed:
        Driven(counting(1_000_000))
    assert "without waiting" in str(failed.value.cause)


def test_equal_data_are_stored_once_and_the_specification_never():
    run = Snapshots("boundary_in_fork")
    run.run.complete(run.open_tasks()[0].task_id, {"text": "word " * 2_000})
    run.settle()
    assert len(run.snapshot) < 2 * len("word " * 2_000)
    assert b"sequenceFlow" not in run.snapshot
    assert len(orjson.loads(run.snapshot)["pool"]) <= 4


def test_a_snapshot_of_a_snapshot_is_the_same():
    run = Snapshots("caller")
    do(run, "First")
    again = runner.resume(run.model, run.snapshot, run.services, run.now)
    assert orjson.loads(again.snapshot())["pool"] == orjson.loads(run.snapshot)["pool"]
    assert len(again.snapshot()) == len(run.snapshot)
    assert [task.task_id for task in again.open_tasks()] == [task.task_id for task in run.run.open_tasks()]


def test_two_instances_of_one_model_do_not_touch_each_other():
    first, second = Snapshots("review"), Snapshots("review")
    assert first.model is second.model
    do(first, "Draft", only="first")
    assert opened(first) == ["Review"]
    assert opened(second) == ["Draft"]
    assert "only" not in second.open_tasks()[0].data


def test_given_data_are_copied_and_made_plain():
    data = deepcopy(DATA)
    run = runner.start(Snapshots("review").model, data, Services(), NOW)
    run.advance(NOW)
    run.open_tasks()[0].data["notes"]["a"].append(2)
    assert data == DATA


def test_a_task_that_is_not_open_cannot_be_completed():
    run = Snapshots("review")
    (task,) = run.open_tasks()
    do(run, "Draft")
    with pytest.raises(KeyError):
        run.run.complete(task.task_id, {})
