"""What the lawyers of the team declared about themselves and their relatives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.i18n import language
from workflows.records import conflict_facts, conflicts


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The declarations of the newest check, who of the team has not declared, and what was asked; empty before any check."""
    check = conflicts.find_check(session, lead_id)
    if check is None:
        return {}
    english = language() == "en"
    declared = {each["by"] for each in check.declarations}
    return {
        "declaring_check": check,
        "declared": [conflict_facts.describe_declaration(each, english=english) for each in check.declarations],
        "undeclared": conflict_facts.name_people(session, [each for each in check.team if each not in declared]),
        "conflict_questions": check.questions,
    }
