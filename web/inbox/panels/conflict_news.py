"""What came up since a case was cleared: the new hits of the newest comparison, beside each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from web import auth
from web.i18n import language
from workflows.records import conflict_facts, conflict_rechecks
from workflows.records.conflict_words import word


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The new hits that need a person; empty when there are none."""
    recheck = conflict_rechecks.find_open(session, lead_id)
    if recheck is None:
        return {}
    english, on = language() == "en", now.astimezone(FIRM_ZONE).date()
    described = conflict_facts.describe_news(session, recheck, on, viewer=auth.current_actor(), english=english)
    return {"news_cause": word("trigger", recheck.cause, english=english), "news": described}
