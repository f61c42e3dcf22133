"""The quarter's figures for the partners' meeting: no client, no group that is too small."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import survey_reviews


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The review; empty for what is no review's file."""
    review = survey_reviews.find_review(session, lead_id)
    return {"review": review, "figures": review.figures} if review else {}
