"""How busy each lawyer is, and whom a wall keeps away: what to know before a lead is given to somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import lawyer_loads, leads


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Every lawyer with open leads and running matters, the least busy first."""
    if session.get(leads.Lead, lead_id) is None:
        return {}
    return {"lawyer_loads": lawyer_loads.list_loads(session, lead_id)}
