"""Registers as files: CSV and XLSX for a spreadsheet, PDF/A for the printer."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from engine.clock import FIRM_ZONE
from engine.errors import JuanzongError
from workflows.records.letter_pdf import render_layout

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so
MOST_PRINTED = 3000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class TooManyToPrint(JuanzongError):
    """{count} lines are too many to print: narrow the register, or take it as a spreadsheet (at most {most})."""


def plain(value: Any) -> str:
    """A value as a register shows it: days and moments in the firm's zone, nothing as nothing."""
    if isinstance(value, datetime):
        return value.astimezone(FIRM_ZONE).strftime("%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def to_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a mark that spreadsheets read; nothing in it runs as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        texts = [plain(value) for value in row]
        writer.writerow([f"'{text}" if text.startswith(FORMULA) else text for text in texts])
    return ("\ufeff" + out.getvalue()).encode()


def to_xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet with a frozen line of headings; every cell is a text or a number, never a formula."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _frame(title).items():
            book.writestr(name, content)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            widths = "".join(f'<col min="{n}" max="{n}" width="18" customWidth="1"/>' for n in range(1, len(headings) + 1))
            pane = '<pane ySplit="1" topLeftCell="A2" state="frozen"/>'
            frozen = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
            sheet.write(f'<worksheet xmlns="{MAIN}">{frozen}<cols>{widths}</cols><sheetData>'.encode())
            sheet.write(_row(headings).encode())
            for row in rows:
                sheet.write(_row(row).encode())
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()


def _row(values: Sequence[Any]) -> str:
    return f"<row>{''.join(_cell(value) for value in values)}</row>"


def _cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    text = "".join(letter for letter in plain(value) if letter >= " " or letter in "\n\t")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _frame(title: str) -> dict[str, str]:
    """What an XLSX file has around its sheet."""
    name = "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "1"
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="{escape(name)}" sheetId="1" '
        f'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }


def to_pdf(
    title: str,
    columns: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[Any]],
    *,
    firm: str,
    at: datetime,
    fonts: Path | None,
) -> bytes:
    """A register on A4 across, its headings on each page; ``columns`` are headings with their shares of the width."""
    if len(rows) > MOST_PRINTED:
        raise TooManyToPrint(count=len(rows), most=MOST_PRINTED)
    register = {
        "title": title,
        "firm": firm,
        "made": at.astimezone(FIRM_ZONE).strftime("%Y年%m月%d日"),
        "headings": [heading for heading, _width in columns],
        "widths": [width for _heading, width in columns],
        "rows": [[plain(value) for value in row] for row in rows],
    }
    return render_layout("register.typ", {"register": register}, fonts, at=at)
