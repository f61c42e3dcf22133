"""Deadlines (期限) of a case: entered by one person, reviewed by another, watched until they are done or missed.

Two people hold each deadline: the responsible lawyer and a backup, never the same person. The day is computed by
``legal_periods`` and kept with its steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError, NotAllowed, NotFound, StateRefused
from workflows.records import documents, legal_periods, matters, people, walls
from workflows.records.leads import get_lead
from workflows.records.legal_periods import Computed

DRAFT, REVIEW, RUNNING, DONE, MISSED = "DRAFT", "REVIEW", "RUNNING", "DONE", "MISSED"
REMEDIED, LOST, DROPPED = "REMEDIED", "LOST", "DROPPED"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({REVIEW, DROPPED}),
    REVIEW: frozenset({DRAFT, RUNNING}),
    RUNNING: frozenset({DONE, MISSED}),
    MISSED: frozenset({DONE, REMEDIED, LOST}),
    DONE: frozenset(),
    REMEDIED: frozenset(),
    LOST: frozenset(),
    DROPPED: frozenset(),
}
OPEN = frozenset({DRAFT, REVIEW, RUNNING, MISSED})
SERVICES = ("direct", "post", "electronic", "announcement", "lien", "none")
ACTIONS = ("filed", "waived", "moot", "renewed")


class SamePerson(JuanzongError):
    """A deadline is held by two different people: choose another backup."""


class NotOfTheFirm(JuanzongError):
    """Who holds a deadline is a lawyer or partner of the firm who may see the case."""


class DeadlineRow(Base):
    __tablename__ = "deadlines"
    __table_args__ = (Index("ix_deadlines_due", "state", "due_on"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    entry: Mapped[dict[str, Any]] = mapped_column(Json)
    trigger_on: Mapped[date | None] = mapped_column(Date)
    responsible_id: Mapped[str | None] = mapped_column(String(80), index=True)
    backup_id: Mapped[str | None] = mapped_column(String(80), index=True)
    due_on: Mapped[date | None] = mapped_column(Date)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    internal_on: Mapped[date | None] = mapped_column(Date)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    unknown_years: Mapped[list[int]] = mapped_column(Json)
    computed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entered_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_reason: Mapped[str] = mapped_column(Text, default="")
    watched_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proof: Mapped[dict[str, Any]] = mapped_column(Json)
    remedy: Mapped[dict[str, Any]] = mapped_column(Json)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Deadline:
    """One deadline; ``entry`` is the form as entered, ``proof`` what shows it was done, ``remedy`` what followed a miss."""

    id: str
    lead_id: str
    matter_id: str | None
    kind: str
    title: str
    source: str
    state: str
    entry: dict[str, Any]
    trigger_on: date | None
    responsible_id: str | None
    backup_id: str | None
    due_on: date | None
    due_at: datetime | None
    internal_on: date | None
    steps: list[dict[str, Any]]
    unknown_years: list[int]
    entered_by: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    return_reason: str
    watched_until: datetime | None
    proof: dict[str, Any]
    remedy: dict[str, Any]
    ended_at: datetime | None
    created_at: datetime

    @property
    def rule(self) -> Any:
        """The rule it was computed by."""
        return legal_periods.get_kind(self.kind, self.trigger_on or self.created_at.astimezone(FIRM_ZONE).date())


def propose_deadline(context: Context, *, lead_id: str, source: str, suggested: Mapping[str, Any]) -> Deadline:
    """A deadline that somebody has still to enter, with what is known of it."""
    get_lead(context.session, lead_id)
    matter = matters.find_matter_by_lead(context.session, lead_id)
    row = DeadlineRow(
        id=new_id(),
        lead_id=lead_id,
        matter_id=matter.id if matter else None,
        kind=str(suggested.get("kind") or ""),
        title=str(suggested.get("title") or "")[:200],
        source=source,
        state=DRAFT,
        entry=dict(suggested),
        steps=[],
        unknown_years=[],
        proof={},
        remedy={},
        created_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("deadline.proposed", f"deadline:{row.id}", kind=row.kind, source=source)
    return deadline_of(row)


def enter_deadline(context: Context, deadline_id: str, entry: Mapping[str, Any]) -> Deadline:
    """Keep what was entered and hand it to review; two different people hold it. Raises ``SamePerson``."""
    row = get_row(context.session, deadline_id)
    check_holders(context.session, row.lead_id, str(entry["responsible"]), str(entry["backup"]))
    check_move(row, REVIEW)
    first = row.entry.get("suggested", row.entry)  # what it was asked for with stays known
    row.entry, row.kind, row.entered_by = {**entry, "suggested": first}, str(entry["kind"]), context.actor.id
    row.trigger_on = date.fromisoformat(str(entry["trigger_on"])[:10])
    rule = legal_periods.get_kind(row.kind, row.trigger_on)
    row.title = str(entry.get("title") or rule.value["name"])[:200]
    row.responsible_id, row.backup_id = str(entry["responsible"]), str(entry["backup"])
    return move(context, row, REVIEW, kind=row.kind)


def check_holders(session: Session, lead_id: str, responsible: str, backup: str) -> None:
    """Raise unless two different lawyers or partners who may see the case hold a deadline."""
    if responsible == backup:
        raise SamePerson
    for person_id in (responsible, backup):
        person = people.find_person(session, person_id)
        if person is None or not person.is_active or not {"lawyer", "partner"} & set(person.roles):
            raise NotOfTheFirm
        if walls.keeps_out(session, lead_id, people.person_actor(person)):
            raise NotOfTheFirm


def keep_computed(context: Context, deadline_id: str, computed: Computed) -> Deadline:
    """Keep the day a deadline ends on, with the steps."""
    row = get_row(context.session, deadline_id)
    if row.state not in (REVIEW, RUNNING):
        raise StateRefused(what=row.title, old=row.state, new=row.state, reason="only an open deadline is computed")
    old = row.due_on
    row.due_on, row.due_at, row.internal_on = computed.due_on, computed.due_at, computed.internal_on
    row.steps, row.unknown_years, row.computed_at = computed.steps, computed.unknown_years, context.now
    context.session.flush()
    was = old.isoformat() if old else None
    context.audit("deadline.computed", f"deadline:{row.id}", due_on=computed.due_on.isoformat(), was=was)
    return deadline_of(row)


def review_deadline(context: Context, deadline_id: str, *, agrees: bool, reason: str = "") -> Deadline:
    """The second person's word: it runs from now, or goes back with the reason. Raises ``NotAllowed`` for who entered it."""
    row = get_row(context.session, deadline_id)
    if context.actor.id == row.entered_by:
        raise NotAllowed(reason="somebody else reviews what you entered")
    if row.due_on is None:
        raise StateRefused(what=row.title, old=row.state, new=RUNNING, reason="the deadline has not been computed")
    check_move(row, RUNNING if agrees else DRAFT)
    row.reviewed_by, row.reviewed_at, row.return_reason = context.actor.id, context.now, "" if agrees else reason
    return move(context, row, RUNNING if agrees else DRAFT, reason=reason)


