"""The firm with the diagram of the talks, and a lead that may be accepted."""

from __future__ import annotations

import pytest

from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "expectations")
    case = ClientCase(engine)
    case.register(state="NEGOTIATE")
    case.start("expectations")
    yield case
    engine.database.dispose()
