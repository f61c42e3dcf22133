"""Ticks in the background of `juanzong serve` and `juanzong worker`."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta

import pytest

from engine import RunOperation
from engine.tables import Timer
from tests.engine.conftest import open_house
from tests.engine.diagrams import diagram, properties, timer
from tests.engine.house import World
from tests.people import DESK
from web.scheduler import start_ticking


@pytest.fixture
def house(database_url, clock):
    opened = open_house(database_url, clock, World())
    yield opened
    opened.engine.close()


@pytest.fixture
def ticking(house):
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it says of every tick left out that it was
    scheduler = start_ticking(house.engine, 0.05)
    yield scheduler
    scheduler.shutdown(wait=True)


def within(seconds, condition):
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def reminded():
    nodes = {
        "Begin": ("startEvent", "", ""),
        "T": ("userTask", "", properties(role="desk")),
        "Late": ("boundaryEvent", 'attachedToRef="T" cancelActivity="true"', timer("P3D")),
        "Lapsed": ("endEvent", "", ""),
        "Done": ("endEvent", "", ""),
    }
    return diagram("reminded", nodes, ["Begin -> T", "T -> Done", "Late -> Lapsed"])


def test_a_slow_effect_runs_alone_and_keeps_no_timer_waiting(house, ticking):
    started, go_on, running = threading.Event(), threading.Event(), []

    def slow(payload, tools):
        running.append(payload["key"])
        started.set()
        go_on.wait(20)
        return {"message_id": "m"}

    house.world.perform = slow
    house.engine.registry = house.world.registry()
    instance_id = house.start(reminded())
    house.run(RunOperation("mails.emit"), DESK)
    try:
        assert started.wait(20)
        house.clock.advance(timedelta(days=4))
        assert within(20, lambda: house.instance(instance_id).state == "completed")
        assert (house.count(Timer), len(running)) == (0, 1)
    finally:
        go_on.set()


def test_a_tick_that_fails_is_followed_by_the_next(house, ticking, monkeypatch):
    now, calls = house.clock.now, []

    def fails_at_first():
        calls.append(1)
        if len(calls) < 3:
            raise OSError("the database is away")
        return now()

    monkeypatch.setattr(house.clock, "now", fails_at_first)
    assert within(20, lambda: len(calls) > 5)
