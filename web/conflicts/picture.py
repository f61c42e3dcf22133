"""The relations of a check as a picture (SVG) drawn on the server, and the same in sentences for who does not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.records.parties import CLIENT, PAYER, RELATED_CLIENT, Party

WIDTH, HEIGHT, GAP, COLUMN = 176, 44, 14, 262
MOST_HITS = 24
NAME_ROOM, NOTE_ROOM = 12.0, 14.0  # Chinese characters that fit into a box; a Latin letter takes a little over half of one
LATIN = 0.58


@dataclass
class Box:
    """One name in the picture."""

    name: str
    note: str
    look: str  # ours | theirs | other | near | hit-absolute | hit-waivable | hit-review | walled
    column: int
    x: int = 0
    y: int = 0

    @property
    def short(self) -> str:
        """The name as far as it fits."""
        return fit(self.name, NAME_ROOM)

    @property
    def short_note(self) -> str:
        """What stands under the name, as far as it fits."""
        return fit(self.note, NOTE_ROOM)


def fit(text: str, room: float) -> str:
    """A text as far as it fits, with an ellipsis when something is left out."""
    used = 0.0
    for at, letter in enumerate(text):
        used += LATIN if ord(letter) < 0x2E80 else 1.0
        if used > room:
            return text[: max(0, at - 1)] + "…"
    return text


@dataclass
class Line:
    """One relation between two names."""

    start: Box
    end: Box
    words: str

    @property
    def path(self) -> str:
        """The curve from the right edge of one to the left edge of the other; round the side within a column."""
        x1, y1 = self.start.x + WIDTH, self.start.y + HEIGHT // 2
        x2, y2 = self.end.x, self.end.y + HEIGHT // 2
        if self.start.column == self.end.column:
            return f"M{x1} {y1} C{x1 + 40} {y1} {x1 + 40} {y2} {x1} {y2}"
        middle = (x1 + x2) // 2
        return f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"


@dataclass
class Picture:
    """Everything to draw; ``left`` hits do not fit."""

    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    left: int = 0
    width: int = 0
    height: int = 0


def draw(parties: Sequence[Party], affiliates: Sequence[Party], hits: Sequence[dict[str, Any]], words: dict[str, str]) -> Picture:
    """The parties on the left, who is behind them in the middle, what the search found on the right."""
    picture = Picture()
    known: dict[str, Box] = {}
    for party in parties:
        look = "ours" if party.role in (CLIENT, RELATED_CLIENT, PAYER) else "theirs" if "opposing" in party.role else "other"
        known.setdefault(party.name, _add(picture, party.name, words.get(party.role, ""), look, 0))
    for affiliate in affiliates:
        for step, (near, relation, far) in enumerate(affiliate.details.get("path", []), 1):
            ends = [known.get(each) for each in (near, far)]
            for position, name in enumerate((near, far)):
                if ends[position] is None:
                    ends[position] = known[name] = _add(picture, name, "", "near", step)
            _connect(picture, ends[0], ends[1], relation)
    column = max((box.column for box in picture.boxes), default=0) + 1
    alike: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for hit in hits:
        if hit["must_judge"]:
            alike.setdefault((hit["ours"], hit["theirs"], hit["final"] or hit["class"]), []).append(hit)
    for (ours, theirs, final), there in list(alike.items())[:MOST_HITS]:
        first = there[0]
        look = "walled" if first["is_walled"] else f"hit-{(final or 'review').lower()}"
        note = "" if first["is_walled"] else " · ".join(part for part in (first["their_role"], first["place"]) if part)
        box = _add(picture, theirs, f"× {len(there)}" if len(there) > 1 else note, look, column)
        _connect(picture, known.get(ours), box, first["why"])
    picture.left = max(0, len(alike) - MOST_HITS)
    _place(picture)
    return picture


def _add(picture: Picture, name: str, note: str, look: str, column: int) -> Box:
    box = Box(name, note, look, column)
    picture.boxes.append(box)
    return box


def _connect(picture: Picture, one: Box | None, other: Box | None, words: str) -> None:
    if one is None or other is None or one is other:
        return
    start, end = sorted((one, other), key=lambda box: box.column)
    if not any({line.start.name, line.end.name} == {start.name, end.name} and line.words == words for line in picture.lines):
        picture.lines.append(Line(start, end, words))


def _place(picture: Picture) -> None:
    rows: dict[int, int] = {}
    for box in picture.boxes:
        row = rows.get(box.column, 0)
        rows[box.column] = row + 1
        box.x, box.y = 2 + box.column * COLUMN, 2 + row * (HEIGHT + GAP)
    picture.width = max((box.x for box in picture.boxes), default=0) + WIDTH + 46
    picture.height = max((box.y for box in picture.boxes), default=0) + HEIGHT + 4
