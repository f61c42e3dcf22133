"""An engine on each kind of database, with the small house of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import open_engine
from tests.engine.house import LANES, House, World


@pytest.fixture
def world() -> World:
    """The handlers' world."""
    return World()


def open_house(url: str, clock, world: World) -> House:
    """A house on a database."""
    engine = open_engine(url, clock=clock, registry=world.registry(), lane_roles=LANES, checks={}, tools={})
    return House(engine, world, clock)


@pytest.fixture
def house(database_url, clock, world) -> Iterator[House]:
    """The house, once on SQLite and once on PostgreSQL."""
    opened = open_house(database_url, clock, world)
    yield opened
    opened.engine.close()
