"""The bound volume on its page: the parts to read, what was noticed when it was made, and what was added later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import document_access, text_layers, volume_books, volume_supplements
from workflows.records.volumes import Volume

ORDER = 20


def title() -> str:
    """The heading."""
    return _("The bound volume")


def read(session: Session, volume: Volume, person: Actor, now: datetime) -> dict[str, Any] | None:
    """The parts that somebody may open, the notes of the making, the supplements; None before the volume was bound."""
    every = volume_books.list_books(session, volume)
    added = [each for each in volume_supplements.list_supplements(session, volume.id) if each.number is not None]
    if not every and not added:
        return None
    return {
        "books": [each for each in every if document_access.may_read(session, each, person)],
        "book_notes": volume_books.read_notes(session, volume.id, len(every)),
        "book_has_ocr": text_layers.find_tool() is not None,
        "supplements": [{"entry": each, "kind": volume_supplements.KINDS[each.kind]} for each in added],
    }
