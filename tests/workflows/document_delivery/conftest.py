"""The firm with the diagrams of documents for the client, and a running matter with papers in its file."""

from __future__ import annotations

import pytest

from tests.workflows.filing.pdfs import make_pdf
from tests.workflows.service_case import open_service_case
from workflows.records import documents


@pytest.fixture
def case(database_url, clock, tmp_path):
    case = open_service_case(database_url, clock, tmp_path, "document_delivery", "document_request")
    case.begin_matter()

    def add(context):
        given = {"lead_id": case.lead_id, "matter_id": case.matter_id, "media_type": documents.PDF}
        made = documents.add_document(context, kind="evidence", title="买卖合同", content=make_pdf(2), slot="evidence", **given)
        return made.id

    case.paper = case.run(add, "lawyer1")
    yield case
    case.firm.database.dispose()
