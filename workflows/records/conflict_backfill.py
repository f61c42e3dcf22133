"""Whom the firm knew before it had a conflict register, and digests from before they were keyed: put right after an upgrade."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import clients, conflict_secret, leads, people
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
    """Whether anybody is missing, or a number or the key stands where it should not."""
    if conflict_secret.is_in_database(session) or clients.has_plain_digests(session):
        return True
    return bool(list_unknown_people(session) or list_unknown_leads(session))


def fill(context: Context) -> dict[str, int]:
    """Put in everybody who is missing, key what was not keyed; returns how many people, leads and digests."""
    conflict_secret.carry_over(context.session)
    keyed = clients.key_digests(context.session)
    missing, unknown = list_unknown_people(context.session), list_unknown_leads(context.session)
    for person in missing:
        people.index_person(context, person)
    for lead in unknown:
        leads.write_client(context, lead.id, lead.client)
        if lead.outline:
            leads.write_outline(context, lead.id, lead.outline)
    context.audit("register_filled", "conflicts:register", people=len(missing), leads=len(unknown), keyed=keyed)
    return {"people": len(missing), "leads": len(unknown), "keyed": keyed}
