"""The documents of the volume: what is in each place, what is missing, and who owes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import documents, volume_checks, volume_contents, volume_slots, volumes


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The places of the case's volume, its sheets and the last check that found something; empty before it is opened."""
    volume = volumes.find_volume_by_lead(session, lead_id)
    if volume is None:
        return {}
    states = volume_contents.slot_view(session, volume.id)
    failed = next((check for check in volume_checks.list_checks(session, volume.id) if not check.passed), None)
    latest = {document.slot: document for document in documents.list_documents(session, lead_id)}
    return {
        "volume": volume,
        "volume_states": states,
        "volume_missing": [state for state in states if state.is_missing],
        "volume_sheets": [latest[name] for name in volume_slots.SHEETS if name in latest],
        "volume_defects": failed.defects if failed and volume.state in volumes.OPEN else [],
        "volume_days": (volume.due_at - now).days if volume.due_at and volume.state in volumes.OPEN else None,
    }
