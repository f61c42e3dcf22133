"""What an integrity patrol found: the packages that were not whole, what is wrong with them, and whether that was repaired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import patrols


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The patrol and its findings."""
    patrol = patrols.get_patrol(session, str(data["patrol_id"]))
    return {"patrol": patrol, "found": patrols.list_found(session, patrol.id)}
