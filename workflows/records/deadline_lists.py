"""Deadlines over all cases: those that somebody may see, with their cases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.context import Actor
from workflows.records import walls
from workflows.records.case_access import SEE_FULL
from workflows.records.deadlines import OPEN, Deadline, DeadlineRow, deadline_of
from workflows.records.leads import Lead
from workflows.records.matters import MatterMemberRow, MatterRow

MINE, ALL = "mine", "all"
MOST = 500


@dataclass(frozen=True)
class ListedDeadline:
    """A deadline with what its case is called."""

    deadline: Deadline
    case_title: str
    case_no: str


def list_visible(session: Session, viewer: Actor, *, scope: str, over: bool = False) -> list[ListedDeadline]:
    """Deadlines by their end, those not computed yet first: mine, or of every case that somebody may see whole.

    ``over`` asks for those that are done, lost or dropped, the newest first.
    """
    query = (
        select(DeadlineRow, Lead, MatterRow)
        .join(Lead, Lead.id == DeadlineRow.lead_id)
        .outerjoin(MatterRow, MatterRow.lead_id == DeadlineRow.lead_id)
        .where(DeadlineRow.lead_id.not_in(walls.hidden_leads(viewer.id)))
        .where(DeadlineRow.state.not_in(OPEN) if over else DeadlineRow.state.in_(OPEN))
    )
    own = or_(DeadlineRow.responsible_id == viewer.id, DeadlineRow.backup_id == viewer.id, MatterRow.lawyer_id == viewer.id)
    if scope == MINE:
        query = query.where(own)
    elif not viewer.roles & SEE_FULL:
        team = select(MatterMemberRow.matter_id).where(MatterMemberRow.person_id == viewer.id)
        query = query.where(or_(own, MatterRow.id.in_(team), Lead.lawyer_id == viewer.id))
    order = (DeadlineRow.due_on.desc(),) if over else (DeadlineRow.due_on.is_not(None), DeadlineRow.due_on)
    found = session.execute(query.order_by(*order, DeadlineRow.id).limit(MOST))
    return [ListedDeadline(deadline_of(row), *_case(lead, matter)) for row, lead, matter in found]


def title_with_case(session: Session, deadline: Deadline) -> str:
    """What tasks about a deadline are called: the deadline, its end, and the case."""
    lead = session.get_one(Lead, deadline.lead_id)
    case, _number = _case(lead, session.scalar(select(MatterRow).where(MatterRow.lead_id == lead.id)))
    day = f"（{deadline.due_on}届满）" if deadline.due_on else ""
    return f"{deadline.title}{day} · {case}"


def _case(lead: Lead, matter: MatterRow | None) -> tuple[str, str]:
    return (matter.title, matter.matter_no) if matter else (lead.client_name, lead.lead_no)
