"""Departures (离所): who leaves, is away for long or has died, and how far the hand-over has come (P25).

Measures for the Practice of Lawyers (律师执业管理办法) art. 20(2): who changes firms proves that matters, files and money were
handed over; the certificate says so, and there is none before archivist, finance, compliance and administrator have signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.access import identities
from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import people
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

LEAVING, ABSENCE, DEATH = "leaving", "absence", "death"
KINDS: Mapping[str, str] = {LEAVING: "离所", ABSENCE: "长期缺勤", DEATH: "死亡"}
NOTICED, AWAY, CLEARING, CLEARED, CLOSED, BACK = "NOTICED", "AWAY", "CLEARING", "CLEARED", "CLOSED", "BACK"
NEXT: Mapping[str, frozenset[str]] = {
    NOTICED: frozenset({CLEARING}),
    AWAY: frozenset({BACK, CLEARING}),
    CLEARING: frozenset({CLEARED}),
    CLEARED: frozenset({CLOSED}),
    CLOSED: frozenset(),
    BACK: frozenset(),
}
STATE_NAMES: Mapping[str, str] = {
    NOTICED: "核对清单",
    AWAY: "代管中",
    CLEARING: "交接会签中",
    CLEARED: "已会签",
    CLOSED: "已办结",
    BACK: "已返岗",
}
ENDED = frozenset({CLOSED, BACK})
# Who sees and begins those of others; for an absence also partners.
WATCH = frozenset({"director", "compliance", "admin"})
MAY_REPORT_ABSENCE = frozenset({"director", "compliance", "partner"})
ESSENTIAL = ("director", "compliance", "finance", "archivist", "admin")  # roles that must not be left without anybody


class DepartureRow(Base):
    __tablename__ = "departures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    departure_no: Mapped[str] = mapped_column(String(40), unique=True)
    person_id: Mapped[str] = mapped_column(String(80), index=True)
    person_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), index=True)
    last_day: Mapped[date] = mapped_column(Date)
    back_on: Mapped[date | None] = mapped_column(Date)
    destination: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    private_email: Mapped[str] = mapped_column(String(200))
    promised: Mapped[bool] = mapped_column(Boolean)
    deputy_id: Mapped[str | None] = mapped_column(String(80))
    things: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    signs: Mapped[dict[str, Any]] = mapped_column(Json)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_by_name: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Departure:
    """One departure; ``promised`` not to approach clients; ``things`` are what, kind and returned_at; ``signs`` by desk."""

    id: str
    departure_no: str
    person_id: str
    person_name: str
    kind: str
    state: str
    last_day: date
    back_on: date | None
    destination: str
    reason: str
    private_email: str
    promised: bool
    deputy_id: str | None
    things: list[dict[str, Any]]
    steps: dict[str, Any]
    signs: dict[str, Any]
    begun_at: datetime
    begun_by_name: str
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is still under way."""
        return self.state not in ENDED


def begin(
    context: Context,
    *,
    person_id: str,
    kind: str,
    last_day: date,
    back_on: date | None = None,
    destination: str = "",
    reason: str = "",
    private_email: str = "",
    promised: bool = False,
    deputy_id: str = "",
) -> Departure:
    """Begin one under the next number; everybody their own leaving. Raises ``NotAllowed``, and ``StateRefused`` for a second."""
    check_may_begin(context.actor, person_id, kind)
    person = people.find_person(context.session, person_id)
    if person is None or not person.is_active:
        raise NotFound(kind="person", id=person_id)
    if find_open(context.session, person_id):
        raise StateRefused(what=person.name, old="", new=KINDS[kind], reason="a departure of this person is under way")
    if kind != LEAVING and (not deputy_id or deputy_id == person_id):
        raise NotAllowed(reason="an absence needs somebody else who stands in")
    day = context.now.astimezone(FIRM_ZONE).date()
    number = allocate(context, "departure", day.year)
    row = DepartureRow(
        id=new_id(), departure_no=get_rule("staff", "departure_no", day).value.format(year=day.year, number=number),
        person_id=person_id, person_name=person.name, kind=kind, state=NOTICED if kind == LEAVING else AWAY, last_day=last_day,
        back_on=back_on, destination=destination, reason=reason, private_email=private_email, promised=promised,
        deputy_id=deputy_id or None, things=[], steps={}, signs={}, begun_at=context.now,
        begun_by_name=context.name_of(context.actor.id) or context.actor.name, closed_at=None,
    )  # fmt: skip
    context.session.add(row)
    context.session.flush()
    context.audit("departure.begun", f"departure:{row.id}", number=row.departure_no, person=person_id, kind=kind)
    return departure_of(row)


def check_may_begin(actor: Actor, person_id: str, kind: str) -> None:
    """Raise ``NotAllowed`` for somebody who may not begin this for this person."""
    if actor.kind == "system" or (kind == LEAVING and person_id in identities(actor)):
        return
    if not actor.roles & (WATCH if kind == LEAVING else MAY_REPORT_ABSENCE):
        raise NotAllowed(reason="your roles do not include this")


