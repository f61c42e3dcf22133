"""The updates that the client has had on this matter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import matters, updates

SHOWN = 5


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest updates and the whole days since the last one; empty before the matter is opened."""
    matter = matters.find_matter_by_lead(session, lead_id)
    if matter is None:
        return {}
    found = updates.list_updates(session, matter.id, limit=SHOWN)
    return {"matter": matter, "updates": found, "days": (now - found[0].written_at).days if found else None}
