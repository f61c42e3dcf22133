"""Reading PDFs with Chrome's reader (pypdfium2): the text of a document's pages."""

from __future__ import annotations

import threading

import pypdfium2

# What a broken or locked file shows in.
UNREADABLE: tuple[type[Exception], ...] = (pypdfium2.PdfiumError, ValueError, OSError)
_ONE_AT_A_TIME = threading.Lock()  # PDFium is not made for several threads


def extract_text(content: bytes, most_pages: int) -> str:
    """The text of a PDF's first pages; raises one of ``UNREADABLE``."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(content)
        try:
            pages = [document[index].get_textpage().get_text_range() for index in range(min(len(document), most_pages))]
        finally:
            document.close()
    return "\n".join(pages)
