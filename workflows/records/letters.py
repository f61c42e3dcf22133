"""Letters of the firm: one structured YAML source, filled in with a case's facts, set as Word and as PDF/A."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from workflows.records.firm import read_firm
from workflows.records.letter_models import (
    Block,
    Clause,
    Fields,
    Heading,
    ItemList,
    Letter,
    Paragraph,
    Party,
    Signature,
    Spacer,
    Table,
)
from workflows.records.letter_text import LetterBroken, Text
from workflows.records.yaml_source import read_yaml

FOLDER = Path(__file__).parent.parent / "letters"
HEAD = frozenset(
    {"title", "title_en", "version", "kind", "slot", "number", "letterhead", "footnote", "series", "blocks"}
)

ALIGNMENTS = frozenset({"left", "center", "right", "justify"})
SIGNING_LINES = ("签字（盖章）：", "日期：")

# The options each sort of block takes beside its own key; ``when`` and ``for`` go with every block.
OPTIONS: dict[str, frozenset[str]] = {
    "heading": frozenset({"level"}),
    "paragraph": frozenset({"align", "indent", "bold"}),
    "clause": frozenset(),
    "list": frozenset({"numbered", "item"}),
    "fields": frozenset({"columns"}),
    "table": frozenset(),
    "signature": frozenset(),
    "spacer": frozenset(),
    "page_break": frozenset(),
}
COMMON = frozenset({"when", "for"})


def list_templates(folder: Path = FOLDER) -> list[str]:
    """The names of all letters of a folder."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


