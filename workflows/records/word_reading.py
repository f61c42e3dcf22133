"""Reading a letter back from the Word file that somebody edited: the same blocks that it was set from.

Only what ``letter_word`` writes is known by its looks: headings by style, clauses by “第…条”, forms and tables by their
ruled style. Tracked changes count as accepted; comments are left out.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field, replace
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from workflows.records.letter_models import Block, Clause, Fields, Heading, Letter, Paragraph, Signature, Table

CLAUSE = re.compile(r"第[一二三四五六七八九十百零]+条[\s　]*(?P<title>[^。；，：]{0,40})")
ITEM = re.compile(r"（[一二三四五六七八九十百]+）")
GRID = "TableGrid"


class NotReadable(ValueError):
    """The file is not a Word document that can be read."""


def read_word(content: bytes, like: Letter) -> Letter:
    """The letter that an edited Word file holds; ``like`` is the letter that the file was made from."""
    try:
        body = Document(io.BytesIO(content)).element.body
    except Exception as error:  # python-docx raises whatever its zip and XML readers raise
        raise NotReadable from error
    reader = _Reader(like)
    for element in _elements(body):
        if element.tag == qn("w:p"):
            reader.take_paragraph(_text(element), _style(element))
        elif element.tag == qn("w:tbl"):
            reader.take_table(element)
    return replace(like, blocks=tuple(reader.finish()))


@dataclass
class _Reader:
    like: Letter
    blocks: list[Block] = field(default_factory=list)
    clause: Clause | None = None
    began: bool = False

    def take_paragraph(self, text: str, style: str) -> None:
        text = text.strip()
        if not text or text in self._frame():
            return
        head = CLAUSE.fullmatch(text)
        if style.startswith("Heading"):
            self._close()
            self.blocks.append(Heading(text, int(style[-1]) if style[-1].isdigit() else 1))
        elif head:
            self._close()
            self._open(head["title"])
        elif self.clause is None:
            self.blocks.append(Paragraph(text))
        elif ITEM.match(text):
            self.clause = replace(self.clause, items=(*self.clause.items, ITEM.sub("", text, count=1)))
        else:
            self.clause = replace(self.clause, text="\n\n".join(filter(None, (self.clause.text, text))))

    def take_table(self, element: Any) -> None:
        self._close()
        rows = [[_text(cell) for cell in row.iter(qn("w:tc"))] for row in element.iter(qn("w:tr"))]
        if _style(element, "w:tblPr/w:tblStyle") != GRID:
            self.blocks += [block for block in self.like.blocks if isinstance(block, Signature)]
        elif element.find(f".//{qn('w:tblHeader')}") is not None:
            self.blocks.append(self._table(rows))
        else:
            cells = [cell for row in rows for cell in row]
            self.blocks.append(Fields(tuple(zip(cells[::2], cells[1::2], strict=False))))

    def finish(self) -> list[Block]:
        self._close()
        return self.blocks

    def _open(self, title: str) -> None:
        known = next((clause for clause in self.like.clauses if clause.title == title), None)
        number = 1 + sum(isinstance(block, Clause) for block in self.blocks)
        self.clause = Clause(known.id if known else f"added{number}", number, title, "")

    def _close(self) -> None:
        if self.clause is not None:
            self.blocks.append(self.clause)
            self.clause = None

    def _table(self, rows: list[list[str]]) -> Table:
        titles, body = tuple(rows[0]), tuple(tuple(row) for row in rows[1:])
        tables = [block for block in self.like.blocks if isinstance(block, Table) and len(block.titles) == len(titles)]
        found = tables[0] if tables else Table(titles, (1.0,) * len(titles), ("left",) * len(titles), ())
        is_empty = len(body) == 1 and set(body[0]) == {found.empty}
        return replace(found, titles=titles, rows=() if is_empty else body)

    def _frame(self) -> set[str]:
        """What stands around the text and is set anew: letterhead, title, number, footnote, the date under the signatures."""
        head = [*self.like.letterhead, *(part.upper() for part in self.like.letterhead)]
        dates = [block.date for block in self.like.blocks if isinstance(block, Signature)]
        return {line.strip() for line in (*head, self.like.title, self.like.number, self.like.footnote, *dates)}


def _elements(body: Any) -> Any:
    """Paragraphs and tables in order, those inside content controls too."""
    for element in body.iterchildren():
        if element.tag == qn("w:sdt"):
            content = element.find(qn("w:sdtContent"))
            yield from _elements(content) if content is not None else ()
        else:
            yield element


def _text(element: Any) -> str:
    """The text of an element: line breaks kept, deleted text left out, paragraphs of a cell on lines of their own."""
    parts: list[str] = []
    for node in element.iter():
        if node.tag == qn("w:t"):
            parts.append(node.text or "")
        elif node.tag == qn("w:br"):
            parts.append("\n")
        elif node.tag == qn("w:tab"):
            parts.append(" ")
        elif node.tag == qn("w:p") and parts and element.tag != qn("w:p"):
            parts.append("\n")
    return "".join(parts).strip()


def _style(element: Any, path: str = "w:pPr/w:pStyle") -> str:
    found = element.find("/".join(qn(step) for step in path.split("/")))
    return str(found.get(qn("w:val"))) if found is not None else ""
