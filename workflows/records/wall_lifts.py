"""Taking walls down (解除隔离): two people ask and agree, one of compliance and one director; nobody is exempt.

A proposal that was never put up is taken back by one; so is the wall of a waiver that came to nothing.
"""

from __future__ import annotations

from sqlalchemy import select

from engine.context import Context
from engine.errors import FourEyes, NotAllowed, StateRefused
from workflows.records import conflicts, walls


def take_back(context: Context, wall_id: str, reason: str) -> walls.Wall:
    """Take a proposal back, before it was put up. Raises ``NotAllowed`` and ``StateRefused``."""
    walls.check_role(context.actor, walls.MAY_PROPOSE)
    row = walls.get_row(context.session, wall_id)
    walls.check_state(row, walls.PROPOSED, walls.LIFTED)
    return _lift(context, row, reason)


def ask_lift(context: Context, wall_id: str, reason: str) -> walls.Wall:
    """Ask that a wall be taken down: one of the two people it needs. Raises ``NotAllowed`` and ``StateRefused``."""
    row = walls.get_row(context.session, wall_id)
    _check_lift(context, row, reason)
    asked_as = "director" if "director" in context.actor.roles else "compliance"
    row.lift_request = {"by": context.actor.id, "by_name": context.actor.name, "at": context.now.isoformat(), "as": asked_as}
    row.lift_reason = reason.strip()
    context.session.flush()
    context.audit("wall_lift_asked", f"wall:{wall_id}", lead=row.lead_id, reason=row.lift_reason)
    return walls.read_wall(context.session, row)


def refuse_lift(context: Context, wall_id: str) -> walls.Wall:
    """The wall stays up, though somebody asked to take it down."""
    row = walls.get_row(context.session, wall_id)
    walls.check_role(context.actor, walls.MAY_DECIDE)
    walls.check_state(row, walls.ACTIVE, walls.ACTIVE)
    row.lift_request, row.lift_reason = None, ""
    context.session.flush()
    context.audit("wall_lift_refused", f"wall:{wall_id}", lead=row.lead_id)
    return walls.read_wall(context.session, row)


def lift(context: Context, wall_id: str, reason: str = "") -> walls.Wall:
    """Take down a wall of which somebody else asked it: one person of compliance and one director, in either order.

    Raises ``FourEyes``, ``NotAllowed``, ``StateRefused``; nobody is exempt, neither the system nor who stands behind the wall.
    """
    row = walls.get_row(context.session, wall_id)
    _check_lift(context, row, reason or row.lift_reason)
    asked = row.lift_request
    if asked is None:
        raise StateRefused(what="wall", old=walls.ACTIVE, new=walls.LIFTED, reason="nobody asked for it")
    if asked["by"] == context.actor.id:
        raise FourEyes(who=asked["by_name"], task="申请解除隔离")
    if ("compliance" if asked["as"] == "director" else "director") not in context.actor.roles:
        raise NotAllowed(reason="compliance and a director lift a wall together")
    return _lift(context, row, reason or row.lift_reason)


def _check_lift(context: Context, row: walls.WallRow, reason: str) -> None:
    if not context.actor.roles & walls.MAY_DECIDE:
        raise NotAllowed(reason="your roles do not include this")
    if row.state != walls.ACTIVE or not reason.strip():
        raise StateRefused(what="wall", old=row.state, new=walls.LIFTED, reason="it is not up, or no reason is given")
    if context.actor.id in walls.list_behind(context.session, row.id):
        raise NotAllowed(reason="the wall is around you")


def drop(context: Context, check_id: str, reason: str) -> int:
    """Take down the walls of a waiver that came to nothing, whose new matter the firm does not take; returns how many.

    Raises ``StateRefused`` for a waiver in force.
    """
    check = conflicts.get_check(context.session, check_id)
    if check.state == conflicts.WAIVED:
        raise StateRefused(what="wall", old=walls.ACTIVE, new=walls.LIFTED, reason="the waiver rests on it")
    up = (walls.WallRow.check_id == check_id) & (walls.WallRow.state != walls.LIFTED)
    rows = context.session.scalars(select(walls.WallRow).where(up)).all()
    for row in rows:
        _lift(context, row, reason)
    return len(rows)


def _lift(context: Context, row: walls.WallRow, reason: str) -> walls.Wall:
    row.state, row.lifted_at, row.lifted_by_name = walls.LIFTED, context.now, context.actor.name
    row.lift_reason = reason.strip()
    return walls.written(context, row, "wall_lifted")