@lru_cache(maxsize=128)
def load_template(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """The checked source of a letter; raises LetterBroken with what is wrong and where."""
    path = folder / f"{name}.yaml"
    if not path.is_file() or path.parent != folder:
        raise LetterBroken(letter=name, reason="there is no such letter")
    try:
        source = read_yaml(path)
    except yaml.YAMLError as error:
        raise LetterBroken(letter=name, reason=str(error)) from error
    if not isinstance(source, dict) or not isinstance(source.get("blocks"), list):
        raise LetterBroken(letter=name, reason="it has no list of blocks")
    unknown = ", ".join(sorted(map(str, set(source) - HEAD)))
    missing = ", ".join(key for key in ("title", "title_en", "version", "kind") if not source.get(key))
    if unknown or missing:
        raise LetterBroken(letter=name, reason=f"missing: {missing or '-'}; unknown: {unknown or '-'}")
    for index, block in enumerate(source["blocks"], 1):
        _block_kind(name, index, block)
    return source


def compose(name: str, facts: Mapping[str, Any], folder: Path = FOLDER) -> Letter:
    """Fill in a letter with the facts of a case; raises LetterIncomplete when one is missing."""
    source = load_template(name, folder)
    text = Text(name, facts)
    blocks: list[Block] = []
    for index, block in enumerate(source["blocks"], 1):
        kind = _block_kind(name, index, block)
        for more in _repeats(text, block):
            if "when" in block and not text.value(str(block["when"]), **more):
                continue
            built = _BUILDERS[kind](text, block, more)
            if isinstance(built, Clause):
                number = 1 + sum(isinstance(before, Clause) for before in blocks)
                built = Clause(built.id, number, built.title, built.text, built.items)
            blocks.append(built)
    firm = read_firm()
    letterhead = (firm["name"], firm["english_name"], f"{firm['address']}　电话 {firm['phone']}")
    return Letter(
        template=name,
        version=str(source["version"]),
        kind=str(source["kind"]),
        slot=source.get("slot"),
        title=text.fill(source["title"]),
        title_en=str(source["title_en"]),
        number=text.fill(source.get("number", "")),
        footnote=text.fill(source.get("footnote", "")),
        letterhead=letterhead if source.get("letterhead", True) else (),
        series=bool(source.get("series", False)),
        blocks=tuple(blocks),
    )


def _block_kind(name: str, index: int, block: Any) -> str:
    kinds = [key for key in OPTIONS if isinstance(block, dict) and key in block]
    if len(kinds) != 1:
        raise LetterBroken(letter=name, reason=f"block {index} must be exactly one of {', '.join(OPTIONS)}")
    unknown = set(block) - {kinds[0]} - OPTIONS[kinds[0]] - COMMON
    if unknown:
        raise LetterBroken(letter=name, reason=f"block {index} ({kinds[0]}) does not take {', '.join(sorted(unknown))}")
    if block.get("align", "left") not in ALIGNMENTS:
        raise LetterBroken(letter=name, reason=f"block {index}: align must be one of {', '.join(sorted(ALIGNMENTS))}")
    return kinds[0]


def _repeats(text: Text, block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The extra names of each repetition of a block; one empty set without ``for``."""
    if "for" not in block:
        return [{}]
    variable, separator, expression = str(block["for"]).partition(" in ")
    if not separator or not variable.strip().isidentifier():
        raise LetterBroken(letter=text.letter, reason=f"for: {block['for']} is not “name in expression”")
    items = text.value(expression) or []
    return [{variable.strip(): item, "number": index} for index, item in enumerate(items, 1)]


def _heading(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    return Heading(text.fill(block["heading"], **more), int(block.get("level", 1)))


def _paragraph(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    align = block.get("align", "justify")
    return Paragraph(
        text.fill(block["paragraph"], **more),
        align,
        bool(block.get("indent", align == "justify")),
        bool(block.get("bold", False)),
    )


def _clause(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    clause = block["clause"]
    if not isinstance(clause, dict) or set(clause) - {"id", "title", "text", "items"} or "id" not in clause:
        raise LetterBroken(letter=text.letter, reason="a clause takes id, title, text and items")
    return Clause(
        id=text.fill(clause["id"], **more),
        number=0,  # counted when the clause is placed
        title=text.fill(clause.get("title", ""), **more),
        text=text.fill(clause.get("text", ""), **more),
        items=_texts(text, clause.get("items", []), "{{ item }}", more),
    )


def _list(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    items = _texts(text, block["list"], str(block.get("item", "{{ item }}")), more)
    return ItemList(items, bool(block.get("numbered", False)))


def _fields(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    pairs = tuple((text.fill(label, **more), text.fill(value, **more)) for label, value in block["fields"])
    return Fields(pairs, 2 if int(block.get("columns", 1)) == 2 else 1)


def _table(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    table = block["table"]
    columns = table["columns"]
    rows = table["rows"]
    items = text.value(rows, **more) or [] if isinstance(rows, str) else rows
    return Table(
        titles=tuple(text.fill(column["title"], **more) for column in columns),
        widths=tuple(float(column.get("width", 1)) for column in columns),
        aligns=tuple(str(column.get("align", "left")) for column in columns),
        rows=tuple(
            tuple(text.fill(column["value"], **more, row=row, number=index) for column in columns)
            for index, row in enumerate(items, 1)
        ),
        empty=str(table.get("empty", "无")),
    )


def _signature(text: Text, block: Mapping[str, Any], more: Mapping[str, Any]) -> Block:
    signature = block["signature"]
    parties = tuple(
        Party(
            text.fill(party["role"], **more),
            text.fill(party.get("name", ""), **more),
            tuple(text.fill(line, **more) for line in party.get("lines", SIGNING_LINES)),
        )
        for party in signature["parties"]
    )
    return Signature(parties, text.fill(signature.get("date", ""), **more))


def _spacer(_text: Text, block: Mapping[str, Any], _more: Mapping[str, Any]) -> Block:
    return Spacer(int(block["spacer"]))


def _page_break(_text: Text, _block: Mapping[str, Any], _more: Mapping[str, Any]) -> Block:
    return Spacer(0, page_break=True)


def _texts(text: Text, source: Any, item: str, more: Mapping[str, Any]) -> tuple[str, ...]:
    """The items of a list: written out, or each value of an expression put through ``item``; empty ones drop."""
    if isinstance(source, str):
        values = text.value(source, **more) or []
        filled = (text.fill(item, **more, item=value, number=index) for index, value in enumerate(values, 1))
    else:
        filled = (text.fill(entry, **more) for entry in source)
    return tuple(entry for entry in filled if entry)


_BUILDERS: dict[str, Callable[[Text, Mapping[str, Any], Mapping[str, Any]], Block]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "clause": _clause,
    "list": _list,
    "fields": _fields,
    "table": _table,
    "signature": _signature,
    "spacer": _spacer,
    "page_break": _page_break,
}
