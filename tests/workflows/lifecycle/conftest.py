"""The whole firm with every diagram deployed, and one case on its way through all of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fasteners
import psycopg
import pytest

import engine.queries as queries
from engine import SYSTEM, Clock, DeployProcess, Engine, FrozenClock, StartInstance
from engine.db import new_id
from tests.conftest import START
from tests.workflows.client_case import ClientCase
from workflows.demo import open_demo_firm
from workflows.records import leads
from workflows.wiring import build_registry, deployable_bundles, open_firm

build_registry()  # imports every record now: the database template is made of the tables that are known


class WholeCase(ClientCase):
    """A case whose tasks are looked for in every process that works on it."""

    def begin(self) -> None:
        """Somebody arrives at the front desk."""
        self.firm.run(StartInstance("lifecycle"), self.cast["desk"])
        self.settle()

    def task_id(self, element_id: str) -> str:
        for instance_id in self.running():
            with self.firm.reading() as session:
                found = queries.find_open_task(session, instance_id, element_id)
            if found:
                self.instance_id = instance_id
                return found
        raise AssertionError(f"{element_id} is not open, but {self.open_tasks()}; {self.incidents()}")

    def do(self, login: str, element_id: str, values: dict[str, Any]) -> None:
        super().do(login, element_id, values)
        assert self.incidents() == []
        if not self.lead_id:
            with self.firm.reading() as session:
                self.lead_id = leads.list_leads(session)[0].id

    def running(self) -> list[str]:
        with self.firm.reading() as session:
            return [row.id for row in queries.list_instances(session, state="running")]

    def processes(self) -> dict[str, str]:
        """Every process that was started for the case, with its state."""
        with self.firm.reading() as session:
            return {row.process_key: row.state for row in queries.list_instances(session)}

    def going_on(self) -> set[str]:
        """The processes that have not ended."""
        return {key for key, state in self.processes().items() if state == "running"}

    def open_tasks(self) -> set[str]:
        with self.firm.reading() as session:
            rows = [row for each in self.running() for row in queries.list_open_tasks(session, each)]
        return {row.element_id for row in rows}

    def lifecycle_result(self, name: str) -> Any:
        with self.firm.reading() as session:
            (self.instance_id,) = [row.id for row in queries.list_instances(session) if row.process_key == "lifecycle"]
        return self.result(name)


def open_whole_firm(url: str, clock: Clock, folder: Path) -> Engine:
    return open_firm(url, clock=clock, data_dir=folder)


def fill_template(url: str, folder: Path) -> None:
    """The demo firm with every diagram, in a database that has its tables."""
    engine = open_whole_firm(url, FrozenClock(START), folder)
    open_demo_firm(engine)
    ready, held = deployable_bundles()
    assert held == {}
    engine.run(DeployProcess(tuple(ready)), SYSTEM)
    engine.close()


@pytest.fixture(scope="session")
def sqlite_firm(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an SQLite file of the whole firm, to be copied: deploying every diagram takes seconds."""
    folder = tmp_path_factory.mktemp("whole-firm")
    shutil.copy(sqlite_template, folder / "firm.db")
    fill_template(f"sqlite:///{folder / 'firm.db'}", folder)
    return folder


@pytest.fixture(scope="session")
def postgres_firm(postgres: Callable[[str], str], postgres_template: str, shared_dir: Path) -> str:
    """The name of a PostgreSQL database of the whole firm, to be copied; its data folder has the same name."""
    name = f"firm_{postgres_template}"
    with fasteners.InterProcessLock(shared_dir / "postgres-firm.lock"):
        with psycopg.connect(postgres("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                return name
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
        fill_template(postgres(name).replace("postgresql://", "postgresql+psycopg://"), shared_dir / name)
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def whole_url(request: pytest.FixtureRequest, tmp_path: Path, shared_dir: Path) -> Iterator[str]:
    """A fresh copy of the whole firm's database, once on each kind of server, beside a copy of its data folder."""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("sqlite_firm"), tmp_path / "data")
        yield f"sqlite:///{tmp_path / 'data' / 'firm.db'}"
        return
    uri, template, name = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_firm"), f"test_{new_id()}"
    shutil.copytree(shared_dir / template, tmp_path / "data")
    with psycopg.connect(uri("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield uri(name).replace("postgresql://", "postgresql+psycopg://")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def case(whole_url: str, clock: Clock, tmp_path: Path) -> Iterator[WholeCase]:
    engine = open_whole_firm(whole_url, clock, tmp_path / "data")
    yield WholeCase(engine)
    engine.close()
