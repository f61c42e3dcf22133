"""Who does a task instead of somebody who has left, has died or is away, whatever its diagram says."""

from __future__ import annotations

from engine import Context
from engine.handlers import StandIn, Variables
from workflows.records import stand_ins


def find(context: Context, data: Variables, person: str) -> str | None:
    """The case's lawyer or backup, or the deputy."""
    return stand_ins.find_stand_in(context.session, person, str(data.get("lead_id") or ""))


HANDLERS = (StandIn("people.stand_in", find, "代管"),)
