"""A document as pages of a bound volume: a PDF as it is, a picture or a text set on pages, else a sheet that says why not."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typst
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from workflows.records import document_texts, documents
from workflows.records.letter_pdf import LAYOUTS, find_fonts, load_fonts

LAYOUT = "bound_page.typ"
NOT_PAPER = "本件为电子文件，不能转成页面。原件随本卷保存在归档包中：{name}"
BROKEN = "本件无法打开（文件已损坏或者设有密码），未能并入合订本。原件随本卷保存在归档包中：{name}"
# A broken PDF may fail in any of these ways.
UNREADABLE = (PyPdfError, ValueError, KeyError, TypeError, OSError, AttributeError, IndexError, RecursionError)


@dataclass(frozen=True)
class Pages:
    """A document as PDF; ``problem`` says why a sheet stands for it, ``is_picture`` that it holds no text of its own."""

    content: bytes
    problem: str = ""
    is_picture: bool = False


def set_pages(
    content: bytes, media_type: str, *, title: str, name: str, fonts: Path | None, at: datetime | None = None
) -> Pages:
    """The pages of one document; never fails because of what is in a file."""
    if media_type == documents.PDF:
        return Pages(content) if is_readable(content) else _sheet(title, BROKEN.format(name=name), fonts, at)
    if media_type in (documents.PNG, documents.JPEG):
        try:
            return Pages(_set("picture", title, "", fonts, at, content), is_picture=True)
        except typst.TypstError:
            return _sheet(title, BROKEN.format(name=name), fonts, at)
    if media_type == documents.TEXT:
        text = document_texts.extract(content, documents.TEXT)
        return Pages(_set("text", title, text, fonts, at))
    return _sheet(title, NOT_PAPER.format(name=name), fonts, at)


def count_pages(content: bytes, media_type: str, fonts: Path | None) -> int:
    """How many pages a text file takes; one for whatever else is not a PDF."""
    if media_type != documents.TEXT:
        return documents.count_pages(content, media_type) or 1
    pages = set_pages(content, media_type, title="", name="", fonts=fonts)
    return len(PdfReader(io.BytesIO(pages.content)).pages)


def is_readable(content: bytes) -> bool:
    """Whether every page of a PDF can be reached without a password."""
    try:
        reader = PdfReader(io.BytesIO(content))
        return len([page.mediabox for page in reader.pages]) > 0
    except UNREADABLE:
        return False


def _sheet(title: str, words: str, fonts: Path | None, at: datetime | None) -> Pages:
    return Pages(_set("sheet", title, words, fonts, at), problem=words)


def _set(kind: str, title: str, words: str, fonts: Path | None, at: datetime | None, picture: bytes = b"") -> bytes:
    serif, sans = find_fonts(fonts)
    given = {"kind": kind, "words": words, "title": title}
    values = {**given, "serif": [*serif, "Libertinus Serif"], "sans": [*sans, "Libertinus Serif"]}
    with tempfile.TemporaryDirectory() as folder:  # the picture must be a file; nothing else of this machine can be read
        root = Path(folder)
        (root / LAYOUT).write_bytes((LAYOUTS / LAYOUT).read_bytes())
        if picture:
            (root / "picture").write_bytes(picture)
        made = typst.compile(
            root / LAYOUT,
            root=root,
            font_paths=load_fonts(fonts),
            format="pdf",
            sys_inputs={key: json.dumps(value, ensure_ascii=False) for key, value in values.items()},
            pdf_standards="a-2b",
            timestamp=at.replace(microsecond=0) if at else None,
        )
    return bytes(made)