def drop_deadline(context: Context, deadline_id: str, *, reason: str) -> Deadline:
    """A suggested deadline that does not exist or is not ours to keep."""
    row = get_row(context.session, deadline_id)
    check_move(row, DROPPED)
    row.return_reason, row.ended_at = reason, context.now
    return move(context, row, DROPPED, reason=reason)


def complete_deadline(context: Context, deadline_id: str, proof: Mapping[str, Any]) -> Deadline:
    """Done, with what proves it: the action, its day, and a file. Raises ``StateRefused`` without a file."""
    row = get_row(context.session, deadline_id)
    if not proof.get("documents"):
        raise StateRefused(what=row.title, old=row.state, new=DONE, reason="a deadline is done with a proof only")
    check_move(row, DONE)
    row.proof, row.ended_at = {**proof, "by": context.actor.id, "at": context.now.isoformat()}, context.now
    done = move(context, row, DONE, action=proof.get("action"))
    context.send_message("deadline.settled", correlation=row.id, payload={})
    return done


def miss_deadline(context: Context, deadline_id: str) -> Deadline:
    """The last moment has passed without proof."""
    row = get_row(context.session, deadline_id)
    if row.due_at is None or context.now < row.due_at:
        raise StateRefused(what=row.title, old=row.state, new=MISSED, reason="the deadline has not passed")
    missed = move(context, row, MISSED)
    context.send_message("deadline.settled", correlation=row.id, payload={})
    return missed


def note_remedy(context: Context, deadline_id: str, **said: Any) -> Deadline:
    """Add to what was done about a missed deadline."""
    row = get_row(context.session, deadline_id)
    row.remedy = {**row.remedy, **said}
    context.session.flush()
    context.audit("deadline.remedy_noted", f"deadline:{row.id}", said=sorted(said))
    return deadline_of(row)


def end_missed(context: Context, deadline_id: str, state: str) -> Deadline:
    """How a missed deadline ended: REMEDIED or LOST."""
    row = get_row(context.session, deadline_id)
    check_move(row, state)
    row.ended_at = context.now
    return move(context, row, state)


def file_papers(context: Context, lead_id: str, document_ids: Iterable[str], *, slot: str, title: str) -> None:
    """Give uploads of this case a place in its volume; what has one keeps it."""
    for document_id in document_ids:
        document = documents.find_document(context.session, document_id)
        if document is not None and document.lead_id == lead_id and not document.slot:
            documents.place_document(context, document_id, slot=slot, title=title)


def check_move(row: DeadlineRow, state: str) -> None:
    """Raise ``StateRefused`` when a deadline may not go there."""
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=state, reason="the deadline is not at that point")


def move(context: Context, row: DeadlineRow, state: str, **data: Any) -> Deadline:
    """Change the state, where that is allowed."""
    check_move(row, state)
    old, row.state = row.state, state
    context.session.flush()
    context.audit("deadline.moved", f"deadline:{row.id}", old=old, new=state, **data)
    return deadline_of(row)


def get_deadline(session: Session, deadline_id: str) -> Deadline:
    """The deadline with this id; raises NotFound."""
    return deadline_of(get_row(session, deadline_id))


def list_deadlines(session: Session, lead_id: str) -> list[Deadline]:
    """Every deadline of a case, the earliest end first; those not computed yet stand last."""
    rows = session.scalars(select(DeadlineRow).where(DeadlineRow.lead_id == lead_id))
    return [deadline_of(row) for row in sorted(rows, key=lambda row: (row.due_on or date.max, row.id))]


def get_row(session: Session, deadline_id: str) -> DeadlineRow:
    """The row with this id; raises NotFound."""
    row = session.get(DeadlineRow, deadline_id)
    if row is None:
        raise NotFound(kind="deadline", id=deadline_id)
    return row


def deadline_of(row: DeadlineRow) -> Deadline:
    """A row as it is handed out."""
    return Deadline(**{name: getattr(row, name) for name in Deadline.__dataclass_fields__})


def list_open(session: Session) -> list[Deadline]:
    """Every deadline of the firm that is not over, the earliest end first; those not computed yet stand last."""
    rows = session.scalars(select(DeadlineRow).where(DeadlineRow.state.in_(OPEN)))
    return [deadline_of(row) for row in sorted(rows, key=lambda row: (row.due_on or date.max, row.id))]
