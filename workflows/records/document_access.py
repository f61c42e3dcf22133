"""Who may read a document: the people of its case, the roles that watch over all, and the front desk what it handles."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from engine.context import Actor
from workflows.records import (
    appraisals,
    archive_works,
    case_access,
    complaint_access,
    compliance_years,
    corrections,
    departures,
    documents,
    joinings,
    leads,
    loan_reading,
    retention_reviews,
    volume_books,
    volume_loans,
    walls,
)
from workflows.records.documents import Document
from workflows.records.volume_slots import BOOK

# A complaint is not for the lawyer it is about (processes.md P13): only these see its papers.
COMPLAINT_SLOT = "complaint"
# A survey's answers are not for the lawyers it asks about (P17), whatever other role they hold.
SURVEY_SLOT = "survey"
COMPLAINT_ROLES = frozenset({"complaint", "compliance", "partner", "director", "archivist"})
# What the front desk takes in, hands out and puts the seal on; the rest of a case file is closed to it.
DESK_SLOTS = frozenset({"intake_form", "engagement", "fee_receipts", "client_notices", "deliverables"})
SEAL_SLOTS = frozenset({"engagement"})

#: files of their own that whole roles may open: how such a file is found, and the roles
READ_BY_ROLE: tuple[tuple[Callable[[Session, str], object], frozenset[str]], ...] = (
    (compliance_years.find_file, compliance_years.READERS),
    (archive_works.is_file, archive_works.READERS),
    (joinings.find_joining, frozenset({"compliance", "director"})),
)


def may_read(session: Session, document: Document, viewer: Actor) -> bool:
    """Whether a person of the firm may open a document of a case file, a complaint or a corrective action."""
    # people outside read through their link, which names the document; what is filed at a level of secrecy is read page by
    # page on a loan, and no way leads to its file (G10)
    is_closed = walls.keeps_out(session, document.lead_id, viewer) or loan_reading.is_sealed(session, document)
    if viewer.kind != "person" or is_closed:
        return False
    lead = session.get(leads.Lead, document.lead_id)
    if lead is None:
        return document.created_by == viewer.id or _may_read_apart(session, document.lead_id, viewer)
    if _is_about(session, document, lead, viewer):
        return False
    if document.created_by == viewer.id or ("seal" in viewer.roles and document.slot in SEAL_SLOTS):
        return True
    level = case_access.find_level(session, lead, viewer)
    return level == case_access.FULL or (level == case_access.BASIC and document.slot in DESK_SLOTS)


def _is_about(session: Session, document: Document, lead: leads.Lead, viewer: Actor) -> bool:
    """Whether a complaint's or a survey's paper is closed to somebody: to the case's people, and whose work it is not."""
    if document.slot == BOOK:  # a bound volume is closed to whom one of its documents is closed
        held = [documents.get_document(session, each) for each in volume_books.list_held(session, document)]
        return any(_is_about(session, each, lead, viewer) for each in held if each.slot != BOOK)
    if document.slot not in (COMPLAINT_SLOT, SURVEY_SLOT):
        return False
    if not viewer.roles & COMPLAINT_ROLES or viewer.id in case_access.list_people(session, lead):
        return True
    return document.slot == COMPLAINT_SLOT and complaint_access.is_respondent(session, lead.id, viewer)


def _may_read_apart(session: Session, file_id: str, viewer: Actor) -> bool:
    """Whether somebody may open what lies in the own file of a loan, complaint, corrective action, departure or candidate."""
    loan = volume_loans.find_loan(session, file_id)
    if loan is not None:
        return loan_reading.may_open_papers(session, loan, viewer)
    correction = corrections.find_correction(session, file_id)
    if correction is not None:
        return corrections.may_read(correction, viewer)
    departure = departures.find_departure(session, file_id)
    if departure is not None:
        return departures.may_read(departure, viewer)
    if appraisals.find_appraisal(session, file_id) is not None or retention_reviews.find_review(session, file_id) is not None:
        return appraisals.may_read(viewer)
    for find, readers in READ_BY_ROLE:
        if find(session, file_id):
            return bool(viewer.roles & readers)
    return complaint_access.may_read_file(session, file_id, viewer)
