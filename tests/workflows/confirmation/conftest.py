"""The firm with the diagrams of confirmations and acts, and a running matter under a contract without special powers."""

from __future__ import annotations

import pytest

from tests.workflows.service_case import open_service_case


@pytest.fixture
def case(database_url, clock, tmp_path):
    case = open_service_case(database_url, clock, tmp_path, "confirmation", "confirmation_refusal", "confirmation_request", "key_act")
    case.begin_matter()
    yield case
    case.firm.database.dispose()
