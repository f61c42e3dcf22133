"""A corrective action for whoever finds its cause, plans, approves, does or checks it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from workflows.records import corrections


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The problem, the cause, the actions; empty for what is no corrective action's file."""
    found = corrections.find_correction(session, lead_id)
    if found is None:
        return {}
    late = {each["id"] for each in found.list_late(now.astimezone(FIRM_ZONE).date())}
    return {
        "correction": found,
        "late": late,
        "source": corrections.SOURCES[found.source],
        "kinds": corrections.KINDS,
        "severity": corrections.SEVERITIES[found.severity],
    }
