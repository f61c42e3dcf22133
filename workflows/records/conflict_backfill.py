"""Whom the firm knew before it had a conflict register: put in once, after the database was brought up to date."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import leads, people
from workflows.records.conflict_register import ConflictSubjectRow
from workflows.records.leads import Lead
from workflows.records.people import Person


def list_unknown_people(session: Session) -> list[Person]:
    """The people of the firm whom the register lacks."""
    row = ConflictSubjectRow
    known = exists().where(row.subject_kind == "staff", row.subject_id == Person.id)
    return list(session.scalars(select(Person).where(Person.is_active, ~known).order_by(Person.id)))


def list_unknown_leads(session: Session) -> list[Lead]:
    """The leads with a client's facts that were written before there were clients and parties."""
    found = session.scalars(select(Lead).where(Lead.client_id.is_(None), Lead.client_name != "").order_by(Lead.id))
    return [lead for lead in found if lead.client]


def is_needed(session: Session) -> bool:
    """Whether anybody is missing."""
    return bool(list_unknown_people(session) or list_unknown_leads(session))


def fill(context: Context) -> dict[str, int]:
    """Put in everybody who is missing; returns how many people and leads."""
    missing, unknown = list_unknown_people(context.session), list_unknown_leads(context.session)
    for person in missing:
        people.index_person(context, person)
    for lead in unknown:
        leads.write_client(context, lead.id, lead.client)
        if lead.outline:
            leads.write_outline(context, lead.id, lead.outline)
    context.audit("register_filled", "conflicts:register", people=len(missing), leads=len(unknown))
    return {"people": len(missing), "leads": len(unknown)}
