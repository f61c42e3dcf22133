"""Who may see that a volume exists: who keeps or watches over the archive, and the matter's own team; no walled person."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Session

from engine.context import Actor
from workflows.records import walls
from workflows.records.matters import MatterMemberRow
from workflows.records.volumes import Volume, VolumeRow

ARCHIVE_ROLES = frozenset({"archivist", "partner", "director", "compliance"})


def visible_to(session: Session, viewer: Actor) -> ColumnElement[bool]:
    """The condition on volumes under which somebody sees them; to a walled person a volume does not exist (G9)."""
    if viewer.kind != "person":
        return false()
    hidden = walls.list_hidden(session, viewer.id) | walls.list_hidden(session, viewer.on_behalf_of or viewer.id)
    conditions: list[ColumnElement[bool]] = [VolumeRow.lead_id.not_in(sorted(hidden))] if hidden else []
    if not ARCHIVE_ROLES & viewer.roles:
        own = select(MatterMemberRow.matter_id).where(MatterMemberRow.person_id == viewer.id)
        conditions.append(VolumeRow.matter_id.in_(own))
    return and_(True, *conditions)


def may_see(session: Session, volume: Volume, viewer: Actor) -> bool:
    """Whether somebody sees a volume."""
    return session.scalar(select(VolumeRow.id).where(VolumeRow.id == volume.id, visible_to(session, viewer))) is not None
