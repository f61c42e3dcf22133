"""The demo firm on a fresh database, with the diagrams of the intake deployed."""

from __future__ import annotations

import pytest

from engine import SYSTEM, DeployProcess, open_engine
from tests.workflows.firm_image import read_bundles, write_people
from workflows.records import identifiers, people
from workflows.roles import LANE_ROLES
from workflows.wiring import build_registry


@pytest.fixture
def firm(database_url, clock):
    engine = open_engine(database_url, clock=clock, registry=build_registry(), lane_roles=LANE_ROLES, checks=identifiers.CHECKS)
    write_people(engine)
    engine.run(DeployProcess(tuple(b for b in read_bundles() if b.name.startswith("intake"))), SYSTEM)
    yield engine
    engine.database.dispose()


@pytest.fixture
def cast(firm):
    with firm.reading() as session:
        return {person.login: people.person_actor(person) for person in people.list_people(session)}
