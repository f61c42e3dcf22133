"""The matters of somebody who leaves: what each client chose, and whether that has come about.

Lawyers Law (律师法) art. 32: the client chooses who goes on. A client may stay with the firm and another lawyer, go with the
lawyer to the new firm, or end the engagement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import departures, matters, people, walls

STAY, FOLLOW, END = "STAY", "FOLLOW", "END"
CHOICES: Mapping[str, str] = {STAY: "留在本所，更换律师", FOLLOW: "随律师转所", END: "终止委托"}
BY_LINK, RECORDED = "link", "recorded"


class DepartureMatterRow(Base):
    __tablename__ = "departure_matters"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    departure_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32))
    successor_id: Mapped[str | None] = mapped_column(String(80))
    choice: Mapped[str] = mapped_column(String(8))
    chosen_by: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text)
    proof: Mapped[dict[str, Any]] = mapped_column(Json)
    transfer: Mapped[dict[str, Any]] = mapped_column(Json)
    chosen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class DepartureMatter:
    """One running matter of who leaves; ``choice`` is empty until the client has chosen."""

    id: str
    departure_id: str
    matter_id: str
    lead_id: str
    successor_id: str | None
    choice: str
    chosen_by: str
    note: str
    proof: dict[str, Any]
    transfer: dict[str, Any]
    chosen_at: datetime | None


def list_running(session: Session, person_id: str) -> list[matters.Matter]:
    """The matters not closed yet that somebody leads, oldest first."""
    row = matters.MatterRow
    query = select(row).where(row.lawyer_id == person_id, row.state.in_(matters.RUNNING)).order_by(row.id)
    return [matters.get_matter(session, each.id) for each in session.scalars(query)]


def list_memberships(session: Session, person_id: str) -> list[str]:
    """The running matters that somebody works on without leading them."""
    row, member = matters.MatterRow, matters.MatterMemberRow
    query = (
        select(row.id)
        .join(member, member.matter_id == row.id)
        .where(member.person_id == person_id, row.lawyer_id != person_id, row.state.in_(matters.RUNNING))
    )
    return list(session.scalars(query.order_by(row.id)))


def take_in(context: Context, departure_id: str) -> list[DepartureMatter]:
    """Enter the matters that somebody leads now; those entered before stay as they are."""
    departure = departures.get_departure(context.session, departure_id)
    known = {each.matter_id for each in list_matters(context.session, departure_id)}
    for matter in list_running(context.session, departure.person_id):
        if matter.id not in known:
            row = DepartureMatterRow(
                id=new_id(), departure_id=departure_id, matter_id=matter.id, lead_id=matter.lead_id, successor_id=None,
                choice="", chosen_by="", note="", proof={}, transfer={}, chosen_at=None,
            )  # fmt: skip
            context.session.add(row)
    context.session.flush()
    return list_matters(context.session, departure_id)


def propose_successor(context: Context, departure_matter_id: str, successor_id: str) -> DepartureMatter:
    """Who would go on with a matter. Raises ``NotAllowed`` for who leaves, is gone or is kept from the case by a wall."""
    row = _get_row(context.session, departure_matter_id)
    departure = departures.get_departure(context.session, row.departure_id)
    person = people.find_person(context.session, successor_id)
    if person is None or not person.is_active or person.id == departure.person_id:
        raise NotAllowed(reason="the successor is somebody else of the firm")
    if successor_id in walls.find_kept_away(context.session, row.lead_id):
        raise NotAllowed(reason="a wall keeps the successor from this case")
    row.successor_id = successor_id
    context.session.flush()
    context.audit("departure.successor_proposed", f"matter:{row.matter_id}", successor=successor_id)
    return _matter(row)


def choose(
    context: Context,
    departure_matter_id: str,
    *,
    choice: str,
    chosen_by: str,
    note: str = "",
    proof: Mapping[str, Any] | None = None,
) -> DepartureMatter:
    """Keep what the client chose, once. Raises ``StateRefused`` for a second choice."""
    row = _get_row(context.session, departure_matter_id)
    if choice not in CHOICES:
        raise NotAllowed(reason="the client stays, follows or ends")
    if row.choice:
        raise StateRefused(what="departure", old=CHOICES[row.choice], new=CHOICES[choice], reason="the client has chosen already")
    row.choice, row.chosen_by, row.note, row.proof, row.chosen_at = choice, chosen_by, note, dict(proof or {}), context.now
    context.session.flush()
    context.audit("departure.client_chose", f"matter:{row.matter_id}", choice=choice, by=chosen_by)
    return _matter(row)


def keep_transfer(context: Context, departure_matter_id: str, said: Mapping[str, Any]) -> DepartureMatter:
    """Keep what went to the client who follows: the copy of the file, the originals against a receipt."""
    row = _get_row(context.session, departure_matter_id)
    if row.choice != FOLLOW:
        old = CHOICES.get(row.choice, "")
        raise StateRefused(what="departure", old=old, new=CHOICES[FOLLOW], reason="the client does not follow")
    row.transfer = {**dict(said), "by": context.actor.name, "at": context.now.isoformat()}
    context.session.flush()
    context.audit("departure.file_transferred", f"matter:{row.matter_id}")
    return _matter(row)


def is_settled(session: Session, found: DepartureMatter, person_id: str) -> bool:
    """Whether what the client chose has come about: another lawyer leads the matter, or it is closed."""
    matter = matters.get_matter(session, found.matter_id)
    return matter.lawyer_id != person_id or matter.state not in matters.RUNNING


def list_matters(session: Session, departure_id: str) -> list[DepartureMatter]:
    """The matters of a departure, oldest first."""
    query = select(DepartureMatterRow).where(DepartureMatterRow.departure_id == departure_id)
    return [_matter(row) for row in session.scalars(query.order_by(DepartureMatterRow.matter_id))]


def get_matter(session: Session, departure_matter_id: str) -> DepartureMatter:
    """One of them by id. Raises ``NotFound``."""
    return _matter(_get_row(session, departure_matter_id))


def _get_row(session: Session, departure_matter_id: str) -> DepartureMatterRow:
    row = session.get(DepartureMatterRow, departure_matter_id)
    if row is None:
        raise NotFound(kind="matter of a departure", id=departure_matter_id)
    return row


def _matter(row: DepartureMatterRow) -> DepartureMatter:
    return DepartureMatter(**{name: getattr(row, name) for name in DepartureMatter.__dataclass_fields__})
