"""The list of case files: leads and the matters they became, each as far as somebody may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.context import Actor
from workflows.records import leads, walls
from workflows.records.case_access import SEE_BASIC, SEE_FULL
from workflows.records.leads import Lead
from workflows.records.matters import NEXT, RUNNING, MatterMemberRow, MatterRow

MATTERS, LEADS, ENDED, ALL = "matters", "leads", "ended", "all"
KINDS = (MATTERS, LEADS, ENDED, ALL)


@dataclass(frozen=True)
class CaseRow:
    """One case file in a list: the matter's number and title once there is one, before that the lead's."""

    lead_id: str
    lead_no: str
    lead_state: str
    client_id: str | None
    client_name: str
    matter_type: str
    cause: str
    lawyer_id: str | None
    received_at: datetime
    matter_id: str | None
    matter_no: str
    title: str
    state: str
    opened_at: datetime | None


@dataclass(frozen=True)
class CaseFilter:
    """What a list shows; ``mine`` keeps to the cases that the viewer works on."""

    kind: str = MATTERS
    mine: bool = False
    state: str = ""
    lawyer_id: str = ""
    search: str = ""
    client_id: str = ""


def list_cases(
    session: Session, viewer: Actor, wanted: CaseFilter, *, before: str | None = None, limit: int = 50
) -> list[CaseRow]:
    """The case files that somebody may see, newest first; ``before`` is the ``lead_id`` of the last one of the page before."""
    statement = select(Lead, MatterRow).outerjoin(MatterRow, MatterRow.lead_id == Lead.id)
    for condition in (*_visible(viewer, wanted.mine), *_narrowed(wanted)):
        statement = statement.where(condition)
    if before:
        statement = statement.where(Lead.id < before)
    return [_row(lead, matter) for lead, matter in session.execute(statement.order_by(Lead.id.desc()).limit(limit))]


def _visible(viewer: Actor, mine: bool) -> Sequence[ColumnElement[bool]]:
    open_to_viewer = Lead.id.not_in(walls.hidden_leads(viewer.id))
    if viewer.roles & (SEE_FULL | SEE_BASIC) and not mine:
        return (open_to_viewer,)
    teams = select(MatterMemberRow.matter_id).where(MatterMemberRow.person_id == viewer.id)
    before_matter = (MatterRow.id.is_(None)) & (Lead.lawyer_id == viewer.id)
    return (or_(MatterRow.id.in_(teams), before_matter), open_to_viewer)


def _narrowed(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    found = list(_of_kind(wanted.kind))
    if wanted.state:
        found.append((MatterRow.state if wanted.state in NEXT else Lead.state) == wanted.state)
    if wanted.lawyer_id:
        before_matter = MatterRow.id.is_(None) & (Lead.lawyer_id == wanted.lawyer_id)
        found.append(or_(MatterRow.lawyer_id == wanted.lawyer_id, before_matter))
    if wanted.client_id:
        found.append(or_(MatterRow.client_id == wanted.client_id, Lead.client_id == wanted.client_id))
    if wanted.search:
        texts = (MatterRow.matter_no, MatterRow.title, Lead.lead_no, Lead.client_name)
        found.append(or_(*(text.icontains(wanted.search, autoescape=True) for text in texts)))
    return found


def _of_kind(kind: str) -> Sequence[ColumnElement[bool]]:
    if kind == MATTERS:
        return (MatterRow.state.in_(sorted(RUNNING)),)
    if kind == LEADS:
        return (MatterRow.id.is_(None), Lead.state.not_in(sorted(leads.ENDED)))
    if kind == ENDED:
        over = MatterRow.id.is_(None) & Lead.state.in_(sorted(leads.ENDED))
        return (or_(MatterRow.state.not_in(sorted(RUNNING)), over),)
    return ()


def _row(lead: Lead, matter: MatterRow | None) -> CaseRow:
    cause = str(lead.outline.get("cause") or "")
    name = lead.client_name or str(lead.reception.get("contact_name") or "")
    return CaseRow(
        lead_id=lead.id,
        lead_no=lead.lead_no,
        lead_state=lead.state,
        client_id=lead.client_id,
        client_name=name,
        matter_type=matter.matter_type if matter else lead.matter_type,
        cause=cause,
        lawyer_id=matter.lawyer_id if matter else lead.lawyer_id,
        received_at=lead.created_at,
        matter_id=matter.id if matter else None,
        matter_no=matter.matter_no if matter else "",
        title=matter.title if matter else " · ".join(part for part in (name, cause) if part),
        state=matter.state if matter else lead.state,
        opened_at=matter.opened_at if matter else None,
    )
