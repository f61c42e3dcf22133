"""The firm with the diagram of the intake, and somebody who calls."""

from __future__ import annotations

import pytest

from engine import StartInstance
from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import leads


class IntakeCase(ClientCase):
    """A lead from its first form."""

    def begin(self) -> None:
        self.instance_id = self.firm.run(StartInstance("intake"), self.cast["desk"])

    def do(self, login: str, element_id: str, values: dict) -> None:
        super().do(login, element_id, values)
        self.lead_id = self.lead_id or self.newest().id

    def newest(self) -> leads.Lead:
        with self.firm.reading() as session:
            return leads.list_leads(session)[0]


PROCESSES = ("intake", "intake_emergency", "intake_details", "intake_facts", "intake_assign", "client_merge")


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *PROCESSES)
    case = IntakeCase(engine)
    case.begin()
    yield case
    engine.database.dispose()
