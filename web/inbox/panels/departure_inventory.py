"""The inventory of somebody who leaves or is away: matters, deadlines that end soon, volumes, money, things, by desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import departure_items, departure_matters, departures, matters, people


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """Everything open, and each matter with what the client chose; empty for what is no departure's file."""
    departure = departures.find_departure(session, lead_id)
    if departure is None:
        return {}
    rows = []
    for each in departure_matters.list_matters(session, departure.id):
        matter = matters.get_matter(session, each.matter_id)
        rows.append({
            "matter": matter, "said": departure_items.say_choice(each),
            "settled": departure_matters.is_settled(session, each, departure.person_id),
            "successor": people.find_name(session, each.successor_id or "") or "",
        })  # fmt: skip
    items = departure_items.list_items(session, departure)
    return {
        "departure": departure, "rows": rows, "deadlines": departure_items.list_near_deadlines(session, departure, now),
        "items": [item for item in items if item.kind not in (departure_items.MATTER, departure_items.DEADLINE)],
        "words": departures, "desks": departure_items.DESKS,
    }  # fmt: skip
