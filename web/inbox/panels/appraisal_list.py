"""The volumes of an appraisal for whoever looks, speaks, decides or destroys: what each is, and what was said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.i18n import translate as _
from workflows.records import appraisals, destructions


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The list; empty for what is no appraisal's file."""
    found = appraisals.find_appraisal(session, lead_id)
    if found is None:
        return {}
    conditions = {
        "good": _("Good"),
        "worn": _("Worn"),
        "damaged": _("Damaged"),
        "incomplete": _("Incomplete"),
        "electronic": _("Electronic only"),
    }
    roles = {"lawyer": _("Lawyer"), "compliance": _("Compliance"), "finance": _("Finance")}
    return {
        "appraisal": found,
        "items": [item for item in appraisals.list_items(session, lead_id) if item.state != appraisals.DROPPED],
        "dropped": appraisals.list_items(session, lead_id, appraisals.DROPPED),
        "decisions": appraisals.DECISIONS,
        "conditions": conditions,
        "roles": roles,
        "destruction": destructions.find_destruction(session, lead_id),
    }
