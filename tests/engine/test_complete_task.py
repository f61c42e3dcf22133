"""CompleteTask: who, what, and one commit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import CancelInstance, CompleteTask
from engine.errors import (
    DataTooLarge,
    FormInvalid,
    FourEyes,
    HandlerFailed,
    NotAllowed,
    NotFound,
    StateRefused,
    TaskAlreadyDone,
    TaskGone,
)
from engine.tables import AuditLine, History, Timer
from tests.engine.diagrams import diagram, properties, timer
from tests.engine.house import review, with_service
from tests.people import ADMIN, CHEN, DESK, LI, STRANGER, WANG, link, person


def test_a_completion_moves_the_process_and_tells_what_is_next(house):
    both = person("both", "两岗", "lawyer", "partner")
    instance_id = house.start(review())
    done = house.do(instance_id, "Draft", LI, text="x")
    assert (done.instance_id, done.next_task_ids) == (instance_id, ())
    done = house.do(instance_id, "Review", CHEN, ok=False)
    assert house.open(instance_id) == ["Draft"]
    done = house.do(instance_id, "Draft", both, text="y")
    assert done.next_task_ids == (), "the review is not for who drafted"
    house.do(instance_id, "Review", CHEN, ok=True)
    row = house.instance(instance_id)
    assert (row.state, row.ended_at) == ("completed", house.clock.now())


def test_the_next_task_of_the_same_person_is_named(house):
    instance_id = house.start(with_service("notes.add", text='"a"'))
    done = house.do(instance_id, "First", DESK)
    assert done.next_task_ids == (house.task(instance_id, "Second").id,)


def test_the_row_tells_who_and_when_and_what(house):
    instance_id = house.start(review())
    house.do(instance_id, "Draft", LI, text="x")
    task = house.task(instance_id, "Draft")
    assert (task.state, task.completed_by, task.completed_by_name, task.submitted) == ("completed", LI.id, LI.name, {"text": "x"})
    assert task.assignee == LI.id, "completing an unclaimed task claims it"


def test_the_form_is_judged_and_nothing_moves(house):
    instance_id = house.start(review())
    with pytest.raises(FormInvalid) as invalid:
        house.do(instance_id, "Draft", LI, text="x" * 41)
    assert list(invalid.value.errors) == ["text"]
    assert house.task(instance_id, "Draft").state == "open"


def test_a_second_completion_hears_who_was_first_and_when(house):
    instance_id = house.start(review())
    task_id = house.task(instance_id, "Draft").id
    house.do(instance_id, "Draft", LI, text="x")
    at = house.clock.now()
    house.clock.advance(timedelta(hours=1))
    with pytest.raises(TaskAlreadyDone) as done:
        house.run(CompleteTask(task_id, {"text": "mine"}), WANG)
    assert done.value.fields == {"who": LI.name, "when": at}


def test_strangers_and_other_roles_are_refused(house):
    instance_id = house.start(review())
    for actor in (STRANGER, DESK, CHEN, ADMIN):
        with pytest.raises(NotAllowed):
            house.do(instance_id, "Draft", actor, text="x")
    with pytest.raises(NotFound):
        house.run(CompleteTask("nowhere", {}), LI)


def test_four_eyes_also_binds_a_deputy(house):
    both = person("both", "两岗", "lawyer", "partner")
    instance_id = house.start(review())
    house.do(instance_id, "Draft", both, text="x")
    with pytest.raises(FourEyes):
        house.do(instance_id, "Review", both, ok=True)
    from dataclasses import replace  # noqa: PLC0415 - the only use

    deputy = replace(CHEN, on_behalf_of=both.id)
    with pytest.raises(FourEyes):
        house.do(instance_id, "Review", deputy, ok=True)


def test_four_eyes_reaches_across_call_activities(house):
    outer = diagram(
        "outer",
        {
            "Begin": ("startEvent", "", ""),
            "Call": ("callActivity", 'calledElement="review"', ""),
            "Seal": ("userTask", "", properties(role="partner", not_same_as="Review, Draft")),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> Call", "Call -> Seal", "Seal -> Done"],
    )
    house.deploy(outer, review())
    instance_id = house.start("outer")
    house.do(instance_id, "Draft", LI, text="x")
    house.do(instance_id, "Review", CHEN, ok=True)
    with pytest.raises(FourEyes):
        house.do(instance_id, "Seal", CHEN)
    house.do(instance_id, "Seal", person("zhao", "赵", "partner"))


def test_a_link_does_its_one_task_and_nothing_else(house):
    instance_id = house.start(review())
    house.do(instance_id, "Draft", link(instance_id, "Draft"), text="x")
    with pytest.raises(NotAllowed):
        house.do(instance_id, "Review", link(instance_id, "Draft"), ok=True)
    with pytest.raises(NotAllowed):
        house.do(instance_id, "Review", link("another", "Review"), ok=True)


def test_a_completion_handler_writes_and_gives_variables(house):
    instance_id = house.start(review("handled", complete="draft.complete"))
    house.do(instance_id, "Draft", LI, text="hello")
    assert house.notes() == ["hello"]
    assert house.task(instance_id, "Review").data["text"] == "hello"


def test_a_refusal_of_the_handler_reaches_the_person_and_leaves_nothing(house):
    instance_id = house.start(review("handled", complete="draft.complete"))
    with pytest.raises(StateRefused):
        house.do(instance_id, "Draft", LI, text="refuse")
    assert (house.notes(), house.open(instance_id), house.incidents()) == ([], ["Draft"], [])


def test_a_broken_handler_keeps_the_task_the_entries_and_an_incident(house):
    instance_id = house.start(review("handled", complete="draft.complete"))
    house.world.broken.add("draft.complete")
    with pytest.raises(HandlerFailed):
        house.do(instance_id, "Draft", LI, text="precious")
    assert (house.notes(), house.open(instance_id)) == ([], ["Draft"])
    (incident,) = house.incidents(instance_id)
    assert incident.element_id == "Draft" and "RuntimeError" in incident.trace
    assert house.task(instance_id, "Draft").draft == {"text": "precious"}
    house.world.broken.clear()
    house.do(instance_id, "Draft", LI, text="precious")
    assert (house.open(instance_id), house.incidents(instance_id)) == (["Review"], [])


def test_only_named_variables_reach_the_process(house):
    instance_id = house.start(review())
    house.do(instance_id, "Draft", LI, text="x", lawyer_id="intruder")
    assert house.task(instance_id, "Review").data == {"text": "x"}


def test_a_task_whose_process_went_on_is_gone(house):
    instance_id = house.start(review())
    task_id = house.task(instance_id, "Draft").id
    house.run(CancelInstance(instance_id, "mistake"), ADMIN)
    with pytest.raises(TaskGone):
        house.run(CompleteTask(task_id, {"text": "x"}), LI)


def test_too_much_data_is_refused(house):
    bundle = diagram(
        "large",
        {"Begin": ("startEvent", "", ""), "T": ("userTask", "", properties(role="desk", variables="text")), "U": ("userTask", "", properties(role="desk")), "Done": ("endEvent", "", "")},
        ["Begin -> T", "T -> U", "U -> Done"],
    )  # fmt: skip
    instance_id = house.start(bundle)
    with pytest.raises(DataTooLarge) as refused:
        house.do(instance_id, "T", DESK, text="x" * 263_000)
    assert refused.value.fields["limit"] == 256 * 1024
    assert house.open(instance_id) == ["T"]


def test_an_interrupted_boundary_timer_goes_with_its_task(house):
    bundle = diagram(
        "bounded",
        {
            "Begin": ("startEvent", "", ""),
            "T": ("userTask", "", properties(role="desk")),
            "Late": ("boundaryEvent", 'attachedToRef="T"', timer("P3D")),
            "Chase": ("userTask", "", properties(role="desk")),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> T", "T -> Done", "Late -> Chase", "Chase -> Done"],
    )
    instance_id = house.start(bundle)
    assert [
        row.due_at for row in house.rows(Timer.__table__.select().with_only_columns(Timer.due_at)) if hasattr(row, "due_at")
    ] or house.count(Timer) == 1
    house.do(instance_id, "T")
    assert (house.count(Timer), house.instance(instance_id).state) == (0, "completed")


def test_history_and_audit_name_the_person(house):
    instance_id = house.start(review())
    house.do(instance_id, "Draft", LI, text="x")
    done = [row for row in house.rows(History.__table__.select()) if row] and [
        (row.element_id, row.actor) for row in _history(house) if row.element_id == "Draft" and row.outcome == "completed"
    ]
    assert done == [("Draft", LI.id)]
    lines = [line for line in _audit(house) if line.event == "task_completed"]
    assert [(line.actor, line.actor_name) for line in lines] == [(LI.id, LI.name)]
    assert "precious" not in str(lines[0].data)


def _history(house):
    from sqlalchemy import select  # noqa: PLC0415

    return house.rows(select(History).order_by(History.id))


def _audit(house):
    from sqlalchemy import select  # noqa: PLC0415

    return house.rows(select(AuditLine).order_by(AuditLine.seq))


def test_a_claimed_task_goes_with_its_due_text(house):
    instance_id = house.start(review("due", due="2 WD"))
    assert house.task(instance_id, "Draft").due_at - house.clock.now() == timedelta(days=2)
    other = house.start(review("due2", due='"4 h"'))
    assert house.task(other, "Draft").due_at - house.clock.now() == timedelta(hours=4)
    third = house.start(review("due3", due="deadline"), deadline="2026-12-01T09:00:00+08:00")
    assert house.task(third, "Draft").due_at - house.clock.now() == timedelta(days=7)
