"""What the pages of joining and leaving show, each reader only of the cases that are open to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from workflows.records import departure_items, departure_matters, departures, documents, joinings, matters, people
from workflows.records.departures import Departure


def list_departures(session: Session, viewer: Actor) -> list[dict[str, Any]]:
    """Those under way first, each with how much is open and who has signed."""
    found = [each for each in departures.list_departures(session) if departures.may_read(each, viewer)]
    found.sort(key=lambda each: not each.is_open)  # stable: each half stays newest first
    rows = []
    for each in found:
        items = departure_items.list_items(session, each) if each.is_open else []
        rows.append({"departure": each, "open": len(items), "signed": len(each.signs)})
    return rows


def list_joinings(session: Session, viewer: Actor) -> list[joinings.Joining]:
    """The candidates, for those who watch; those under way first."""
    if not viewer.roles & joinings.WATCH:
        return []
    return sorted(joinings.list_joinings(session), key=lambda each: not each.is_open)


def list_hits(found: joinings.Joining, viewer: Actor) -> list[dict[str, Any]]:
    """What the search found: cases are not for the administrator (processes.md 0.1)."""
    return found.hits if viewer.roles & {"compliance", "director"} else []


def read_departure(session: Session, found: Departure, viewer: Actor) -> dict[str, Any]:
    """One departure: its matters, what is open by desk, the signatures, the papers."""
    rows = [_matter(session, found, each, viewer) for each in departure_matters.list_matters(session, found.id)]
    items = departure_items.list_items(session, found) if found.is_open else []
    readable = {row["matter"].lead_id for row in rows if row["readable"]}
    sees_all = bool(viewer.roles & matters.SEE_ALL) or viewer.id == found.person_id
    desks = [
        {
            "name": name, "sign": found.signs.get(desk), "count": sum(item.desk == desk for item in items),
            "items": [item for item in items if item.desk == desk and (not item.lead_id or sees_all or item.lead_id in readable)],
        }
        for desk, name in departure_items.DESKS.items()
    ]  # fmt: skip
    may_record = found.state == departures.CLEARING and bool(viewer.roles & {"partner", "director", "compliance"})
    return {
        "row": found, "matters": rows, "desks": desks, "choices": departure_matters.CHOICES, "may_record": may_record,
        "papers": documents.list_documents(session, found.id, kind="departure_certificate"),
        "deputy": people.find_name(session, found.deputy_id or "") or "",
    }  # fmt: skip


def _matter(session: Session, found: Departure, each: departure_matters.DepartureMatter, viewer: Actor) -> dict[str, Any]:
    matter = matters.get_matter(session, each.matter_id)
    return {
        "id": each.id, "matter": matter, "choice": each.choice, "said": departure_items.say_choice(each), "note": each.note,
        "settled": departure_matters.is_settled(session, each, found.person_id),
        "readable": matters.may_see(session, matter, viewer),
        "successor": people.find_name(session, each.successor_id or "") or "",
    }  # fmt: skip
