"""Who reads and who handles a complaint: never the respondent, nobody who works on the case, nobody behind its wall."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.access import identities
from engine.context import Actor, Context
from engine.errors import NotAllowed
from workflows.records import case_access, complaints, leads, people, walls
from workflows.records.complaint_terms import OPEN
from workflows.records.complaints import Complaint, ComplaintRow

# Who sees every complaint that is not about themselves.
READERS = frozenset({"complaint", "compliance", "director"})
# Who handles one when no complaints officer is free of it, in this order.
FEE_EARNERS = frozenset({"lawyer", "partner"})
STAND_INS = ("complaint", "compliance", "director", "partner")


def list_barred(session: Session, complaint: Complaint | ComplaintRow) -> list[str]:
    """Who may have nothing to do with a complaint: the respondents, the case's people (their team), those behind its wall."""
    barred = dict.fromkeys(complaint.respondents)
    lead = session.get(leads.Lead, complaint.case_lead_id) if complaint.case_lead_id else None
    if lead is not None:
        barred |= dict.fromkeys(sorted(case_access.list_people(session, lead)))
        barred |= dict.fromkeys(sorted(walls.find_kept_away(session, lead.id)))
    return list(barred)


def may_read(session: Session, complaint: Complaint, viewer: Actor) -> bool:
    """Whether somebody may open a complaint: those who watch over complaints, its handler and its investigator."""
    if viewer.kind != "person" or not identities(viewer).isdisjoint(list_barred(session, complaint)):
        return False
    return bool(viewer.roles & READERS) or viewer.id in (complaint.handler_id, complaint.investigator_id)


def may_read_file(session: Session, complaint_id: str, viewer: Actor) -> bool:
    """Whether somebody may open the documents of a complaint; False when there is no such complaint."""
    complaint = complaints.find_complaint(session, complaint_id)
    return complaint is not None and may_read(session, complaint, viewer)


def is_respondent(session: Session, case_lead_id: str, viewer: Actor) -> bool:
    """Whether a complaint of a case is about somebody, or about whom they act for."""
    found = complaints.list_complaints(session, case_lead_id=case_lead_id)
    return any(not identities(viewer).isdisjoint(each.respondents) for each in found)


def check_unrelated(context: Context, complaint_id: str) -> None:
    """Raise ``NotAllowed`` for a respondent, somebody of the case's team and somebody behind its wall."""
    row = complaints.get_row(context.session, complaint_id)
    if context.actor.kind == "person" and not identities(context.actor).isdisjoint(list_barred(context.session, row)):
        raise NotAllowed(reason="the complaint concerns you or your matter")


def check_handles(context: Context, complaint_id: str) -> None:
    """Raise ``NotAllowed`` unless the actor handles this complaint, or the director does it instead."""
    check_unrelated(context, complaint_id)
    row = complaints.get_row(context.session, complaint_id)
    actor = context.actor
    if actor.kind == "system" or row.handler_id in identities(actor) or "director" in actor.roles:
        return
    raise NotAllowed(reason="somebody else handles this complaint")


def choose_handler(context: Context, complaint_id: str) -> str:
    """Give a complaint to the officer with the fewest open ones; a handler who is unrelated keeps it."""
    row = complaints.get_row(context.session, complaint_id)
    barred = list_barred(context.session, row)
    if row.handler_id and row.handler_id not in barred:
        return row.handler_id
    row.handler_id = _find_free(context.session, STAND_INS, barred)
    context.session.flush()
    context.audit("complaint.handed", f"complaint:{complaint_id}", handler=row.handler_id)
    return row.handler_id


def find_reviewer(session: Session, complaint_id: str) -> str:
    """Who decides as the director: the director, or a partner who is unrelated and has not handled it."""
    row = complaints.get_row(session, complaint_id)
    barred = [*list_barred(session, row), row.handler_id, row.investigator_id]
    return _find_free(session, ("director", "partner"), barred)


def list_investigators(session: Session, complaint_id: str) -> list[people.Person]:
    """The partners who may investigate: unrelated, and neither who handles it nor who decides in the end."""
    row = complaints.get_row(session, complaint_id)
    out = {*list_barred(session, row), row.handler_id, find_reviewer(session, complaint_id)}
    return [person for person in people.list_people(session, "partner") if person.id not in out]


def _find_free(session: Session, roles: tuple[str, ...], barred: list[str]) -> str:
    """Somebody of the first role that has anybody free, with the fewest open complaints; raises when nobody is left."""
    mine = select(ComplaintRow.handler_id, func.count()).where(ComplaintRow.state.in_(OPEN)).group_by(ComplaintRow.handler_id)
    load = {handler: count for handler, count in session.execute(mine).all()}
    for role in roles:
        free = [person for person in people.list_people(session, role) if person.id not in barred]
        if free:
            # who earns no fees comes first: nearer to no matter
            return min(free, key=lambda each: (load.get(each.id, 0), bool(FEE_EARNERS & set(each.roles)), each.id)).id
    raise NotAllowed(reason="nobody in the firm is unrelated to this complaint")
