"""The structure of a letter after its text is filled in: what Word, PDF and the review panels are made from alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Heading:
    """A heading of a part (level 1) or a section (level 2)."""

    block: ClassVar[str] = "heading"
    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; the first line is indented by two characters unless told otherwise."""

    block: ClassVar[str] = "paragraph"
    text: str
    align: str = "justify"  # left | center | right | justify
    indent: bool = True
    bold: bool = False


@dataclass(frozen=True)
class Clause:
    """One clause of a contract; ``number`` counts from 1 over the letter (第一条)."""

    block: ClassVar[str] = "clause"
    id: str
    number: int
    title: str
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemList:
    """A list, with dots or numbered."""

    block: ClassVar[str] = "list"
    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Fields:
    """A form: pairs of label and value in a ruled table, one or two pairs in a row."""

    block: ClassVar[str] = "fields"
    pairs: tuple[tuple[str, str], ...]
    columns: int = 1


@dataclass(frozen=True)
class Table:
    """A ruled table; ``widths`` are shares of the line."""

    block: ClassVar[str] = "table"
    titles: tuple[str, ...]
    widths: tuple[float, ...]
    aligns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "无"


@dataclass(frozen=True)
class Party:
    """One who signs: the role, the name, and the lines left to fill in."""

    role: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """Where the parties sign, side by side, never split over two pages."""

    block: ClassVar[str] = "signature"
    parties: tuple[Party, ...]
    date: str = ""


@dataclass(frozen=True)
class Spacer:
    """Empty lines, or with ``page_break`` the start of a new page."""

    block: ClassVar[str] = "spacer"
    lines: int = 1
    page_break: bool = False


Block = Heading | Paragraph | Clause | ItemList | Fields | Table | Signature | Spacer


@dataclass(frozen=True)
class Letter:
    """A letter ready to be set: every text is final."""

    template: str
    version: str
    kind: str
    slot: str | None
    title: str
    title_en: str
    number: str
    footnote: str
    letterhead: tuple[str, ...]
    series: bool
    blocks: tuple[Block, ...]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The numbered clauses in order."""
        return tuple(block for block in self.blocks if isinstance(block, Clause))

    def to_json(self) -> dict[str, Any]:
        """The letter as plain JSON; each block names its sort under ``block``."""
        plain = asdict(self)
        plain["blocks"] = [{"block": block.block, **asdict(block)} for block in self.blocks]
        return plain


_BLOCKS: dict[str, type[Any]] = {
    kind.block: kind for kind in (Heading, Paragraph, Clause, ItemList, Fields, Table, Signature, Spacer)
}


def read_letter(plain: dict[str, Any]) -> Letter:
    """The letter that ``to_json`` wrote."""
    values = dict(plain)
    values["blocks"] = tuple(_read_block(block) for block in plain["blocks"])
    values["letterhead"] = tuple(plain["letterhead"])
    return Letter(**values)


def _read_block(plain: dict[str, Any]) -> Block:
    values = {name: _freeze(value) for name, value in plain.items() if name != "block"}
    if plain["block"] == Signature.block:
        values["parties"] = tuple(
            Party(party["role"], party["name"], tuple(party["lines"])) for party in plain["parties"]
        )
    block: Block = _BLOCKS[plain["block"]](**values)
    return block


def _freeze(value: Any) -> Any:
    return tuple(_freeze(item) for item in value) if isinstance(value, list) else value
