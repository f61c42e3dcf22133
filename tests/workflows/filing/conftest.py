"""A firm whose matter has just been closed, with the filing diagram deployed."""

from __future__ import annotations

import pytest

from engine import ReceiveMessage
from engine.context import SYSTEM
from tests.workflows.casework import Case
from tests.workflows.signed import open_case, sign_contract
from tests.workflows.small_firm import open_small_firm
from workflows.records import matters


@pytest.fixture
def firm(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path / "data", "filing")
    yield engine
    engine.database.dispose()


class FilingCase(Case):
    """A closed matter on its way to the archive."""

    def open_matter(self, matter_type: str = "civil") -> None:
        self.register(matter_type=matter_type)
        self.matter = open_case(self, sign_contract(self), matter_type)
        self.volume_id = self.matter["volume_id"]

    def close(self) -> None:
        """Close the matter and send the message with which the lifecycle starts the filing."""

        def close(context):
            matters.start_closing(context, self.matter["matter_id"])
            matters.close_matter(context, self.matter["matter_id"])

        self.run(close)
        payload = {
            "matter_id": self.matter["matter_id"], "lead_id": self.lead_id, "volume_id": self.volume_id,
            "lawyer_id": self.cast["lawyer1"].id, "matter_type": "civil", "client_name": "张三", "title": "张三 · 买卖合同纠纷",
        }  # fmt: skip
        (self.instance_id,) = self.firm.run(ReceiveMessage("matter.closed", self.matter["matter_id"], payload), SYSTEM)
        self.settle()


@pytest.fixture
def case(firm):
    made = FilingCase(firm)
    made.open_matter()
    return made
