"""What stands in whose inbox."""

from __future__ import annotations

from datetime import timedelta

from engine import Actor, queries
from tests.engine.house import review
from tests.people import CHEN, DESK, LI, STRANGER, WANG, ZHAO


def inbox(house, actor, view="all"):
    with house.session() as session:
        return [row.name for row in queries.inbox(session, actor, now=house.clock.now(), view=view)]


def test_a_task_stands_in_the_inboxes_of_its_role_until_it_is_done(house):
    instance_id = house.start(review(due="2 WD"))
    assert [inbox(house, actor) for actor in (LI, WANG, CHEN, DESK, STRANGER)] == [["Draft"], ["Draft"], [], [], []]
    assert house.task(instance_id, "Draft").due_at == house.clock.now() + timedelta(days=2)
    house.do(instance_id, "Draft", LI, text="a")
    assert (inbox(house, LI), inbox(house, LI, "done"), inbox(house, CHEN, "gates")) == ([], ["Draft"], ["Review"])
    house.do(instance_id, "Review", CHEN, ok=True)
    assert (inbox(house, CHEN), inbox(house, CHEN, "done")) == ([], ["Review"])


def test_who_drafted_does_not_see_the_gate(house):
    both = Actor(LI.id, LI.name, frozenset({"lawyer", "partner"}))
    instance_id = house.start(review())
    house.do(instance_id, "Draft", LI, text="a")
    assert (inbox(house, both), inbox(house, ZHAO)) == ([], ["Review"])