def keep_step(context: Context, departure_id: str, step: str, said: Mapping[str, Any]) -> Departure:
    """Keep what a step said, with who said it."""
    row = get_row(context.session, departure_id)
    by = context.name_of(context.actor.id) or context.actor.name
    row.steps = {**row.steps, step: {**dict(said), "by": by, "at": context.now.isoformat()}}
    return _written(context, row, "departure.step_kept", step=step)


def list_given_out(context: Context, departure_id: str, things: Sequence[Mapping[str, Any]]) -> Departure:
    """Write down what the firm gave the person: devices, keys, seals; only before the desks sign."""
    row = get_row(context.session, departure_id)
    if row.state not in (NOTICED, AWAY):
        raise _refused(row, row.state, "the hand-over is already being cleared")
    row.things = [
        {"id": new_id(), "kind": each.get("kind") or "other", "what": str(each["what"]), "returned_at": ""} for each in things
    ]
    return _written(context, row, "departure.things_listed", count=len(row.things))


def take_back(context: Context, departure_id: str, returned: Sequence[str]) -> Departure:
    """Note which of the things came back."""
    row = get_row(context.session, departure_id)
    at = context.now.isoformat()
    row.things = [{**each, "returned_at": each["returned_at"] or (at if each["id"] in returned else "")} for each in row.things]
    return _written(context, row, "departure.things_returned", count=len(returned))


def name_deputy(context: Context, departure_id: str, deputy_id: str) -> Departure:
    """Who takes the tasks that belong to no case."""
    row = get_row(context.session, departure_id)
    if deputy_id == row.person_id:
        raise NotAllowed(reason="an absence needs somebody else who stands in")
    row.deputy_id = deputy_id
    return _written(context, row, "departure.deputy_named", deputy=deputy_id)


def start_clearing(context: Context, departure_id: str) -> Departure:
    """From here the four desks may sign."""
    return move(context, get_row(context.session, departure_id), CLEARING)


def come_back(context: Context, departure_id: str) -> Departure:
    """Somebody who was away works again."""
    return move(context, get_row(context.session, departure_id), BACK)


def may_read(departure: Departure, viewer: Actor) -> bool:
    """Whether somebody may open one: those who watch, partners, the desks that sign, and the person."""
    return bool(viewer.roles & (WATCH | {"partner", "finance", "archivist"})) or departure.person_id in identities(viewer)


def find_open(session: Session, person_id: str) -> Departure | None:
    """What is under way for somebody, or None."""
    query = select(DepartureRow).where(DepartureRow.person_id == person_id, DepartureRow.state.not_in(ENDED))
    row = session.scalars(query).first()
    return departure_of(row) if row else None


def find_newest(session: Session, person_id: str) -> Departure | None:
    """The last one of somebody, or None."""
    query = select(DepartureRow).where(DepartureRow.person_id == person_id).order_by(DepartureRow.id.desc()).limit(1)
    row = session.scalars(query).first()
    return departure_of(row) if row else None


def list_departures(session: Session, *, limit: int = 300) -> list[Departure]:
    """All of them, newest first."""
    rows = session.scalars(select(DepartureRow).order_by(DepartureRow.id.desc()).limit(limit))
    return [departure_of(row) for row in rows]


def find_departure(session: Session, departure_id: str) -> Departure | None:
    """One by id, or None."""
    row = session.get(DepartureRow, departure_id)
    return departure_of(row) if row else None


def get_departure(session: Session, departure_id: str) -> Departure:
    """One by id. Raises ``NotFound``."""
    return departure_of(get_row(session, departure_id))


def get_row(session: Session, departure_id: str) -> DepartureRow:
    """The row of one. Raises ``NotFound``."""
    row = session.get(DepartureRow, departure_id)
    if row is None:
        raise NotFound(kind="departure", id=departure_id)
    return row


def move(context: Context, row: DepartureRow, state: str) -> Departure:
    """Change the state along the procedure. Raises ``StateRefused``."""
    if state not in NEXT[row.state]:
        raise _refused(row, state, "the procedure does not allow it")
    row.state = state
    if state in ENDED:
        row.closed_at = context.now
    return _written(context, row, "departure.moved", state=state)


def departure_of(row: DepartureRow) -> Departure:
    """The row as others read it."""
    return Departure(**{name: getattr(row, name) for name in Departure.__dataclass_fields__})


def _refused(row: DepartureRow, state: str, reason: str) -> StateRefused:
    return StateRefused(what=row.departure_no, old=STATE_NAMES[row.state], new=STATE_NAMES[state], reason=reason)


def _written(context: Context, row: DepartureRow, event: str, **data: Any) -> Departure:
    context.session.flush()
    context.audit(event, f"departure:{row.id}", **data)
    return departure_of(row)
