"""Small PDFs for tests."""

from __future__ import annotations

import io

from pypdf import PdfWriter


def make_pdf(pages: int = 1, title: str = "") -> bytes:
    """A PDF with blank pages; the title makes its bytes differ."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": title})
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
