"""Ethical walls (信息隔离墙, guard G9): people of the firm to whom one case is closed, whatever their roles.

Practice Standards art. 53: after a waiver each client's secrets stay apart. A wall is proposed, put up by somebody else, reviewed
every ``conflicts/wall_review`` days, and lifted by two people, one of compliance and one director; an active one closes the case
file, its documents, its tasks and every list to those behind it.
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
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotAllowed, NotFound, StateRefused

PROPOSED, ACTIVE, LIFTED = "PROPOSED", "ACTIVE", "LIFTED"
MAY_PROPOSE = frozenset({"compliance", "director", "partner"})
MAY_DECIDE = frozenset({"compliance", "director"})
ACTIVATED = "wall.activated"  # begins the regular review of a wall


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
    # What the wall closes and who works inside, the undertakings of those, the tests whether it holds, and its reviews.
    plan: Mapped[dict[str, Any] | None] = mapped_column(Json)
    undertakings: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    tests: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    reviews: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    lift_request: Mapped[dict[str, Any] | None] = mapped_column(Json)  # who asked to take it down


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
    plan: dict[str, Any] | None
    undertakings: list[dict[str, Any]] | None
    tests: list[dict[str, Any]] | None
    reviews: list[dict[str, Any]] | None
    lift_request: dict[str, Any] | None
    people: tuple[str, ...]


def propose(context: Context, lead_id: str, people: Sequence[str], reason: str) -> Wall:
    """Propose a wall around a case. Raises ``NotAllowed`` and, without people or a reason, ``StateRefused``."""
    check_role(context.actor, MAY_PROPOSE)
    row = _add(context, lead_id, people, reason)
    context.audit("wall_proposed", f"wall:{row.id}", lead=lead_id, people=sorted(set(people)), reason=row.reason)
    return read_wall(context.session, row)


def put_up(
    context: Context,
    lead_id: str,
    people: Sequence[str],
    reason: str,
    *,
    check_id: str,
    plan: Mapping[str, Any],
    undertakings: Sequence[Mapping[str, Any]],
    planner: tuple[str, str] | None = None,
) -> Wall:
    """Put up a wall that the plan of a waiver asks for; the director approves the waiver after the wall was tried.

    ``planner`` is the id and the name of whoever of compliance planned it, where that is not who acts.
    """
    row = _add(context, lead_id, people, reason)
    if planner:
        row.proposed_by, row.proposed_by_name = planner
    row.check_id, row.plan, row.undertakings = check_id, dict(plan), [dict(each) for each in undertakings]
    return _activate(context, row)


def _add(context: Context, lead_id: str, people: Sequence[str], reason: str) -> WallRow:
    if not people or not reason.strip():
        raise StateRefused(what="wall", old="", new=PROPOSED, reason="a wall needs people and a reason")
    row = WallRow(
        id=new_id(),
        lead_id=lead_id,
        state=PROPOSED,
        reason=reason.strip(),
        check_id="",
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
    return row


def activate(context: Context, wall_id: str) -> Wall:
    """Put a proposed wall up, by somebody else than who proposed it. Raises ``NotAllowed``, ``FourEyes``, ``StateRefused``."""
    check_role(context.actor, MAY_DECIDE)
    row = get_row(context.session, wall_id)
    check_state(row, PROPOSED, ACTIVE)
    if context.actor.kind != "system" and context.actor.id == row.proposed_by:
        raise FourEyes(who=row.proposed_by_name, task="提议设立隔离")
    return _activate(context, row)


def _activate(context: Context, row: WallRow) -> Wall:
    row.state, row.activated_at, row.activated_by_name = ACTIVE, context.now, context.actor.name
    context.send_message(ACTIVATED, correlation=row.id, payload={"wall_id": row.id, "lead_id": row.lead_id})
    return written(context, row, "wall_activated")


def add_entry(context: Context, wall_id: str, what: str, entry: Mapping[str, Any]) -> Wall:
    """Add to a wall's ``tests`` or ``reviews``; nothing that stands there is changed."""
    row = get_row(context.session, wall_id)
    setattr(row, what, [*(getattr(row, what) or []), {**entry, "at": context.now.isoformat()}])
    context.session.flush()
    context.audit(f"wall_{what}_added", f"wall:{wall_id}", lead=row.lead_id)
    return read_wall(context.session, row)


def written(context: Context, row: WallRow, event: str) -> Wall:
    """Keep a change of a wall, and close or open the tasks of its case."""
    context.session.flush()
    context.audit(event, f"wall:{row.id}", lead=row.lead_id, reason=row.lift_reason or row.reason)
    touched = list_behind(context.session, row.id)
    kept = find_kept_away(context.session, row.lead_id)
    exclude(context, lambda data: data.get("lead_id") == row.lead_id, people=touched, kept=kept)
    return read_wall(context.session, row)


def check_role(actor: Actor, roles: frozenset[str]) -> None:
    if actor.kind != "system" and not actor.roles & roles:
        raise NotAllowed(reason="your roles do not include this")


def check_state(row: WallRow, old: str, new: str) -> None:
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
    found = [read_wall(session, row) for row in session.scalars(query.where(WallRow.lead_id == lead_id) if lead_id else query)]
    return sorted(found, key=lambda wall: (PROPOSED, ACTIVE, LIFTED).index(wall.state))


def list_behind(session: Session, wall_id: str) -> list[str]:
    """Who stands behind a wall."""
    query = select(WallPersonRow.person_id).where(WallPersonRow.wall_id == wall_id)
    return list(session.scalars(query.order_by(WallPersonRow.person_id)))


def get_wall(session: Session, wall_id: str) -> Wall:
    """A wall by id. Raises ``NotFound``."""
    return read_wall(session, get_row(session, wall_id))


def get_row(session: Session, wall_id: str) -> WallRow:
    row = session.get(WallRow, wall_id)
    if row is None:
        raise NotFound(kind="wall", id=wall_id)
    return row


def read_wall(session: Session, row: WallRow) -> Wall:
    own = {name: getattr(row, name) for name in Wall.__dataclass_fields__ if name != "people"}
    return Wall(**own, people=tuple(list_behind(session, row.id)))
