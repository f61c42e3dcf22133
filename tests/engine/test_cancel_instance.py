"""Stopping a process for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import CancelInstance, CompleteTask, queries
from engine.errors import InstanceEnded, NotAllowed, NotFound, TaskGone
from engine.tables import AuditLine, Effect, Subscription, Timer
from tests.engine.diagrams import catches, diagram, message, operator, properties, timer
from tests.people import ADMIN, DESK, LI, link

START, END = ("startEvent", "", ""), ("endEvent", "", "")


def waits_for_everything():
    """A process that waits for a person, a timer, a message, an effect and a repair at once."""
    return diagram(
        "waits",
        {
            "Begin": START,
            "Fork": ("parallelGateway", "", ""),
            "T": ("userTask", "", properties(role="desk")),
            "Late": ("boundaryEvent", 'attachedToRef="T" cancelActivity="false"', timer("P3D")),
            "Reminded": END,
            "Wait": ("intermediateCatchEvent", "", catches("go")),
            "Send": ("serviceTask", "", operator("mail.send")),
            "Add": ("serviceTask", "", operator("notes.add", text='"a"')),
            "Join": ("parallelGateway", "", ""),
            "Done": END,
        },
        ["Begin -> Fork", "Late -> Reminded"]
        + [line for node in ("T", "Wait", "Send", "Add") for line in (f"Fork -> {node}", f"{node} -> Join")]
        + ["Join -> Done"],
        messages=message("go"),
    )


@pytest.fixture
def running(house):
    house.world.broken.add("notes.add")
    return house.start(waits_for_everything())


def test_nothing_is_left_open(house, running):
    assert (house.count(Timer), house.count(Subscription), len(house.incidents(running))) == (1, 1, 1)
    house.run(CancelInstance(running, "a mistake"), DESK)
    assert (house.instance(running).state, house.instance(running).ended_at) == ("cancelled", house.clock.now())
    assert (house.open(running), house.count(Timer), house.count(Subscription), house.incidents()) == ([], 0, 0, [])
    assert house.rows(select(Effect.state)) == ["cancelled"]
    with house.session() as session:
        ended = [
            (row.element_id, row.data) for row in queries.get_instance(session, running).history if row.outcome == "cancelled"
        ]
    assert ("T", None) in ended and ("", {"reason": "a mistake"}) in ended
    assert "instance_cancelled" in house.rows(select(AuditLine.event))


def test_what_comes_late_changes_nothing(house, running):
    task_id = house.task(running, "T").id
    house.run(CancelInstance(running, "a mistake"), DESK)
    with pytest.raises(InstanceEnded):
        house.run(CancelInstance(running, "again"), DESK)
    with pytest.raises(TaskGone):
        house.run(CompleteTask(task_id, {}), DESK)
    house.clock.advance(timedelta(days=9))
    house.sweep()
    assert house.world.sent == []


def test_only_who_started_it_or_has_the_power_cancels(house, running):
    for actor in (LI, link(running, "T")):
        with pytest.raises(NotAllowed):
            house.run(CancelInstance(running, "no"), actor)
    with pytest.raises(NotFound):
        house.run(CancelInstance("nothing", "no"), ADMIN)
    house.run(CancelInstance(running, "by the administrator"), ADMIN)
