"""The firm with the monitor running, and a case that was cleared."""

from __future__ import annotations

import pytest

from tests.workflows.conflict_check.conftest import ConflictCase
from tests.workflows.small_firm import open_small_firm
from workflows.standing import start_standing


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "conflict_check", "conflict_recheck", "conflict_monitor")
    assert (start_standing(engine), start_standing(engine)) == (1, 0)
    case = ConflictCase(engine)
    case.settle()
    yield case
    engine.database.dispose()


@pytest.fixture
def cleared(case):
    case.screen()
    case.check()
    case.declare()
    assert case.record().state == "CLEAR"
    return case
