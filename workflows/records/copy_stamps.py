"""Copies for a client: every page of a PDF stamped as a copy for the client only, with its number."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from workflows.records.letter_pdf import render_layout


def stamp_copy(content: bytes, *, words: str, client: str, at: datetime, fonts: Path | None) -> bytes:
    """A PDF whose pages bear the words, the client's name, the day and “page x of y”; the original is not changed."""
    reader = PdfReader(io.BytesIO(content))
    writer = PdfWriter(clone_from=reader)
    for page in writer.pages:
        page.transfer_rotation_to_content()
    sizes = [[float(page.mediabox.width), float(page.mediabox.height)] for page in writer.pages]
    inputs = {"sizes": sizes, "words": words, "client": client, "day": f"{at:%Y年%m月%d日}"}
    stamps = PdfReader(io.BytesIO(render_layout("copy_stamp.typ", inputs, fonts, at=at)))
    for page, stamp in zip(writer.pages, stamps.pages, strict=True):
        page.merge_page(stamp)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
