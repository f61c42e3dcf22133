"""Which case a process belongs to, for pages that name processes: what a wall closes to the reader is left out."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import SYSTEM, Actor, queries
from workflows.records import walls
from workflows.records.leads import Lead


def find_case(session: Session, instance_id: str) -> str | None:
    """The lead of a process: the one it took in, or the one its open tasks are about."""
    lead_id = session.scalar(select(Lead.id).where(Lead.instance_id == instance_id))
    if lead_id is None:
        for task in queries.list_open_tasks(session, instance_id):
            lead_id = lead_id or queries.get_task(session, task.id, SYSTEM).data.get("lead_id")
    return lead_id


def read_filter(session: Session, viewer: Actor) -> Callable[[str | None], bool]:
    """Whether a process may be named to somebody; most people stand behind no wall, and nothing is looked up for them.

    To somebody behind one, a process that cannot be told to belong to another case is not named either.
    """
    hidden = walls.list_hidden(session, viewer.id)
    if not hidden:
        return lambda instance_id: True
    known: dict[str, str | None] = {}

    def may_name(instance_id: str | None) -> bool:
        if instance_id is None:
            return True
        if instance_id not in known:
            known[instance_id] = find_case(session, instance_id)
        lead_id = known[instance_id]
        return lead_id is not None and lead_id not in hidden

    return may_name
