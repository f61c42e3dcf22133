"""What is still open in a matter that is to be closed (guard G5), and why each item stands in the way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import closings, matters, open_items


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The list of the last check with the lawyer's word on each; before the application what a check would find now."""
    if matters.find_matter_by_lead(session, lead_id) is None:
        return {}
    closing = closings.find_closing(session, lead_id)
    if closing is None or closing.state in (closings.RETURNED, closings.WITHDRAWN):
        return {"checked": True, "items": [item.to_json() for item in open_items.list_open_items(session, lead_id, now)]}
    plans = {row["item"]: row["plan"] for row in closing.summary.get("open_items") or []}
    return {
        "checked": True,
        "items": [{**item, "plan": plans.get(item["title"], "")} for item in closing.open_items],
        "override_reason": closing.override_reason,
    }
