"""The documents that the client waits for or was given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import deliveries, documents

SHOWN = 5


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest deliveries with their papers; empty while there is none."""
    found = deliveries.list_deliveries(session, lead_id)[:SHOWN]
    return {"deliveries": [describe(session, each) for each in found]} if found else {}


def describe(session: Session, found: deliveries.Delivery) -> dict[str, Any]:
    """One delivery with the names of its papers."""
    papers = [documents.find_document(session, each) for each in found.document_ids]
    return {
        "row": found,
        "papers": [each for each in papers if each],
        "disclosure": deliveries.CLASS_NAMES.get(found.disclosure, ""),
    }
