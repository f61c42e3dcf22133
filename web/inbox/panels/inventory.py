"""Evidence panel: what should stand where, what two people found, and what differs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import archive_works, inventories


def read_task(session: Session, data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What should stand where, what two people found, and what differs."""
    work = archive_works.get(session, data["work_id"])
    places: dict[str, int] = {}
    for row in work.data.get("expected", []):
        places[row["place"]] = places.get(row["place"], 0) + 1
    return {"work": work, "figures": inventories.summarise(work), "racks": places}
