"""Interests (利益申报): the posts, investments and adviser posts of the firm's people, and what a lateral hire did before.

Each stands in the conflict index; of former matters only names and sides are kept, for the secrets stay with the firm before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound
from workflows.records import conflict_changes, conflict_index, people

POST, INVESTMENT, ADVISER, FORMER_MATTER = "post", "investment", "adviser", "former_matter"
KINDS = (POST, INVESTMENT, ADVISER, FORMER_MATTER)
SIDES = ("client", "opposing", "third")
SUBJECT = "interest"  # the kind of subject in the conflict index


class InterestRow(Base):
    """One interest; ``role`` is the side of the name in a former matter, ``until`` the day it ended."""

    __tablename__ = "interests"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(14))
    name: Mapped[str] = mapped_column(String(200))
    party_kind: Mapped[str] = mapped_column(String(12))
    identifier: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(300))
    until: Mapped[date | None] = mapped_column(Date)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_by: Mapped[str] = mapped_column(String(80))


@dataclass(frozen=True)
class Interest:
    """One interest of a person of the firm."""

    id: str
    person_id: str
    kind: str
    name: str
    party_kind: str
    identifier: str
    role: str
    detail: str
    until: date | None
    declared_at: datetime


def declare(context: Context, person_id: str, given: Sequence[dict[str, Any]]) -> list[Interest]:
    """Replace what somebody declared: ``kind``, ``name``, and ``party_kind``, ``identifier``, ``role``, ``detail``, ``until``."""
    session = context.session
    if people.find_person(session, person_id) is None:
        raise NotFound(kind="person", id=person_id)
    for row in session.scalars(select(InterestRow).where(InterestRow.person_id == person_id)):
        conflict_index.remove_subject(session, SUBJECT, row.id)
        session.delete(row)
    session.flush()
    found = [_add(context, person_id, each) for each in given]
    context.send_message("conflict.compare_due", correlation="firm", payload={"compare_trigger": "declared"})
    context.audit("interests_declared", f"person:{person_id}", count=len(found))
    return found


def _add(context: Context, person_id: str, given: dict[str, Any]) -> Interest:
    if given["kind"] not in KINDS or not str(given.get("name") or "").strip():
        raise NotAllowed(reason="an interest has a kind and a name")
    if given["kind"] == FORMER_MATTER and given.get("role") not in SIDES:
        raise NotAllowed(reason="a former matter has a side")
    until = given.get("until") or None
    row = InterestRow(
        id=new_id(),
        person_id=person_id,
        kind=given["kind"],
        name=str(given["name"]).strip()[:200],
        party_kind=given.get("party_kind") or "organisation",
        identifier=given.get("identifier") or "",
        role=given.get("role") or "",
        detail=str(given.get("detail") or "")[:300],
        until=date.fromisoformat(until) if isinstance(until, str) else until,
        declared_at=context.now,
        declared_by=context.actor.id,
    )
    context.session.add(row)
    context.session.flush()
    index(context.session, row)
    conflict_changes.note(context, SUBJECT, row.id, row.name)
    return _interest(row)


def index(session: Session, row: InterestRow) -> None:
    """Put an interest into the conflict index."""
    names = {row.name: "name"}
    conflict_index.put_subject(
        session, subject_kind=SUBJECT, subject_id=row.id, kind=row.party_kind, names=names, identifier=row.identifier
    )


def index_again(context: Context) -> int:
    """Write the index of all interests anew; returns how many."""
    rows = list(context.session.scalars(select(InterestRow)))
    for row in rows:
        index(context.session, row)
    return len(rows)


def find_interest(session: Session, interest_id: str) -> Interest | None:
    """An interest by id."""
    row = session.get(InterestRow, interest_id)
    return _interest(row) if row else None


def list_interests(session: Session, person_id: str = "") -> list[Interest]:
    """What somebody declared, or everybody."""
    query = select(InterestRow).order_by(InterestRow.id)
    return [_interest(row) for row in session.scalars(query.where(InterestRow.person_id == person_id) if person_id else query)]


def _interest(row: InterestRow) -> Interest:
    return Interest(**{name: getattr(row, name) for name in Interest.__dataclass_fields__})
