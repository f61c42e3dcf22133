"""The firm with the diagrams of urgent work, and a lead whose period is about to end."""

from __future__ import annotations

import pytest

from engine import ReceiveMessage
from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import contracts, urgent_permits


class UrgentCase(ClientCase):
    """A lead that cannot wait, begun by the message of the intake."""

    def begin(self, **outline) -> None:
        self.register(state="SCREENING", **outline)
        payload = {"lead_id": self.lead_id, "lawyer_id": self.cast["lawyer1"].id, "client_name": "张三", "title": "张三 · 紧急"}
        (self.instance_id,) = self.firm.run(ReceiveMessage("lead.urgent", self.lead_id, payload), self.cast["lawyer1"])
        self.settle()

    def permit(self) -> urgent_permits.UrgentPermit:
        with self.firm.reading() as session:
            found = urgent_permits.find_permit(session, self.lead_id)
        assert found is not None
        return found

    def may_serve(self) -> bool:
        with self.firm.reading() as session:
            return urgent_permits.may_serve(session, self.lead_id, self.firm.clock.now())

    def sign_contract(self) -> None:
        """The engagement contract is signed meanwhile."""

        def write(context) -> None:
            contract = contracts.draft_contract(context, lead_id=self.lead_id, terms={})
            context.session.get_one(contracts.ContractRow, contract.id).state = contracts.SIGNED

        self.run(write)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "urgent_alarm", "urgent_start", "urgent_work")
    yield UrgentCase(engine)
    engine.database.dispose()
