"""Who may read a document: the people of its matter, and the roles that see every case file."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.context import Actor
from workflows.records import leads, matters
from workflows.records.documents import Document

# A complaint is not for the lawyer it is about (processes.md P13): only these see its papers.
COMPLAINT_SLOT = "complaint"
COMPLAINT_ROLES = frozenset({"compliance", "partner", "director", "archivist"})


def may_read(session: Session, document: Document, viewer: Actor) -> bool:
    """Whether a person of the firm may open a document of a case file."""
    if document.slot == COMPLAINT_SLOT and not viewer.roles & COMPLAINT_ROLES:
        return False
    if viewer.kind != "person":
        return False  # people outside read through their link, which names the document
    matter = matters.find_matter_by_lead(session, document.lead_id)
    if matter is not None:
        return matters.may_see(session, matter, viewer)
    lead = session.get(leads.Lead, document.lead_id)
    is_own = lead is not None and viewer.id in (lead.lawyer_id, lead.created_by)
    return is_own or bool(viewer.roles & matters.SEE_ALL) or document.created_by == viewer.id
