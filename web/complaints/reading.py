"""What the pages of complaints show, cut to what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from workflows.records import complaint_facts, complaints, documents
from workflows.records import complaint_terms as terms
from workflows.records.complaint_access import may_read
from workflows.records.complaints import Complaint

VIEWS = ("open", "closed", "all")
__all__ = ["VIEWS", "Row", "list_rows", "may_read", "read_page"]


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    complaint: Complaint
    shown: dict[str, Any]
    is_late: bool


def list_rows(session: Session, actor: Actor, view: str, now: datetime) -> list[Row]:
    """The complaints of a view, the open ones by their day, the others newest first."""
    found = [each for each in complaints.list_complaints(session) if may_read(session, each, actor)]
    if view != "all":
        found = [each for each in found if each.is_open == (view == "open")]
    if view == "open":
        found.sort(key=lambda each: each.due_at)
    return [Row(each, complaint_facts.describe(session, each), is_late(each, now)) for each in found]


def is_late(complaint: Complaint, now: datetime) -> bool:
    """Whether the decision or the reply is overdue."""
    return complaint.is_open and complaint.answered_at is None and complaint.due_at < now


def read_page(session: Session, complaint: Complaint, actor: Actor, now: datetime) -> dict[str, Any]:
    """One complaint with its papers, and what the reader may do."""
    handles = actor.id == complaint.handler_id or "director" in actor.roles
    waiting = complaint.state in (terms.ACCEPTED, terms.INVESTIGATING)
    papers = documents.list_documents(session, complaint.id)
    return {
        "row": complaint,
        "complaint": complaint_facts.describe(session, complaint),
        "steps": complaint.steps,
        "entries": complaint_facts.list_timeline(session, complaint.case_lead_id),
        "papers": [each for each in papers if each.source != "letter" or each.media_type == documents.PDF],
        "now": now,
        "moment": datetime.fromisoformat,
        "is_late": is_late(complaint, now),
        "may_extend": handles and waiting and complaint.extended_at is None and complaint.due_at > now,
        "may_answer": handles and complaint.state == terms.PROPOSED,
        "may_go_external": handles and complaint.state in (terms.CLOSED, terms.NOT_ACCEPTED),
        "may_hand_over": handles and not complaint.complainant.get("email"),
    }
