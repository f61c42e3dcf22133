"""Evidence panel: the figures of the year, with their signature and the report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import archive_statistics, archive_works
from workflows.records.survey_reviews import TYPE_NAMES


def read_task(session: Session, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The figures of the year, with their signature and the report."""
    work = archive_works.get(session, data["work_id"])
    rows = list(archive_statistics.lines(work.data["figures"], lambda kind: TYPE_NAMES.get(kind, kind)))
    return {"work": work, "rows": rows}
