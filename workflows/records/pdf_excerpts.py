"""Single pages of several PDFs put together to a new one."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime

from pypdf import PdfReader, PdfWriter


def join_pages(parts: Sequence[tuple[str, int]], read: Callable[[str], bytes]) -> bytes:
    """A PDF of the pages named by document and index, in their order; each document is read once."""
    readers: dict[str, PdfReader] = {}
    writer = PdfWriter()
    for document_id, index in parts:
        if document_id not in readers:
            readers[document_id] = PdfReader(io.BytesIO(read(document_id)))
        writer.add_page(readers[document_id].pages[index])
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def read_moment(text: str) -> datetime:
    """A moment written into an effect's payload."""
    return datetime.fromisoformat(text)
