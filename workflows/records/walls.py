"""Ethical walls (信息隔离墙, guard G9): people of the firm to whom one case is closed, whatever their roles.

Practice Standards art. 53: after a waiver each client's secrets stay apart. A wall is proposed, put up by somebody else, and
lifted with a reason; an active one closes the case file, its documents, its tasks and every list to those behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.access import exclude
from engine.context import Actor, Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import FourEyes, NotAllowed, NotFound, StateRefused

PROPOSED, ACTIVE, LIFTED = "PROPOSED", "ACTIVE", "LIFTED"
MAY_PROPOSE = frozenset({"compliance", "director", "partner"})
MAY_DECIDE = frozenset({"compliance", "director"})


class WallRow(Base):
    """One wall around one case."""

    __tablename__ = "walls"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    reason: Mapped[str] = mapped_column(Text)
    check_id: Mapped[str] = mapped_column(String(32), default="")
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_by_name: Mapped[str] = mapped_column(String(120))
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activated_by_name: Mapped[str] = mapped_column(String(120), default="")
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_name: Mapped[str] = mapped_column(String(120), default="")
    lift_reason: Mapped[str] = mapped_column(Text, default="")


class WallPersonRow(Base):
    """Somebody behind a wall."""

    __tablename__ = "wall_people"
    wall_id: Mapped[str] = mapped_column(ForeignKey("walls.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)


@dataclass(frozen=True)
class Wall:
    """One wall; ``people`` are those who are kept out."""

    id: str
    lead_id: str
    state: str
    reason: str
    check_id: str
    proposed_at: datetime
    proposed_by: str
    proposed_by_name: str
    activated_at: datetime | None
    activated_by_name: str
    lifted_at: datetime | None
    lifted_by_name: str
    lift_reason: str
    people: tuple[str, ...]


def propose(context: Context, lead_id: str, people: Sequence[str], reason: str, *, check_id: str = "") -> Wall:
    """Propose a wall around a case. Raises ``NotAllowed`` and, without people or a reason, ``StateRefused``."""
    _check_role(context.actor, MAY_PROPOSE)
    if not people or not reason.strip():
        raise StateRefused(what="wall", old="", new=PROPOSED, reason="a wall needs people and a reason")
    row = WallRow(
        id=new_id(),
        lead_id=lead_id,
        state=PROPOSED,
        reason=reason.strip(),
        check_id=check_id,
        proposed_at=context.now,
        proposed_by=context.actor.id,
        proposed_by_name=context.actor.name,
        activated_by_name="",
        lifted_by_name="",
        lift_reason="",
    )
    context.session.add(row)
    context.session.flush()
    context.session.add_all(WallPersonRow(wall_id=row.id, person_id=each) for each in dict.fromkeys(people))
    context.session.flush()
    context.audit("wall_proposed", f"wall:{row.id}", lead=lead_id, people=sorted(set(people)), reason=row.reason)
    return _wall(context.session, row)


def activate(context: Context, wall_id: str) -> Wall:
    """Put a proposed wall up, by somebody else than who proposed it. Raises ``NotAllowed``, ``FourEyes``, ``StateRefused``."""
    _check_role(context.actor, MAY_DECIDE)
    row = _get_row(context.session, wall_id)
    _check_state(row, PROPOSED, ACTIVE)
    if context.actor.kind != "system" and context.actor.id == row.proposed_by:
        raise FourEyes(who=row.proposed_by_name, task="提议设立隔离")
    row.state, row.activated_at, row.activated_by_name = ACTIVE, context.now, context.actor.name
    return _written(context, row, "wall_activated")


def lift(context: Context, wall_id: str, reason: str) -> Wall:
    """Take a wall down, or a proposal back, with a reason. Raises ``NotAllowed`` and ``StateRefused``."""
    _check_role(context.actor, MAY_DECIDE)
    row = _get_row(context.session, wall_id)
    if row.state == LIFTED or not reason.strip():
        raise StateRefused(what="wall", old=row.state, new=LIFTED, reason="it is lifted, or no reason is given")
    if context.actor.kind != "system" and context.actor.id in list_behind(context.session, wall_id):
        raise NotAllowed(reason="the wall is around you")
    row.state, row.lifted_at, row.lifted_by_name = LIFTED, context.now, context.actor.name
    row.lift_reason = reason.strip()
    return _written(context, row, "wall_lifted")


def _written(context: Context, row: WallRow, event: str) -> Wall:
    """Keep a change of a wall, and close or open the tasks of its case."""
    context.session.flush()
    context.audit(event, f"wall:{row.id}", lead=row.lead_id, reason=row.lift_reason or row.reason)
    touched = list_behind(context.session, row.id)
    kept = find_kept_away(context.session, row.lead_id)
    exclude(context, lambda data: data.get("lead_id") == row.lead_id, people=touched, kept=kept)
    return _wall(context.session, row)


def _check_role(actor: Actor, roles: frozenset[str]) -> None:
    if actor.kind != "system" and not actor.roles & roles:
        raise NotAllowed(reason="your roles do not include this")


def _check_state(row: WallRow, old: str, new: str) -> None:
    if row.state != old:
        raise StateRefused(what="wall", old=row.state, new=new, reason="the procedure does not allow it")


def hidden_leads(person_id: str) -> Select[Any]:
    """The cases that are closed to somebody, as a subquery."""
    behind = select(WallPersonRow.wall_id).where(WallPersonRow.person_id == person_id)
    return select(WallRow.lead_id).where(WallRow.state == ACTIVE, WallRow.id.in_(behind))


def list_hidden(session: Session, person_id: str) -> set[str]:
    """The cases that are closed to somebody."""
    return set(session.scalars(hidden_leads(person_id)))


def keeps_out(session: Session, lead_id: str, viewer: Actor) -> bool:
    """Whether an active wall closes a case to somebody; to whom they act for, too."""
    people = {viewer.id, viewer.on_behalf_of or viewer.id}
    return not people.isdisjoint(find_kept_away(session, lead_id))


def find_kept_away(session: Session, lead_id: str) -> set[str]:
    """Everybody behind an active wall around a case."""
    walls = select(WallRow.id).where(WallRow.lead_id == lead_id, WallRow.state == ACTIVE)
    return set(session.scalars(select(WallPersonRow.person_id).where(WallPersonRow.wall_id.in_(walls))))


def hides_hit(session: Session, subject: Mapping[str, Any], viewer: Actor | None) -> bool:
    """Whether a hit says nothing but “walled”: for a case with a wall, to everybody but compliance and the director."""
    lead_id = subject.get("lead_id")
    if not lead_id:
        return False
    kept = find_kept_away(session, lead_id)
    sees = viewer is not None and bool(viewer.roles & MAY_DECIDE) and viewer.id not in kept
    return bool(kept) and not sees


def check_team(session: Session, lead_id: str, people: Iterable[str]) -> None:
    """Raise ``NotAllowed`` when somebody behind the wall would work on the case."""
    if not find_kept_away(session, lead_id).isdisjoint(people):
        raise NotAllowed(reason="this person is walled off from the case")


def list_walls(session: Session, *, lead_id: str = "") -> list[Wall]:
    """The walls of a case, or all: proposed first, then active, then lifted; newest first in each."""
    query = select(WallRow).order_by(WallRow.id.desc())
    found = [_wall(session, row) for row in session.scalars(query.where(WallRow.lead_id == lead_id) if lead_id else query)]
    return sorted(found, key=lambda wall: (PROPOSED, ACTIVE, LIFTED).index(wall.state))


def list_behind(session: Session, wall_id: str) -> list[str]:
    """Who stands behind a wall."""
    query = select(WallPersonRow.person_id).where(WallPersonRow.wall_id == wall_id)
    return list(session.scalars(query.order_by(WallPersonRow.person_id)))


def get_wall(session: Session, wall_id: str) -> Wall:
    """A wall by id. Raises ``NotFound``."""
    return _wall(session, _get_row(session, wall_id))


def _get_row(session: Session, wall_id: str) -> WallRow:
    row = session.get(WallRow, wall_id)
    if row is None:
        raise NotFound(kind="wall", id=wall_id)
    return row


def _wall(session: Session, row: WallRow) -> Wall:
    own = {name: getattr(row, name) for name in Wall.__dataclass_fields__ if name != "people"}
    return Wall(**own, people=tuple(list_behind(session, row.id)))
