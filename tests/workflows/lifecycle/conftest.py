"""The whole firm with every diagram deployed, and one case on its way through all of them."""

from __future__ import annotations

from typing import Any

import pytest

import engine.queries as queries
from engine import SYSTEM, DeployProcess, StartInstance
from tests.workflows.client_case import ClientCase
from workflows.demo import open_demo_firm
from workflows.records import leads
from workflows.wiring import deployable_bundles, open_firm


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

    def open_tasks(self) -> set[str]:
        with self.firm.reading() as session:
            rows = [row for each in self.running() for row in queries.list_open_tasks(session, each)]
        return {row.element_id for row in rows}

    def lifecycle_result(self, name: str) -> Any:
        with self.firm.reading() as session:
            (self.instance_id,) = [row.id for row in queries.list_instances(session) if row.process_key == "lifecycle"]
        return self.result(name)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_firm(database_url, clock=clock, data_dir=tmp_path / "data")
    open_demo_firm(engine)
    ready, held = deployable_bundles()
    assert held == {}
    engine.run(DeployProcess(tuple(ready)), SYSTEM)
    yield WholeCase(engine)
    engine.database.dispose()
