"""The fees of a matter at its end: what was agreed, paid, invoiced, and what is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import closings, fee_facts


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The fee list and the settlement; without fee items only that there are none."""
    closing = closings.find_closing(session, lead_id)
    if closing is None:
        return {}
    settlement = closings.facts(session, lead_id)["closing"]["settlement"]
    return {"asked": True, "fees": fee_facts.facts(session, lead_id).get("fees"), "settlement": settlement}
