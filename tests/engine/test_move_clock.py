"""The demo firm's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import MoveClock, demo_clock, open_engine
from engine.errors import NotAllowed
from engine.tables import AuditLine
from tests.engine.house import LANES, House
from tests.people import ADMIN


@pytest.fixture
def demo(database_url, world):
    clock = demo_clock()
    engine = open_engine(database_url, clock=clock, registry=world.registry(), lane_roles=LANES)
    yield House(engine, world, clock)
    engine.close()


def test_it_moves_for_everybody_on_the_same_database(demo, database_url, world):
    other = open_engine(database_url, clock=demo_clock(), registry=world.registry())
    before = demo.clock.now()
    demo.run(MoveClock(before + timedelta(days=7)), ADMIN)
    for engine in (demo.engine, other):
        assert timedelta(days=7) <= engine.clock.now() - before < timedelta(days=7, minutes=5)
    assert demo.rows(select(AuditLine.event)) == ["clock_moved"]
    other.close()


def test_it_only_moves_forward(demo):
    demo.run(MoveClock(demo.clock.now() + timedelta(days=7)), ADMIN)
    with pytest.raises(NotAllowed):
        demo.run(MoveClock(demo.clock.now() - timedelta(days=1)), ADMIN)


def test_a_real_firms_clock_stands_where_it_is(house):
    with pytest.raises(NotAllowed):
        house.run(MoveClock(house.clock.now() + timedelta(days=7)), ADMIN)
