"""What a PDF says."""

from __future__ import annotations

import io

from pypdf import PdfReader


def read_text(content: bytes) -> str:
    """The text of every page, without the blanks and breaks that setting puts between Chinese letters."""
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return "".join("".join(pages).split())
