"""How long a volume is kept and why: its floors, holds, marks, and what keeps it from destruction now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE, Actor
from web.i18n import translate as _
from workflows.records import (
    appraisals,
    destruction_blocks,
    legal_holds,
    retention_floors,
    retention_periods,
    tombstones,
    volumes,
)
from workflows.records.volumes import Volume

ORDER = 40


def title() -> str:
    """The heading."""
    return _("Period of keeping")


def read(session: Session, volume: Volume, person: Actor, now: datetime) -> dict[str, Any] | None:
    """What the section shows; None before the period is decided."""
    if volume.retention_code is None:
        return None
    holds = [each for each in legal_holds.list_holds(session, volume.lead_id) if each.volume_id in (None, volume.id)]
    gone = volume.state in volumes.GONE
    today = now.astimezone(FIRM_ZONE).date()
    return {
        "floors": retention_floors.list_floors(session, volume),
        "holds": [each for each in holds if each.lifted_at is None],
        "causes": legal_holds.CAUSES,
        "marks": retention_periods.list_marks(session, volume.id),
        "lists": appraisals.list_of_volume(session, volume.id) if appraisals.may_read(person) else [],
        "blocks": [] if gone else destruction_blocks.list_blocks(session, volume, today),
        "gone": gone,
        "stone": tombstones.find_by_number(session, volume.file_no) if volume.file_no else None,
        "may_hold": not gone and bool(person.roles & legal_holds.SETTERS),
        "may_lift": bool(person.roles & {"compliance", "director"}),
        "may_floor": not gone and volume.closed_on is not None and bool(person.roles & retention_floors.SETTERS),
        "reads_lists": appraisals.may_read(person),
    }
