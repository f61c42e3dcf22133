"""The application and the summary of the work, for whoever reviews, settles or delivers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import closings, documents


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The closing in words, the results' documents and the client's objections; empty before the summary is written."""
    closing = closings.find_closing(session, lead_id)
    if closing is None or not closing.summary:
        return {}
    papers = [documents.find_latest(session, lead_id, kind) for kind in ("closing_summary", "closing_statement")]
    return {
        "closing": closings.facts(session, lead_id)["closing"],
        "papers": [paper for paper in papers if paper],
        "returns": closing.returns,
    }
