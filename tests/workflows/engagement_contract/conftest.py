"""The firm with the contract's diagram; the conflict check it calls gives the answer that a test puts into the data."""

from __future__ import annotations

import pytest

from tests.workflows.casework import Case
from tests.workflows.small_firm import open_small_firm


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "engagement_contract", "contract_signing", "contract_conflicts")
    case = Case(engine)
    case.register()
    yield case
    engine.database.dispose()
