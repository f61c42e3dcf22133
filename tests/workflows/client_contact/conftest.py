"""The firm with every diagram of the talk with the client, and a running matter."""

from __future__ import annotations

import pytest

from tests.workflows.service_case import open_service_case

NAMES = (
    "periodic_update", "update_reading", "client_contact", "client_question", "contact_watch", "confirmation_offer",
    "confirmation", "confirmation_refusal", "document_request", "document_delivery",
)  # fmt: skip


@pytest.fixture
def case(database_url, clock, tmp_path):
    case = open_service_case(database_url, clock, tmp_path, *NAMES)
    case.begin_matter()
    yield case
    case.firm.database.dispose()
