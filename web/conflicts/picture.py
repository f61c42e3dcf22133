"""The relations of a check as a picture (SVG) drawn on the server, and the same in sentences for who does not see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.records.parties import CLIENT, PAYER, RELATED_CLIENT, Party

WIDTH, HEIGHT, GAP, COLUMN = 176, 44, 14, 262
MOST_HITS = 24
SHORT = 12


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
        return self.name if len(self.name) <= SHORT else self.name[: SHORT - 1] + "…"


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
    shown = [hit for hit in hits if hit["must_judge"]]
    column = max((box.column for box in picture.boxes), default=0) + 1
    for hit in shown[:MOST_HITS]:
        look = "walled" if hit["is_walled"] else f"hit-{(hit['final'] or hit['class'] or 'review').lower()}"
        note = (
            ""
            if hit["is_walled"]
            else " · ".join(part for part in (hit["their_status"], hit["their_role"], hit["place"]) if part)
        )
        _connect(picture, known.get(hit["ours"]), _add(picture, hit["theirs"], note, look, column), hit["why"])
    picture.left = max(0, len(shown) - MOST_HITS)
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
