"""What a respondent needs to answer a complaint: what is said, not who said it when that is not wanted, nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import complaint_facts, complaints


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The points of a complaint."""
    complaint = complaints.find_complaint(session, lead_id)
    if complaint is None:
        return {}
    shown = complaint_facts.describe(session, complaint)
    keys = ("no", "matter_no", "matter_title", "kind_names", "facts", "claim")
    return {"complaint": {key: shown[key] for key in keys} | {"name": "" if shown["anonymous"] else shown["name"]}}
