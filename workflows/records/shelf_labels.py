"""Labels for volumes and boxes (标签): a QR code that opens what it names, on sheets of self-adhesive labels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import segno

from workflows.records.letter_pdf import render_layout
from workflows.records.yaml_source import read_yaml

RULES = Path(__file__).parent.parent / "rules" / "label_papers.yaml"


@dataclass(frozen=True)
class Paper:
    """A sheet of labels, all in millimetres."""

    key: str
    name: str
    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    across: float
    down: float

    @property
    def count(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows


@dataclass(frozen=True)
class Label:
    """One label: what its code opens, its number in large type, and two lines below."""

    address: str
    number: str
    line: str = ""
    second: str = ""


@lru_cache(maxsize=1)
def list_papers() -> dict[str, Paper]:
    """The label papers that offices buy, by key."""
    return {each["key"]: Paper(**each) for each in read_yaml(RULES)["papers"]}


def to_pdf(labels: Sequence[Label], paper: Paper, *, at: datetime, fonts: Path | None, first: int = 1) -> bytes:
    """Sheets of labels; ``first`` is the place on the first sheet where they begin, when some of it is used already."""
    sheet = {
        **{name: getattr(paper, name) for name in Paper.__dataclass_fields__},
        "skip": max(0, min(first, paper.count) - 1),
        "labels": [
            {"svg": _draw(label.address), "number": label.number, "lines": [label.line, label.second]} for label in labels
        ],
    }
    return render_layout("shelf_labels.typ", {"sheet": sheet}, fonts, at=at)


def _draw(address: str) -> str:
    out = io.BytesIO()
    # M keeps its sense with a seventh of it worn away, as on the back of a folder
    segno.make_qr(address, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True)
    return out.getvalue().decode()
