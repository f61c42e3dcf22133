"""The bound volume: its parts to read, what could not be bound, scans without text, and whether it is PDF/A."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import text_layers, volume_books, volumes


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The parts as bound last and what the making noticed; empty before."""
    volume = volumes.find_volume_by_lead(session, lead_id)
    books = volume_books.list_books(session, volume) if volume else []
    if volume is None or not books:
        return {}
    noticed = volume_books.read_notes(session, volume.id, len(books))
    return {"books": books, "book_notes": noticed, "book_has_ocr": text_layers.find_tool() is not None}
