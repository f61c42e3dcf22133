"""Every client's consent to the waiver of this case's conflict, and what the firm said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.i18n import language
from workflows.records import conflicts, consent_words, waiver_consents


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The consents asked for the newest check of the case; empty without any."""
    check = conflicts.find_check(session, lead_id)
    found = waiver_consents.list_consents(session, check_id=check.id) if check else []
    english = language() == "en"
    return {"consents": [consent_words.describe(session, each, english=english) for each in found]} if found else {}
