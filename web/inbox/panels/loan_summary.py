"""One loan beside its tasks: the volume, who asks for what, who has approved, and what was done so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import documents, loan_facts, volume_loans


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The loan that a task is about, with the papers people from outside showed and the letters written."""
    loan = volume_loans.find_loan(session, str(data.get("loan_id") or ""))
    if loan is None:
        return {"loan": None}
    papers = documents.list_documents(session, loan.id)
    shown = [each for each in papers if each.media_type != documents.WORD]
    queue = volume_loans.list_queue(session, loan.volume_id)
    return {"loan": loan_facts.say_summary(session, loan), "papers": shown, "waiting": len(queue)}
