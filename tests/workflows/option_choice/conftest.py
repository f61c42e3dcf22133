"""The firm with the diagrams of options, and a running matter."""

from __future__ import annotations

import pytest

from tests.workflows.service_case import open_service_case


@pytest.fixture
def case(database_url, clock, tmp_path):
    case = open_service_case(database_url, clock, tmp_path, "option_choice", "option_answer")
    case.begin_matter()
    yield case
    case.firm.database.dispose()
