"""Walls: propose, put up, take down by two; and whom a task of a walled case is kept from, whatever its diagram says."""

from __future__ import annotations

from engine import Context, Operation
from engine.errors import StateRefused
from engine.handlers import Exclusion, Variables
from workflows.records import case_access, leads, wall_lifts, walls


def propose(context: Context, *, lead_id: str, people: list[str], reason: str) -> dict[str, str]:
    """Propose a wall. Raises ``StateRefused`` for somebody who works on the case: they leave it first."""
    lead = leads.get_lead(context.session, lead_id)
    if case_access.list_people(context.session, lead) & set(people):
        raise StateRefused(what=lead.lead_no, old="", new=walls.PROPOSED, reason="who works on the case leaves it first")
    return {"wall_id": walls.propose(context, lead_id, people, reason).id}


def activate(context: Context, *, wall_id: str) -> None:
    """Put a wall up."""
    walls.activate(context, wall_id)


def take_back(context: Context, *, wall_id: str, reason: str) -> None:
    """Take a proposal back."""
    wall_lifts.take_back(context, wall_id, reason)


def ask_lift(context: Context, *, wall_id: str, reason: str) -> None:
    """Ask that a wall be taken down."""
    wall_lifts.ask_lift(context, wall_id, reason)


def refuse_lift(context: Context, *, wall_id: str) -> None:
    """Keep a wall up that somebody asked to take down."""
    wall_lifts.refuse_lift(context, wall_id)


def lift(context: Context, *, wall_id: str) -> None:
    """Take down a wall of which somebody else asked it."""
    wall_lifts.lift(context, wall_id)


def keep_away(context: Context, data: Variables) -> list[str]:
    """Who may not see a task of a case."""
    lead_id = data.get("lead_id")
    return sorted(walls.find_kept_away(context.session, lead_id)) if lead_id else []


HANDLERS = (
    Operation("walls.propose", propose, "提议设立信息隔离"),
    Operation("walls.activate", activate, "启用信息隔离"),
    Operation("walls.take_back", take_back, "撤回隔离提议"),
    Operation("walls.ask_lift", ask_lift, "申请解除信息隔离"),
    Operation("walls.refuse_lift", refuse_lift, "不同意解除信息隔离"),
    Operation("walls.lift", lift, "同意解除信息隔离"),
    Exclusion("walls.keep_away", keep_away, "信息隔离"),
)
