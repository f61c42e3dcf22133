"""The store room from its pages: places set up and taken away, volumes put into boxes."""

from __future__ import annotations

from engine import Context, Operation
from workflows.records import places


def add(context: Context, *, kind: str, code: str, parent_id: str = "", note: str = "") -> dict[str, str]:
    """Set up a place; gives its id."""
    return {"place_id": places.add(context, kind=kind, code=code, parent_id=parent_id, note=note).id}


def add_boxes(context: Context, *, rack_id: str, first: int, last: int) -> dict[str, int]:
    """Set up numbered boxes on a rack; gives how many are new."""
    return {"added": len(places.add_boxes(context, rack_id=rack_id, first=first, last=last))}


def remove(context: Context, *, place_id: str) -> None:
    """Take an empty place away."""
    places.remove(context, place_id)


def put(context: Context, *, volume_id: str, place_id: str) -> dict[str, str]:
    """Put a volume into a box; gives the way there."""
    return {"place": places.put(context, volume_id, place_id)}


HANDLERS = (
    Operation("places.add", add, "设置库位"),
    Operation("places.add_boxes", add_boxes, "批量设置档案盒"),
    Operation("places.remove", remove, "撤销库位"),
    Operation("places.put", put, "案卷上架"),
)
