"""What was asked and said so far of a change of the engagement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from workflows.records import changes
from workflows.records.rule_packs import get_rule

NEAR = 60


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest change of the case with its steps; deadlines that a withdrawal would touch."""
    found = changes.list_changes(session, lead_id)
    if not found:
        return {}
    today = now.astimezone(FIRM_ZONE).date()
    change, facts = found[0], changes.facts(session, lead_id)["change"]
    block = int(get_rule("changes", "hearing_block_days", today).value)
    return {
        "change": change,
        "facts": facts,
        "near": changes.list_near(session, lead_id, today, NEAR),
        "blocked_by": changes.list_near(session, lead_id, today, block) if change.kind == changes.WITHDRAW else [],
        "block_days": block,
    }
