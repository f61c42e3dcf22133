"""Evidence panel: the store room's limits, this month's check, and what was done about defects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from workflows.records import archive_works, storage_checks


def read_task(session: Session, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The store room's limits, this month's check, and what was done about defects."""
    work = archive_works.get(session, data["work_id"])
    return {"work": work, "limits": storage_checks.read_limits(now.astimezone(FIRM_ZONE).date())}
