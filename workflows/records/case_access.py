"""Who may open a case file (案卷): its people and the roles that watch over all; the front desk sees the outside of it.

Everything before and after the matter hangs on the lead, so a case file is named by its lead.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.context import Actor
from engine.errors import NotAllowed
from workflows.records import matters, walls
from workflows.records.leads import Lead, get_lead

# FULL reads everything; BASIC reads who, what and how far, but neither advice, correspondence nor money.
FULL, BASIC = "full", "basic"
SEE_FULL = frozenset({"partner", "director", "compliance", "finance", "archivist"})
SEE_BASIC = frozenset({"desk"})


def find_level(session: Session, lead: Lead, viewer: Actor) -> str | None:
    """FULL, BASIC, or None for somebody to whom this case file is closed."""
    if viewer.kind != "person" or walls.keeps_out(session, lead.id, viewer):
        return None
    if viewer.roles & SEE_FULL or viewer.id in list_people(session, lead):
        return FULL
    return BASIC if viewer.roles & SEE_BASIC else None


def list_people(session: Session, lead: Lead) -> set[str]:
    """Who works on a case: the matter's team, before that the lawyer of the lead."""
    matter = matters.find_matter_by_lead(session, lead.id)
    if matter is not None:
        return set(matters.list_members(session, matter.id))
    return {lead.lawyer_id} if lead.lawyer_id else set()


def check_works_on(session: Session, lead_id: str, viewer: Actor) -> None:
    """Raise NotAllowed unless somebody works on a case, or leads the firm; behind a wall nobody does."""
    if walls.keeps_out(session, lead_id, viewer):
        raise NotAllowed(reason="you do not work on this matter")
    if viewer.kind != "system" and not works_on(session, lead_id, viewer):
        raise NotAllowed(reason="you do not work on this matter")


def works_on(session: Session, lead_id: str, viewer: Actor) -> bool:
    """Whether somebody works on a case, or leads the firm."""
    if viewer.roles & {"partner", "director"}:
        return True
    return viewer.kind == "person" and viewer.id in list_people(session, get_lead(session, lead_id))
