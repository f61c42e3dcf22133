"""A letter beside its tasks: to whom, what strikes in it, who took which step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.outgoing_words import say_finding
from workflows.records import documents, outgoing_letters


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The letter that a task is about."""
    letter = outgoing_letters.find_letter(session, str(data.get("letter_id") or ""))
    if letter is None:
        return {"letter": None}
    paper = documents.find_document(session, letter.sealed_document_id or letter.document_id)
    return {
        "letter": letter,
        "paper": paper,
        "said": [say_finding(each) for each in letter.findings],
        "kind": outgoing_letters.KINDS[letter.kind],
        "seal": outgoing_letters.SEALS[letter.seal_kind],
        "steps": [(outgoing_letters.STATE_NAMES[state], step) for state, step in letter.steps.items()],
    }
