"""Where the archive's paper stands (库位): rooms with racks with boxes, and which volume stands in which box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Actor, Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError, NotAllowed, NotFound, StateRefused
from workflows.records import volumes
from workflows.records.volume_access import visible_to
from workflows.records.volumes import Volume, VolumeRow

ROOM, RACK, BOX = "room", "rack", "box"
KINDS: Mapping[str, str] = {ROOM: "库房", RACK: "架", BOX: "盒"}
INSIDE = {RACK: ROOM, BOX: RACK}  # what stands in what
#: a volume has paper on a shelf from its file number until it is gone
SHELVED = frozenset({volumes.ACCEPTED, volumes.PACKED, volumes.STORED, volumes.ON_LOAN, volumes.APPRAISING, volumes.TO_DESTROY})
KEEPERS = frozenset({"archivist"})
MOST_BOXES = 200  # made at once


class PlaceTaken(JuanzongError):
    """There is already a place “{code}” there."""


class PlaceInUse(JuanzongError):
    """“{name}” is not empty: move what stands in it first."""


class PlaceRow(Base):
    """A room, a rack in it, or a box on that."""

    __tablename__ = "archive_places"
    __table_args__ = (UniqueConstraint("parent_id", "code"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(4))
    parent_id: Mapped[str] = mapped_column(String(32), default="", index=True)  # empty for a room
    code: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VolumePlaceRow(Base):
    """The box in which a volume stands."""

    __tablename__ = "volume_places"
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("archive_places.id"), index=True)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Place:
    """One place; ``path`` names it from its room on; ``volumes`` are counted with what stands deeper."""

    id: str
    kind: str
    parent_id: str
    code: str
    note: str
    path: str
    volumes: int = 0


def add(context: Context, *, kind: str, code: str, parent_id: str = "", note: str = "") -> Place:
    """Set up a room, a rack in a room, or a box on a rack. Raises ``PlaceTaken``."""
    _check_keeper(context.actor)
    code = code.strip()
    if kind not in KINDS or not code:
        raise StateRefused(what="place", old="", new="", reason="a place needs a kind and a name")
    if kind == ROOM:
        parent_id = ""
    elif _get_row(context.session, parent_id).kind != INSIDE[kind]:
        raise StateRefused(what=code, old="", new="", reason="boxes stand on racks and racks in rooms")
    same = select(PlaceRow.id).where(PlaceRow.parent_id == parent_id, PlaceRow.code == code)
    if context.session.scalar(same) is not None:
        raise PlaceTaken(code=code)
    row = PlaceRow(id=new_id(), kind=kind, parent_id=parent_id, code=code[:40], note=note[:200], made_at=context.now)
    context.session.add(row)
    context.session.flush()
    context.audit("place.added", f"place:{row.id}", path=name_path(context.session, row.id))
    return get(context.session, row.id)


def add_boxes(context: Context, *, rack_id: str, first: int, last: int) -> list[Place]:
    """Set up boxes with numbers from … to on a rack; those that are there already stay."""
    if not 1 <= first <= last or last - first >= MOST_BOXES:
        raise StateRefused(what="boxes", old=str(first), new=str(last), reason="from 1 to 200 boxes at once")
    there = set(context.session.scalars(select(PlaceRow.code).where(PlaceRow.parent_id == rack_id)))
    codes = [f"{number:02d}" for number in range(first, last + 1)]
    return [add(context, kind=BOX, code=code, parent_id=rack_id) for code in codes if code not in there]


def remove(context: Context, place_id: str) -> None:
    """Take away an empty place. Raises ``PlaceInUse``."""
    _check_keeper(context.actor)
    row = _get_row(context.session, place_id)
    inside = context.session.scalar(select(func.count(PlaceRow.id)).where(PlaceRow.parent_id == place_id))
    if inside or context.session.scalar(select(VolumePlaceRow.volume_id).where(VolumePlaceRow.place_id == place_id).limit(1)):
        raise PlaceInUse(name=name_path(context.session, place_id))
    context.audit("place.removed", f"place:{place_id}", path=name_path(context.session, place_id))
    context.session.delete(row)
    context.session.flush()


def put(context: Context, volume_id: str, place_id: str) -> str:
    """Put a volume into a box; returns where that is. Raises ``StateRefused`` for a volume without paper here."""
    _check_keeper(context.actor)
    row, volume = _get_row(context.session, place_id), volumes.get_volume(context.session, volume_id)
    if row.kind != BOX:
        raise StateRefused(what=row.code, old="", new="", reason="volumes stand in boxes")
    if volume.state not in SHELVED:
        raise StateRefused(what=volume.title, old=volume.state, new=volume.state, reason="it is not in the archive's keeping")
    path = name_path(context.session, place_id)
    context.session.merge(
        VolumePlaceRow(
            volume_id=volume_id, place_id=place_id, placed_at=context.now, placed_by_name=context.actor.name
        )
    )  # fmt: skip
    stored = context.session.get_one(VolumeRow, volume_id)
    old, stored.location = stored.location, path
    context.session.flush()
    context.audit("volume.placed", f"volume:{volume_id}", place=path, old=old)
    return path


def take_out(context: Context, volume_id: str) -> None:
    """Forget where a volume stood: it is destroyed or handed over."""
    context.session.execute(delete(VolumePlaceRow).where(VolumePlaceRow.volume_id == volume_id))


def find_of(session: Session, volume_id: str) -> Place | None:
    """The box in which a volume stands."""
    row = session.get(VolumePlaceRow, volume_id)
    return get(session, row.place_id) if row else None


def get(session: Session, place_id: str) -> Place:
    """A place by id; raises NotFound."""
    row = _get_row(session, place_id)
    return Place(row.id, row.kind, row.parent_id, row.code, row.note, name_path(session, row.id))


def list_tree(session: Session) -> list[tuple[int, Place]]:
    """Every place with its depth, rooms in the order of their names, each followed by what stands in it."""
    rows = list(session.scalars(select(PlaceRow)))
    counted = select(VolumePlaceRow.place_id, func.count()).group_by(VolumePlaceRow.place_id)
    held = {place: int(count) for place, count in session.execute(counted)}
    children: dict[str, list[PlaceRow]] = {}
    for row in sorted(rows, key=lambda row: (len(row.code) if row.code.isdigit() else 0, row.code)):
        children.setdefault(row.parent_id, []).append(row)
    found: list[tuple[int, Place]] = []

    def walk(parent: str, depth: int, path: str) -> int:
        total = 0
        for row in children.get(parent, []):
            at, here = len(found), f"{path} {label(row.kind, row.code)}".strip()
            found.append((depth, Place(row.id, row.kind, row.parent_id, row.code, row.note, here)))
            inside = held.get(row.id, 0) + walk(row.id, depth + 1, here)
            found[at] = (depth, Place(row.id, row.kind, row.parent_id, row.code, row.note, here, inside))
            total += inside
        return total

    walk("", 0, "")
    return found


def list_volumes(session: Session, place_id: str, viewer: Actor) -> list[Volume]:
    """The volumes in a place, deeper ones too, that somebody may see; by their numbers."""
    places, level = {place_id}, {place_id}
    while level:
        level = set(session.scalars(select(PlaceRow.id).where(PlaceRow.parent_id.in_(level))))
        places |= level
    standing = select(VolumePlaceRow.volume_id).where(VolumePlaceRow.place_id.in_(places))
    query = select(VolumeRow).where(VolumeRow.id.in_(standing), visible_to(session, viewer)).order_by(VolumeRow.file_no)
    return [volumes.get_volume(session, row.id) for row in session.scalars(query)]


def read_code(session: Session, text: str, viewer: Actor) -> Volume | Place | None:
    """What a scanned label or a typed number means: a volume somebody may see, or a place; None for neither."""
    bare = text.strip().rstrip("/").rpartition("/")[2]
    row = session.scalar(
        select(VolumeRow).where((VolumeRow.id == bare) | (VolumeRow.file_no == text.strip()), visible_to(session, viewer))
    )
    if row is not None:
        return volumes.get_volume(session, row.id)
    if session.get(PlaceRow, bare) is not None:
        return get(session, bare)
    wanted = "".join(text.split())
    for _depth, place in list_tree(session) if wanted else []:
        if wanted in ("".join(place.path.split()), "".join(place.path.split()).replace("架", "").replace("盒", "")):
            return place
    return None


def name_path(session: Session, place_id: str) -> str:
    """A place as people say it: 一号库 A架 03盒."""
    parts: list[str] = []
    while place_id:
        row = _get_row(session, place_id)
        parts.insert(0, label(row.kind, row.code))
        place_id = row.parent_id
    return " ".join(parts)


def label(kind: str, code: str) -> str:
    """One step of a path: a room has a name of its own, a rack and a box say what they are."""
    return code if kind == ROOM or code.endswith(KINDS[kind]) else f"{code}{KINDS[kind]}"


def _check_keeper(actor: Actor) -> None:
    if actor.kind != "system" and not actor.roles & KEEPERS:
        raise NotAllowed(reason="only the archivist arranges the store room")


def _get_row(session: Session, place_id: str) -> PlaceRow:
    row = session.get(PlaceRow, place_id)
    if row is None:
        raise NotFound(kind="place", id=place_id)
    return row
