"""A deadline computed from what was entered."""

from __future__ import annotations

from datetime import time

from engine.context import Context
from workflows.records import (
    deadlines,
    legal_periods,
    limitation,
)


def compute_entry(context: Context, deadline: deadlines.Deadline) -> legal_periods.Computed:
    """A deadline's day from what was entered; a limitation's from its log too."""
    if deadline.kind in limitation.INTERRUPTIBLE:
        return limitation.compute(context.session, deadline)
    assert deadline.trigger_on is not None
    days = deadline.entry.get("court_days")
    at = str(deadline.entry.get("trigger_at") or "")
    return legal_periods.compute(
        deadline.kind,
        deadline.trigger_on,
        trigger_at=time.fromisoformat(at) if at else None,
        court_days=int(days) if days is not None else None,
    )
