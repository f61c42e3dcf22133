"""The compliance year for the partner who signs it: each item with its basis, who did it, when, and the proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import compliance_years, documents


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The items and their proofs; empty for what is no compliance year's file."""
    year = compliance_years.find_file(session, lead_id)
    if year is None:
        return {}
    files = {document.id: document for document in documents.list_documents(session, year.id)}
    return {"year": year, "items": compliance_years.list_items(session, year.id), "files": files}
