"""What a proposed holiday table changes: the days on which offices would work or not, other than now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web import deadline_words
from workflows.records import holidays, people


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The table and how it differs; empty for a task of no table."""
    if not data.get("table_id"):
        return {}
    table = holidays.get_table(session, str(data["table_id"]))
    return {
        "table": table,
        "changes": holidays.compare(session, table),
        "proposer": people.find_name(session, table.proposed_by) or "",
        **deadline_words.names(),
    }
