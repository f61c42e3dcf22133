"""Handing deadlines on (期限移交): who answers for one changes with the matter's lawyer; the two who hold it stay two."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.errors import NotAllowed
from workflows.records import matters, people, walls
from workflows.records.deadlines import OPEN, DeadlineRow


def hand_on(context: Context, lead_id: str, *, old: str, new: str) -> int:
    """Give the open deadlines of a case that somebody holds to somebody else; returns how many."""
    held = or_(DeadlineRow.responsible_id == old, DeadlineRow.backup_id == old)
    query = select(DeadlineRow).where(DeadlineRow.lead_id == lead_id, held, DeadlineRow.state.in_(OPEN))
    rows = list(context.session.scalars(query.order_by(DeadlineRow.id)))
    for row in rows:
        if row.responsible_id == old:
            row.responsible_id = new
            if row.backup_id in (old, new):
                row.backup_id = find_backup(context.session, lead_id, {old, new})
        elif row.responsible_id == new:
            row.backup_id = find_backup(context.session, lead_id, {old, new})
        else:
            row.backup_id = new
        context.audit("deadline.handed_on", f"deadline:{row.id}", old=old, new=new, backup=row.backup_id)
    context.session.flush()
    return len(rows)


def find_backup(session: Session, lead_id: str, without: set[str]) -> str:
    """Somebody else of the case's team, or a partner. Raises ``NotAllowed`` when there is nobody."""
    matter = matters.find_matter_by_lead(session, lead_id)
    team = list(matters.list_members(session, matter.id)) if matter else []
    kept = walls.find_kept_away(session, lead_id)
    partners = [person.id for person in people.list_people(session, "partner")]
    for person_id in (*team, *partners):
        person = people.find_person(session, person_id)
        if person_id not in without | kept and person is not None and person.is_active:
            return person_id
    raise NotAllowed(reason="nobody else can hold the deadline")
