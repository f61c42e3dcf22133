"""ClaimTask, ReleaseTask and AssignTask."""

from __future__ import annotations

import pytest

from engine import AssignTask, ClaimTask, CompleteTask, ReleaseTask
from engine.errors import FourEyes, NotAllowed, NotFound, TaskAlreadyDone, TaskClaimed, TaskGone
from tests.engine.house import review
from tests.people import ADMIN, CHEN, DESK, LI, STRANGER, WANG, person


def test_a_claim_makes_the_assignee(house):
    instance_id = house.start(review())
    house.run(ClaimTask(house.task(instance_id, "Draft").id), LI)
    task = house.task(instance_id, "Draft")
    assert (task.assignee, task.claimed_at) == (LI.id, house.clock.now())


def test_a_claimed_task_says_who_works_on_it(house):
    task_id = house.task(house.start(review()), "Draft").id
    house.run(ClaimTask(task_id), LI)
    with pytest.raises(TaskClaimed) as claimed:
        house.run(ClaimTask(task_id), WANG)
    assert claimed.value.fields["who"] == LI.name
    with pytest.raises(TaskClaimed):
        house.run(CompleteTask(task_id, {"text": "mine"}), WANG)


def test_claiming_twice_is_no_error(house):
    instance_id = house.start(review())
    task_id = house.task(instance_id, "Draft").id
    house.run(ClaimTask(task_id), LI)
    house.run(ClaimTask(task_id), LI)
    assert house.task(instance_id, "Draft").assignee == LI.id


def test_only_the_role_may_claim(house):
    task_id = house.task(house.start(review()), "Draft").id
    for actor in (DESK, STRANGER, CHEN):
        with pytest.raises(NotAllowed):
            house.run(ClaimTask(task_id), actor)


def test_who_drafted_may_not_claim_the_review(house):
    both = person("both", "又律师又合伙人", "lawyer", "partner")
    instance_id = house.start(review())
    house.do(instance_id, "Draft", both, text="x")
    with pytest.raises(FourEyes) as refused:
        house.run(ClaimTask(house.task(instance_id, "Review").id), both)
    assert refused.value.fields == {"who": both.name, "task": "Draft"}


def test_a_done_and_a_cancelled_task_cannot_be_claimed(house):
    instance_id = house.start(review())
    task_id = house.task(instance_id, "Draft").id
    house.do(instance_id, "Draft", LI, text="x")
    with pytest.raises(TaskAlreadyDone):
        house.run(ClaimTask(task_id), WANG)
    from engine import CancelInstance  # noqa: PLC0415 - the only use

    review_id = house.task(instance_id, "Review").id
    house.run(CancelInstance(instance_id, "wrong"), ADMIN)
    with pytest.raises(TaskGone):
        house.run(ClaimTask(review_id), CHEN)
    with pytest.raises(NotFound):
        house.run(ClaimTask("nowhere"), CHEN)


def test_a_released_task_is_everybodys_again(house):
    task_id = house.task(house.start(review()), "Draft").id
    house.run(ClaimTask(task_id), LI)
    with pytest.raises(NotAllowed):
        house.run(ReleaseTask(task_id), WANG)
    house.run(ReleaseTask(task_id), LI)
    house.run(ClaimTask(task_id), WANG)


def test_a_task_the_diagram_assigned_cannot_be_given_back(house):
    instance_id = house.start(review("assigned", assignee="lawyer_id"), lawyer_id=LI.id)
    task_id = house.task(instance_id, "Draft").id
    with pytest.raises(NotAllowed):
        house.run(ReleaseTask(task_id), LI)
    with pytest.raises(TaskClaimed):
        house.run(ClaimTask(task_id), WANG)


def test_the_holder_and_an_administrator_may_hand_a_task_on(house):
    task_id = house.task(instance_id := house.start(review()), "Draft").id
    house.run(ClaimTask(task_id), LI)
    with pytest.raises(NotAllowed):
        house.run(AssignTask(task_id, DESK.id), STRANGER)
    house.run(AssignTask(task_id, WANG.id), LI)
    assert house.task(instance_id, "Draft").assignee == WANG.id
    house.run(AssignTask(task_id, LI.id), ADMIN)
    house.run(CompleteTask(task_id, {"text": "x"}), LI)


def test_a_task_is_never_handed_to_who_did_the_step_before(house):
    instance_id = house.start(review())
    house.do(instance_id, "Draft", LI, text="x")
    with pytest.raises(FourEyes):
        house.run(AssignTask(house.task(instance_id, "Review").id, LI.id), ADMIN)


def test_excluded_people_may_not_take_a_task_nor_get_it(house):
    instance_id = house.start(review("excluding", excluded="team"), team=[LI.id])
    task_id = house.task(instance_id, "Draft").id
    for command, actor in (
        (ClaimTask(task_id), LI),
        (CompleteTask(task_id, {"text": "x"}), LI),
        (AssignTask(task_id, LI.id), ADMIN),
    ):
        with pytest.raises(NotAllowed):
            house.run(command, actor)
    house.run(ClaimTask(task_id), WANG)


@pytest.mark.parametrize("assigned_by", ["diagram", "director"])
def test_an_assigned_task_names_the_person_not_the_id(house, assigned_by):
    house.engine.names = lambda session, person_id: {LI.id: "李律师"}.get(person_id)
    task_id = house.task(house.start(review(**({"assignee": f'"{LI.id}"'} if assigned_by == "diagram" else {}))), "Draft").id
    if assigned_by == "director":
        house.run(AssignTask(task_id, LI.id), ADMIN)
    for command in (ClaimTask(task_id), CompleteTask(task_id, {"text": "mine"})):
        with pytest.raises(TaskClaimed) as held:
            house.run(command, WANG)
        assert held.value.fields["who"] == "李律师"
