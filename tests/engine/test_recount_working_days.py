"""After a change of the holiday table, timers and due dates that count working days move; others stay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine import SYSTEM, RecountWorkingDays, StartInstance, calendar, queries
from tests.engine.diagrams import diagram, properties, timer

START, END = ("startEvent", "", ""), ("endEvent", "", "")
OFF = {2026: {date(2026, 11, 25): "试验节", date(2026, 11, 26): "试验节"}}


def waits():
    return diagram(
        "waits",
        {
            "Begin": START,
            "T": ("userTask", "", properties(role="desk", due="1 WD")),
            "Remind": ("boundaryEvent", 'attachedToRef="T" cancelActivity="false"', timer('"3 WD"')),
            "Lapse": ("boundaryEvent", 'attachedToRef="T"', timer("P5D")),
            "Reminded": END,
            "Lapsed": END,
            "Done": END,
        },
        ["Begin -> T", "T -> Done", "Remind -> Reminded", "Lapse -> Lapsed"],
    )


@pytest.fixture(autouse=True)
def library_again():
    yield
    calendar.install({})


def read(house, instance_id):
    with house.engine.reading() as session:
        timers = {row.element_id: row.due_at for row in queries.list_timers(session, instance_id=instance_id)}
        (task,) = queries.list_open_tasks(session, instance_id)
    return timers, task.due_at


def test_working_days_move_and_calendar_days_stay(house):
    house.deploy(waits())
    instance_id = house.engine.run(StartInstance("waits"), SYSTEM)
    before, due = read(house, instance_id)
    assert house.engine.run(RecountWorkingDays(instance_id), SYSTEM) == []
    calendar.install(OFF)
    moved = house.engine.run(RecountWorkingDays(instance_id), SYSTEM)
    assert {(each.element_id, each.kind) for each in moved} == {("T", "task"), ("Remind", "timer")}
    after, later = read(house, instance_id)
    assert after["Lapse"] == before["Lapse"]
    assert after["Remind"] > before["Remind"]
    assert later > due
    calendar.install({})
    house.engine.run(RecountWorkingDays(instance_id), SYSTEM)
    assert read(house, instance_id) == (before, due)


def test_an_instance_that_has_ended_has_nothing_to_move(house):
    house.deploy(waits())
    instance_id = house.engine.run(StartInstance("waits"), SYSTEM)
    house.clock.advance(timedelta(days=6))
    house.sweep()
    assert house.engine.run(RecountWorkingDays(instance_id), SYSTEM) == []
    assert house.engine.run(RecountWorkingDays("nothing"), SYSTEM) == []
