"""The places of a volume (卷内位置): what belongs into it, in the statutory order, and who owes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from engine.errors import NotFound

SOURCE = Path(__file__).parent.parent / "rules" / "volume_slots.yaml"
REQUIRED, CONDITIONAL, OPTIONAL = "required", "conditional", "optional"
# Made by the filing itself; no lawyer owes them and they bear no page numbers.
SHEETS = ("cover", "catalogue", "remarks")
# The bound volume and the hand-over receipt (交接单); with the sheets all that lies in no place of its own.
BOOK, RECEIPT = "book", "receipt"
#: the reports of the four-nature tests
REPORTS = "four_natures"
#: documents added after the volume was archived (see ``volume_supplements``)
SUPPLEMENT = "supplement"
MADE = (*SHEETS, RECEIPT, BOOK, REPORTS, SUPPLEMENT)


@dataclass(frozen=True)
class Slot:
    """One place of a volume; ``number`` is the statutory number, a letter after it marks the firm's own addition (14a)."""

    number: str
    key: str
    title: str
    title_en: str
    need: str
    owner: str
    source: str
    blocks: bool
    unless: tuple[str, ...]
    position: int

    def must_be_there(self, close_reason: str) -> bool:
        """Whether nothing excuses its absence, given how the matter closed."""
        return self.blocks and close_reason not in self.unless


@dataclass(frozen=True)
class VolumeKind:
    """A kind of volume: its title and its slots in order; ``statutory`` counts the numbers that the Measures list."""

    key: str
    title: str
    title_en: str
    statutory: int
    slots: tuple[Slot, ...]


@lru_cache(maxsize=1)
def _kinds() -> tuple[dict[str, VolumeKind], dict[str, str]]:
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    kinds = {
        key: VolumeKind(
            key=key,
            title=entry["title"],
            title_en=entry["title_en"],
            statutory=entry["statutory"],
            slots=_slots(entry["slots"]),
        )
        for key, entry in source["volumes"].items()
    }
    return kinds, source["types"]


def _slots(entries: list[dict[str, object]]) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    number, letters = 0, 0
    for entry in entries:
        if "number" in entry:
            number, letters = int(str(entry["number"])), 0
        else:
            letters += 1
        name = f"{number}{chr(ord('a') + letters - 1)}" if letters else str(number)
        slots.append(_slot(entry, name, len(slots)))
    return tuple(slots)


def _slot(entry: dict[str, object], number: str, position: int) -> Slot:
    unless = entry.get("unless", [])
    return Slot(
        number=number,
        key=str(entry["key"]),
        title=str(entry["title"]),
        title_en=str(entry["title_en"]),
        need=str(entry["need"]),
        owner=str(entry["owner"]),
        source=str(entry.get("source", "")),
        blocks=bool(entry.get("blocks", False)),
        unless=tuple(unless) if isinstance(unless, list) else (),
        position=position,
    )


def list_kinds() -> list[VolumeKind]:
    """Every kind of volume."""
    return list(_kinds()[0].values())


def get_kind(matter_type: str) -> VolumeKind:
    """The kind of volume that a matter of this type makes; raises NotFound for an unknown type."""
    kinds, types = _kinds()
    if matter_type not in types:
        raise NotFound(kind="matter type", id=matter_type)
    return kinds[types[matter_type]]


def list_slots(matter_type: str) -> tuple[Slot, ...]:
    """The slots of a matter's volume in order."""
    return get_kind(matter_type).slots


def find_slot(matter_type: str, key: str) -> Slot | None:
    """The slot with this key, or None when the volume has no such place."""
    return next((slot for slot in list_slots(matter_type) if slot.key == key), None)
