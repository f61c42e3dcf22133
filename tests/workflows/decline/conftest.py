"""The firm with the diagram of declining, and a lead that will not become a matter."""

from __future__ import annotations

import pytest

from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm


class DeclineCase(ClientCase):
    """A lead that is declined for some reason."""

    def begin(self, reason: str = "not_accepted", kind: str = "polite", state: str = "NEGOTIATE", **outline) -> None:
        self.register(state=state, **outline)
        self.start("decline", decline_reason=reason, decline_kind=kind)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "decline", "originals_receipt", "purge_declined")
    yield DeclineCase(engine)
    engine.database.dispose()
