"""SaveDraft: anything typed is kept, right or wrong."""

from __future__ import annotations

import pytest

from engine import SaveDraft
from engine.errors import DataTooLarge, NotAllowed, TaskAlreadyDone
from tests.engine.house import review
from tests.people import CHEN, LI, STRANGER, WANG


def test_a_draft_is_kept_without_being_judged(house):
    instance_id = house.start(review())
    values = {"text": "x" * 99, "unknown": [1, {"a": None}]}
    house.run(SaveDraft(house.task(instance_id, "Draft").id, values), LI)
    task = house.task(instance_id, "Draft")
    assert (task.draft, task.draft_by, task.draft_at) == (values, LI.id, house.clock.now())


def test_only_who_may_do_the_task_drafts(house):
    task_id = house.task(house.start(review()), "Draft").id
    for actor in (STRANGER, CHEN):
        with pytest.raises(NotAllowed):
            house.run(SaveDraft(task_id, {"text": "x"}), actor)


def test_a_done_task_takes_no_draft(house):
    instance_id = house.start(review())
    task_id = house.task(instance_id, "Draft").id
    house.do(instance_id, "Draft", LI, text="x")
    with pytest.raises(TaskAlreadyDone):
        house.run(SaveDraft(task_id, {"text": "late"}), WANG)


def test_a_draft_has_a_limit(house):
    task_id = house.task(house.start(review()), "Draft").id
    with pytest.raises(DataTooLarge):
        house.run(SaveDraft(task_id, {"text": "x" * 2_000_000}), LI)
