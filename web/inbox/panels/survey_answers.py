"""What the client answered, for whoever calls; the matter's lawyers never come here (the task excludes them)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import leads, surveys


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The scores, the lowest marked, the client's words and how to reach them; empty before the answer."""
    survey = surveys.find_survey(session, lead_id)
    if survey is None or survey.state != surveys.ANSWERED:
        return {}
    lead = leads.get_lead(session, lead_id)
    return {
        "survey": surveys.facts(session, lead_id)["survey"],
        "lowest": str(survey.lowest),
        "may_contact": bool(survey.answers.get("may_contact")),
        "client_name": lead.client_name,
        "client_phone": str(lead.client.get("phone") or lead.reception.get("phone") or ""),
    }
