"""The comparison of options that is being worked on, and what the clients answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import option_facts, option_tables


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The newest comparison of the case; empty while there is none."""
    tables = option_tables.list_tables(session, lead_id)
    if not tables:
        return {}
    table = tables[0]
    return {
        "table": table,
        "choice": option_facts.letter_facts(table)["choice"],
        "answers": [each for each in option_tables.list_answers(session, table.id) if each.answered_at],
    }
