"""What the conflict search found: each hit with why, against whom, its class and article, and what was judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web import auth
from web.i18n import language
from workflows.records import conflict_facts, conflicts


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The hits of the newest check, those that need a judgement first; empty before the first search."""
    check = conflicts.find_check(session, lead_id)
    if check is None or check.searched_at is None:
        return {}
    described = conflict_facts.describe_check(session, check, viewer=auth.current_actor(), english=language() == "en")
    return {
        "conflict": described,
        "conflict_serious": [hit for hit in described["hits"] if hit["must_judge"]],
        "conflict_notes": [hit for hit in described["hits"] if not hit["must_judge"]],
    }
