"""What the investigator found, or how the complaint was settled at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import complaint_facts, complaints


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The complaint with its steps; empty for what is no complaint's file."""
    complaint = complaints.find_complaint(session, lead_id)
    return {"complaint": complaint_facts.describe(session, complaint), "steps": complaint.steps} if complaint else {}
