"""A complaint for whoever handles, investigates or decides it; the respondent's task shows ``complaint_points`` instead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import complaint_facts, complaints


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Who complains of whom, about what, wanting what, and until when; empty for what is no complaint's file."""
    complaint = complaints.find_complaint(session, lead_id)
    if complaint is None:
        return {}
    return {"complaint": complaint_facts.describe(session, complaint), "row": complaint, "now": now}
