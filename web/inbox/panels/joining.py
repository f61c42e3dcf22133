"""A candidate: what they declared, what the search found, what compliance decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import joining_search, joinings


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The declaration and the hits; empty for what is no candidate's file."""
    found = joinings.find_joining(session, lead_id)
    if found is None:
        return {}
    return {"joining": found, "kinds": joining_search.KIND_NAMES, "sides": joining_search.SIDES, "words": joinings}
