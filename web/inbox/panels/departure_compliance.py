"""What is still open with the desk compliance before it may sign a departure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import departure_items, departures

DESK = "compliance"


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The desk's open items, and who has signed already."""
    departure = departures.find_departure(session, lead_id)
    if departure is None:
        return {}
    found = departure_items.list_items(session, departure, desk=DESK)
    return {"departure": departure, "items": found, "desk": departure_items.DESKS[DESK], "desks": departure_items.DESKS}
