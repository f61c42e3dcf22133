"""How much each lawyer has in hand, and who may not be given a lead."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.records import people, walls
from workflows.records.leads import ENDED, Lead
from workflows.records.matters import RUNNING, MatterRow


@dataclass(frozen=True)
class Load:
    """One lawyer's work in hand."""

    person_id: str
    name: str
    matters: int
    leads: int
    is_walled: bool


def list_loads(session: Session, lead_id: str) -> list[Load]:
    """Every active lawyer, the least busy first, those behind a wall of this lead last."""
    away = walls.find_kept_away(session, lead_id)
    open_leads = _count(session, select(Lead.lawyer_id, func.count()).where(Lead.state.not_in(ENDED)).group_by(Lead.lawyer_id))
    query = select(MatterRow.lawyer_id, func.count()).where(MatterRow.state.in_(RUNNING)).group_by(MatterRow.lawyer_id)
    running = _count(session, query)
    found = [
        Load(person.id, person.name, running.get(person.id, 0), open_leads.get(person.id, 0), person.id in away)
        for person in people.list_people(session, "lawyer")
    ]
    return sorted(found, key=lambda load: (load.is_walled, load.matters + load.leads, load.name))


def _count(session: Session, query: object) -> dict[str, int]:
    return {str(person_id): int(number) for person_id, number in session.execute(query)}  # type: ignore[call-overload]
