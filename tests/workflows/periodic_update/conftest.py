"""The firm with the diagrams of periodic updates and of their reading, and a signed contract."""

from __future__ import annotations

import pytest

from tests.workflows.casework import Case
from tests.workflows.signed import sign_contract
from tests.workflows.small_firm import open_small_firm


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "periodic_update", "update_reading")
    case = Case(engine)
    case.register()
    case.contract_id = sign_contract(case)
    yield case
    engine.database.dispose()
