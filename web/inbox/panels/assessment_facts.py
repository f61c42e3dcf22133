"""What the assessment has found so far: subject, legality, facts and law. The due diligence is never shown here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.i18n import language
from workflows.records import assessments, form_words


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Each part that is written, in the words of its form; empty before the first."""
    facts = assessments.facts(session, lead_id).get("assessment")
    if facts is None:
        return {}
    described = {
        part: form_words.describe(f"assessment/{part}", facts[part], english=language() == "en")
        for part in (assessments.SUBJECT, assessments.LEGALITY, assessments.MERITS)
    }
    return {"assessment": {part: lines for part, lines in described.items() if lines}, "assessed": facts}
