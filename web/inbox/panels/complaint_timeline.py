"""What happened in the case a complaint is about, made from its log, updates and documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import complaint_facts, complaints


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The entries, oldest first."""
    complaint = complaints.find_complaint(session, lead_id)
    if complaint is None:
        return {}
    return {"entries": complaint_facts.list_timeline(session, complaint.case_lead_id), "received_at": complaint.received_at}
