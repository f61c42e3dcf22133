"""Setting a letter as a Word document from the same structure as the PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from workflows.records.letter_models import (
    Clause,
    Fields,
    Heading,
    ItemList,
    Letter,
    Paragraph,
    Signature,
    Spacer,
    Table,
)
from workflows.records.letter_text import chinese_number

SERIF = "宋体"
SANS = "黑体"
LATIN = "Times New Roman"
INK = RGBColor(0x1B, 0x2A, 0x41)
GREY = RGBColor(0x5A, 0x5A, 0x5A)
ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
TEXT_WIDTH = Mm(210 - 28 - 26)


def render_word(letter: Letter, *, at: datetime | None = None) -> bytes:
    """A letter as .docx; ``at`` is the moment written into its properties."""
    document = Document()
    _set_page(document)
    _set_properties(document, letter, at)
    if letter.letterhead:
        _write_letterhead(document, letter)
    title = _paragraph(document, "center", before=6, after=8)
    _run(title, letter.title, font=SERIF, size=20, bold=True)
    if letter.number:
        _run(_paragraph(document, "right", after=6), letter.number, size=10.5)
    for block in letter.blocks:
        _WRITERS[block.block](document, block)
    if letter.footnote:
        _run(_paragraph(document, "left", before=18), letter.footnote, size=9, color=GREY)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin = section.bottom_margin = Mm(26)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(12)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), SERIF)
    normal.paragraph_format.line_spacing = 1.5
    normal.paragraph_format.space_after = Pt(0)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(footer, "— ", size=9, color=GREY)
    _field(footer, "PAGE")
    _run(footer, " / ", size=9, color=GREY)
    _field(footer, "NUMPAGES")
    _run(footer, " —", size=9, color=GREY)


def _set_properties(document: Any, letter: Letter, at: datetime | None) -> None:
    properties = document.core_properties
    properties.title = letter.title
    properties.author = letter.letterhead[0] if letter.letterhead else ""
    properties.keywords = f"{letter.template} {letter.version}"
    properties.comments = ""
    if at is not None:
        properties.created = properties.modified = at.replace(tzinfo=None)


def _write_letterhead(document: Any, letter: Letter) -> None:
    name, english, address = letter.letterhead
    _run(_paragraph(document, "center"), name, font=SANS, size=15, bold=True, color=INK)
    line = _paragraph(document, "center", after=2)
    _run(line, english.upper(), size=8.5, color=INK)
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name_, value in (("val", "thickThinSmallGap"), ("sz", "12"), ("space", "4"), ("color", "1B2A41")):
        bottom.set(qn(f"w:{name_}"), value)
    borders.append(bottom)
    line._p.get_or_add_pPr().append(borders)
    _run(_paragraph(document, "right", after=10), address, size=8, color=GREY)


def _write_heading(document: Any, block: Heading) -> None:
    paragraph = document.add_heading(level=block.level)
    paragraph.paragraph_format.space_before = Pt(14 if block.level == 1 else 8)
    paragraph.paragraph_format.space_after = Pt(6)
    _run(paragraph, block.text, font=SANS, size=13.5 if block.level == 1 else 12, bold=True, color=RGBColor(0, 0, 0))


def _write_paragraph(document: Any, block: Paragraph) -> None:
    _run(_paragraph(document, block.align, indent=block.indent), block.text, bold=block.bold)


def _write_clause(document: Any, block: Clause) -> None:
    head = _paragraph(document, "left", before=8)
    head.paragraph_format.keep_with_next = True
    title = f"　{block.title}" if block.title else ""
    _run(head, f"第{chinese_number(block.number)}条{title}", font=SANS, bold=True)
    for part in filter(None, block.text.split("\n\n")):
        _run(_paragraph(document, "justify", indent=True), part)
    for index, item in enumerate(block.items, 1):
        _run(_paragraph(document, "justify", indent=True), f"（{chinese_number(index)}）{item}")


def _write_list(document: Any, block: ItemList) -> None:
    for index, item in enumerate(block.items, 1):
        paragraph = _paragraph(document, "left")
        paragraph.paragraph_format.left_indent = Pt(42)
        paragraph.paragraph_format.first_line_indent = Pt(-18)
        _run(paragraph, f"{index}. {item}" if block.numbered else f"•　{item}")


def _write_fields(document: Any, block: Fields) -> None:
    pairs = block.pairs
    shares = [1.15, 1.7, 1.0, 1.7] if block.columns == 2 else [1.0, 3.2]
    rows = -(-len(pairs) // block.columns)
    table = _table(document, rows, shares)
    for index, (label, value) in enumerate(pairs):
        row, column = divmod(index, block.columns)
        cells = table.rows[row].cells
        last_alone = block.columns == 2 and column == 0 and index == len(pairs) - 1
        place = cells[1].merge(cells[3]) if last_alone else cells[column * 2 + 1]
        _cell(cells[column * 2], label, font=SANS, shaded=True)
        _cell(place, value)


def _write_table(document: Any, block: Table) -> None:
    table = _table(document, 1 + max(1, len(block.rows)), list(block.widths))
    head = table.rows[0]
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    head._tr.get_or_add_trPr().append(repeat)
    for cell, title in zip(head.cells, block.titles, strict=True):
        _cell(cell, title, font=SANS, bold=True, align="center", shaded=True)
    if not block.rows:
        cells = table.rows[1].cells
        _cell(cells[0].merge(cells[-1]), block.empty, align="center")
    for row, texts in zip(table.rows[1:], block.rows, strict=False):
        for cell, text, align in zip(row.cells, texts, block.aligns, strict=True):
            _cell(cell, text, align=align)


def _write_signature(document: Any, block: Signature) -> None:
    _paragraph(document, "left", before=12)
    table = document.add_table(rows=1, cols=len(block.parties))
    cannot_split = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(cannot_split)
    for cell, party in zip(table.rows[0].cells, block.parties, strict=True):
        head = cell.paragraphs[0]
        _run(head, party.role, font=SANS, bold=True)
        _run(head, f"：{party.name}" if party.name else "")
        for line in party.lines:
            entry = cell.add_paragraph()
            entry.paragraph_format.space_before = Pt(18)
            _run(entry, line)
    if block.date:
        _run(_paragraph(document, "right", before=18), block.date)


def _write_spacer(document: Any, block: Spacer) -> None:
    if block.page_break:
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    for _ in range(block.lines):
        document.add_paragraph()


def _paragraph(document: Any, align: str, *, indent: bool = False, before: float = 0, after: float = 0) -> Any:
    paragraph = document.add_paragraph()
    paragraph.alignment = ALIGNMENTS[align]
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(after)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(24)
    return paragraph


def _run(
    paragraph: Any,
    text: str,
    *,
    font: str = SERIF,
    size: float = 12,
    bold: bool = False,
    color: RGBColor | None = None,
) -> None:
    """Write text with its line breaks; Chinese in ``font``, Latin in the house's Latin face."""
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = LATIN, Pt(size), bold
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if color is not None:
        run.font.color.rgb = color


def _field(paragraph: Any, instruction: str) -> None:
    """A field that Word computes: the page's number or how many there are."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _table(document: Any, rows: int, shares: list[float]) -> Any:
    _paragraph(document, "left").paragraph_format.line_spacing = 0.5
    table = document.add_table(rows=rows, cols=len(shares), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, share in zip(table.columns, shares, strict=True):
        for cell in column.cells:
            cell.width = int(TEXT_WIDTH * share / sum(shares))
    return table


def _cell(
    cell: Any, text: str, *, font: str = SERIF, bold: bool = False, align: str = "left", shaded: bool = False
) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = ALIGNMENTS[align]
    paragraph.paragraph_format.line_spacing = 1.2
    _run(paragraph, text, font=font, size=10.5, bold=bold)
    if shaded:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "F6F6F6")):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


_WRITERS: dict[str, Callable[[Any, Any], None]] = {
    Heading.block: _write_heading,
    Paragraph.block: _write_paragraph,
    Clause.block: _write_clause,
    ItemList.block: _write_list,
    Fields.block: _write_fields,
    Table.block: _write_table,
    Signature.block: _write_signature,
    Spacer.block: _write_spacer,
}
