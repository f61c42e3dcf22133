"""The firm with the diagram of the assessment, and a lead that passed the conflict check."""

from __future__ import annotations

import pytest

from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm

PROCESSES = ("assessment", "assessment_reviews", "due_diligence", "list_screening", "list_import")


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, *PROCESSES)
    case = ClientCase(engine)
    case.register()
    case.start("assessment")
    yield case
    engine.database.dispose()
