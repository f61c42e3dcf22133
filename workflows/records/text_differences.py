"""What changed between two texts of a letter: clause by clause, each added and removed word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from workflows.records.letter_models import Block, Clause, Fields, Heading, ItemList, Letter, Paragraph, Signature, Table

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"
# A Chinese character is a token of its own; figures and Latin words stay whole.
TOKEN = re.compile(r"[0-9][0-9,.%]*|[A-Za-z]+|\s+|.", re.DOTALL)
#: two changes with fewer unchanged characters than this between them read better as one
SHORTEST_LINK = 2


@dataclass(frozen=True)
class Piece:
    """A run of text that is the same in both, added or removed."""

    sort: str
    text: str


@dataclass(frozen=True)
class PartChange:
    """One clause or other part: whether it changed, and its text in pieces."""

    title: str
    sort: str
    pieces: tuple[Piece, ...]


def compare_letters(old: Letter, new: Letter) -> list[PartChange]:
    """Every part of both texts in the order of the new one, with the parts that are gone where they stood."""
    before, after = list(_parts(old)), list(_parts(new))
    found: list[PartChange] = []
    matcher = SequenceMatcher(None, [title for title, _ in before], [title for title, _ in after], autojunk=False)
    for _tag, start, end, from_, to in matcher.get_opcodes():
        olds, news = before[start:end], after[from_:to]
        both = min(len(olds), len(news))
        found += [_compare(old_part, new_part) for old_part, new_part in zip(olds[:both], news[:both], strict=True)]
        found += [PartChange(title, REMOVED, (Piece(REMOVED, text),)) for title, text in olds[both:]]
        found += [PartChange(title, ADDED, (Piece(ADDED, text),)) for title, text in news[both:]]
    return found


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts as runs of same, removed and added words."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    pieces: list[Piece] = []
    for tag, start, end, from_, to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[start:end]), "".join(after[from_:to])
        if tag == "equal":
            pieces.append(Piece(SAME, come))
            continue
        pieces += [Piece(sort, text) for sort, text in ((REMOVED, gone), (ADDED, come)) if text]
    return tuple(_join(pieces))


def _join(pieces: list[Piece]) -> Iterator[Piece]:
    """Put changes together that only a character or two lie between."""
    gone = come = ""
    for index, piece in enumerate(pieces):
        is_link = piece.sort == SAME and len(piece.text) < SHORTEST_LINK and 0 < index < len(pieces) - 1
        if piece.sort == SAME and not is_link:
            yield from (Piece(sort, text) for sort, text in ((REMOVED, gone), (ADDED, come)) if text)
            gone = come = ""
            yield piece
            continue
        gone += piece.text if piece.sort != ADDED else ""
        come += piece.text if piece.sort != REMOVED else ""
    yield from (Piece(sort, text) for sort, text in ((REMOVED, gone), (ADDED, come)) if text)


def _compare(old: tuple[str, str], new: tuple[str, str]) -> PartChange:
    pieces = compare_words(old[1], new[1])
    if old[0] != new[0]:
        pieces = (*compare_words(old[0], new[0]), Piece(SAME, "\n"), *pieces)
    changed = any(piece.sort != SAME for piece in pieces)
    return PartChange(new[0], CHANGED if changed else SAME, pieces)


def _parts(letter: Letter) -> Iterator[tuple[str, str]]:
    """Title and text of each part: a clause, or what stands between clauses under the last heading."""
    heading = letter.title
    for block in letter.blocks:
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Clause):
            yield block.title, "\n".join((block.text, *block.items))
            heading = block.title
        elif text := _read(block):
            yield f"{heading}（表格）" if isinstance(block, Table | Fields) else heading, text


def _read(block: Block) -> str:
    if isinstance(block, Paragraph):
        return block.text
    if isinstance(block, ItemList):
        return "\n".join(block.items)
    if isinstance(block, Fields):
        return "\n".join(f"{label}：{value}" for label, value in block.pairs)
    if isinstance(block, Table):
        return "\n".join("　".join(row) for row in (block.titles, *block.rows))
    if isinstance(block, Signature):
        return "\n".join(f"{party.role}：{party.name}" for party in block.parties)
    return ""
