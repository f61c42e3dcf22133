"""A client's file (客户档案): one a client over all matters, with its contracts and the money that came in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine import Actor
from web.matters import case_file
from workflows.records import case_access, case_list, client_files, clients, contracts, leads, walls
from workflows.records.clients import ClientRow

LIMIT = 200


def list_clients(session: Session, viewer: Actor, search: str, now: datetime) -> list[dict[str, Any]]:
    """Clients in a line each, newest first: all for the roles that see all, for a lawyer those of the own cases."""
    statement = select(ClientRow).order_by(ClientRow.id.desc()).limit(LIMIT)
    if search:
        number = client_files.ClientFileRow.client_no.icontains(search, autoescape=True)
        numbers = select(client_files.ClientFileRow.client_id).where(number)
        statement = statement.where(ClientRow.name.icontains(search, autoescape=True) | ClientRow.id.in_(numbers))
    if not viewer.roles & (case_access.SEE_FULL | case_access.SEE_BASIC):
        own = case_list.list_cases(session, viewer, case_list.CaseFilter(kind=case_list.ALL), limit=LIMIT)
        statement = statement.where(ClientRow.id.in_([row.client_id for row in own if row.client_id]))
    statement = statement.where(ClientRow.id.not_in(_closed_clients(viewer)))
    return [clients.describe(session, row.id, now) for row in session.scalars(statement)]


def _closed_clients(viewer: Actor) -> Select[Any]:
    """The clients all of whose cases a wall closes to somebody."""
    hidden = walls.hidden_leads(viewer.id)
    open_ones = select(leads.Lead.client_id).where(leads.Lead.id.not_in(hidden), leads.Lead.client_id.is_not(None))
    closed = select(leads.Lead.client_id).where(leads.Lead.id.in_(hidden), leads.Lead.client_id.is_not(None))
    return closed.where(leads.Lead.client_id.not_in(open_ones))


def read(session: Session, client_id: str, viewer: Actor, now: datetime) -> dict[str, Any] | None:
    """The file as far as somebody may see it; None when there is none for them."""
    row = session.get(ClientRow, client_id)
    cases = case_list.list_cases(session, viewer, case_list.CaseFilter(kind=case_list.ALL, client_id=client_id), limit=LIMIT)
    sees_all = bool(viewer.roles & (case_access.SEE_FULL | case_access.SEE_BASIC))
    if row is None or not (cases or sees_all) or session.scalar(_closed_clients(viewer).where(leads.Lead.client_id == client_id)):
        return None
    deals = [deal for case in cases if (deal := _deal(session, case, viewer))]
    return {
        "client": row,
        "described": clients.describe(session, client_id, now),
        "file": client_files.find_client_file(session, client_id),
        "cases": cases,
        "lawyers": {case.lawyer_id: case_file.person_name(session, case.lawyer_id) for case in cases},
        "deals": deals,
        "total": sum((deal["contract"].fee_total for deal in deals), Decimal(0)),
        "paid": sum((entry["item"].paid for deal in deals for entry in deal["fees"]), Decimal(0)),
        "checked_by": case_file.person_name(session, _checker(session, client_id)),
    }


def _checker(session: Session, client_id: str) -> str | None:
    found = client_files.find_client_file(session, client_id)
    return found.checked_by if found else None


def _deal(session: Session, case: case_list.CaseRow, viewer: Actor) -> dict[str, Any] | None:
    """The contract of a case and its payments, where the inside of the case is open to the reader."""
    lead = leads.get_lead(session, case.lead_id)
    contract = contracts.find_contract(session, case.lead_id)
    if contract is None or case_access.find_level(session, lead, viewer) != case_access.FULL:
        return None
    return {"case": case, "contract": contract, "fees": case_file.read_fees(session, contract.id)}
