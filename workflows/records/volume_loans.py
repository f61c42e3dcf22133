"""Loans of volumes (借阅): one application for one volume, its approvals, the volume's way out and back, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, String, Text, event, func, inspect, select
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime
from engine.errors import NotFound, StateRefused
from workflows.records import volumes
from workflows.records.volumes import VolumeRow

APPLIED, APPROVED, REFUSED, WITHDRAWN, LAPSED = "APPLIED", "APPROVED", "REFUSED", "WITHDRAWN", "LAPSED"
WAITING, OUT, RETURNED, MISSING, LOST = "WAITING", "OUT", "RETURNED", "MISSING", "LOST"
READING, READ, COPIED = "READING", "READ", "COPIED"
NEXT: Mapping[str, frozenset[str]] = {
    APPLIED: frozenset({APPROVED, REFUSED, WITHDRAWN}),
    APPROVED: frozenset({WAITING, OUT, READING, COPIED, WITHDRAWN, LAPSED}),
    WAITING: frozenset({APPROVED, WITHDRAWN, LAPSED}),
    OUT: frozenset({RETURNED, MISSING}),
    MISSING: frozenset({OUT, LOST}),
    READING: frozenset({READ}),
    REFUSED: frozenset(),
    WITHDRAWN: frozenset(),
    LAPSED: frozenset(),
    RETURNED: frozenset(),
    LOST: frozenset(),
    READ: frozenset(),
    COPIED: frozenset(),
}
#: the volume is not in its place
AWAY = frozenset({OUT, MISSING})
#: granted and not yet over: the volume may be neither destroyed nor transferred
ACTIVE = AWAY | {APPROVED, WAITING, READING}
ON_SITE, ORIGINAL, ELECTRONIC, COPY = "on_site", "original", "electronic", "copy"
#: in which the paper volume leaves its place
PAPER = frozenset({ON_SITE, ORIGINAL})
# Who borrows: the case's lead lawyer, another of its team, another lawyer of the firm, and people from outside.
OWN, TEAM, FIRM = "own", "team", "firm"
CLIENT, COURT, AUTHORITY, BAR, UNIT = "client", "court", "authority", "bar", "unit"
INSIDE = frozenset({OWN, TEAM, FIRM})
#: who comes with an official letter and two officers
OFFICIAL = frozenset({COURT, AUTHORITY, BAR})


class LoanRow(Base):
    __tablename__ = "volume_loans"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    loan_no: Mapped[str] = mapped_column(String(40), unique=True)
    volume_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(4))
    borrower_id: Mapped[str | None] = mapped_column(String(80), index=True)
    borrower_name: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str] = mapped_column(String(80))
    applied_by_name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(20))
    purpose_note: Mapped[str] = mapped_column(Text)
    pages: Mapped[str] = mapped_column(String(200))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    legal_deadline: Mapped[date | None] = mapped_column(Date)
    given: Mapped[dict[str, Any]] = mapped_column(Json)
    path: Mapped[list[str]] = mapped_column(Json)
    approvals: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    conditions: Mapped[list[str]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_on: Mapped[date | None] = mapped_column(Date, index=True)
    renewals: Mapped[int]
    link_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class Loan:
    """One loan.

    ``given`` is what somebody from outside showed (letter, identity, power of attorney, officers); ``path`` the roles that
    approve, ``approvals`` what they said; ``conditions`` are keys of ``loan_words.CONDITIONS``; ``steps`` hold ``out``,
    ``back``, ``copy``, ``chased`` and the steps of a loss, each with who and when.
    """

    id: str
    loan_no: str
    volume_id: str
    lead_id: str
    state: str
    kind: str
    mode: str
    level: str
    borrower_id: str | None
    borrower_name: str
    organisation: str
    contact: str
    applied_at: datetime
    applied_by: str
    applied_by_name: str
    purpose: str
    purpose_note: str
    pages: str
    from_on: date
    until_on: date
    legal_deadline: date | None
    given: dict[str, Any]
    path: list[str]
    approvals: list[dict[str, Any]]
    conditions: list[str]
    reason: str
    out_at: datetime | None
    due_on: date | None
    renewals: int
    link_until: datetime | None
    returned_at: datetime | None
    steps: dict[str, Any]

    def is_overdue(self, today: date) -> bool:
        """Whether the volume should be back by now."""
        return self.state in AWAY and self.due_on is not None and self.due_on < today

    @property
    def borrower(self) -> str:
        """Who borrows, with the body they come from."""
        return f"{self.organisation} {self.borrower_name}" if self.organisation else self.borrower_name


def has_open_loan(session: Session, volume_id: str) -> bool:
    """Whether a volume is out, promised or being read; then it is neither destroyed nor transferred (G8)."""
    query = select(func.count()).select_from(LoanRow).where(LoanRow.volume_id == volume_id, LoanRow.state.in_(ACTIVE))
    return bool(session.scalar(query))


def find_holder(session: Session, volume_id: str) -> Loan | None:
    """The loan with which a volume is out, or None."""
    row = session.scalar(select(LoanRow).where(LoanRow.volume_id == volume_id, LoanRow.state.in_(AWAY)).limit(1))
    return _loan(row) if row else None


def list_queue(session: Session, volume_id: str) -> list[Loan]:
    """Who waits for a volume, the first to get it first."""
    query = select(LoanRow).where(LoanRow.volume_id == volume_id, LoanRow.state == WAITING).order_by(LoanRow.id)
    return [_loan(row) for row in session.scalars(query)]


def list_overdue(session: Session, borrower_id: str, today: date) -> list[Loan]:
    """The volumes that somebody of the firm should have brought back."""
    query = select(LoanRow).where(LoanRow.borrower_id == borrower_id, LoanRow.state.in_(AWAY), LoanRow.due_on < today)
    return [_loan(row) for row in session.scalars(query.order_by(LoanRow.due_on))]


def list_held_by(session: Session, borrower_id: str) -> list[Loan]:
    """The volumes that somebody of the firm has in their hands; they go back before anybody leaves (P25)."""
    query = select(LoanRow).where(LoanRow.borrower_id == borrower_id, LoanRow.state.in_(AWAY)).order_by(LoanRow.id)
    return [_loan(row) for row in session.scalars(query)]


def list_of_volume(session: Session, volume_id: str) -> list[Loan]:
    """Every loan of a volume, newest first."""
    query = select(LoanRow).where(LoanRow.volume_id == volume_id).order_by(LoanRow.id.desc())
    return [_loan(row) for row in session.scalars(query)]


def list_of_person(session: Session, person_id: str, *, limit: int = 200) -> list[Loan]:
    """What somebody borrows or applied for, newest first."""
    mine = (LoanRow.borrower_id == person_id) | (LoanRow.applied_by == person_id)
    return [_loan(row) for row in session.scalars(select(LoanRow).where(mine).order_by(LoanRow.id.desc()).limit(limit))]


def list_loans(session: Session, *, states: frozenset[str] | None = None, limit: int = 500) -> list[Loan]:
    """The loans in some states, or all: what is due first comes first, then the newest."""
    query = select(LoanRow)
    if states is not None:
        query = query.where(LoanRow.state.in_(states))
    rows = session.scalars(query.order_by(LoanRow.due_on.is_(None), LoanRow.due_on, LoanRow.id.desc()).limit(limit))
    return [_loan(row) for row in rows]


def find_loan(session: Session, loan_id: str) -> Loan | None:
    """The loan with this id, or None."""
    row = session.get(LoanRow, loan_id)
    return _loan(row) if row else None


def get_loan(session: Session, loan_id: str) -> Loan:
    """The loan with this id; raises NotFound."""
    return _loan(get_row(session, loan_id))


def get_row(session: Session, loan_id: str) -> LoanRow:
    """The row of a loan, for the records that change it; raises NotFound."""
    row = session.get(LoanRow, loan_id)
    if row is None:
        raise NotFound(kind="loan", id=loan_id)
    return row


def keep_step(context: Context, row: LoanRow, name: str, said: Mapping[str, Any]) -> None:
    """Keep what somebody did with a loan, with who and when."""
    done = {**said, "by": context.actor.name, "by_id": context.actor.id, "at": context.now.isoformat()}
    row.steps = {**row.steps, name: done}


def move(context: Context, row: LoanRow, state: str, **data: Any) -> Loan:
    """Bring a loan into its next state; raises StateRefused for a change that ``NEXT`` does not know."""
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.loan_no, old=row.state, new=state, reason="the loan is not at that point")
    row.state = state
    context.session.flush()
    context.audit(f"loan.{state.lower()}", f"loan:{row.id}", number=row.loan_no, volume=row.volume_id, **data)
    return _loan(row)


def read(row: LoanRow) -> Loan:
    """A row as it stands."""
    return _loan(row)


def _loan(row: LoanRow) -> Loan:
    return Loan(**{name: getattr(row, name) for name in Loan.__dataclass_fields__})


def _refuse(mapper: Mapper[Any], connection: Connection, target: VolumeRow) -> None:
    """Stop a volume from being destroyed or transferred, or listed for it, while somebody has it, waits for it or reads it."""
    if not inspect(target).attrs.state.history.has_changes() or target.state not in volumes.GONE | {volumes.TO_DESTROY}:
        return
    query = select(func.count()).select_from(LoanRow).where(LoanRow.volume_id == target.id, LoanRow.state.in_(ACTIVE))
    if connection.scalar(query):
        why = "the volume is lent, promised or being read"
        raise StateRefused(what=target.title, old=volumes.ON_LOAN, new=target.state, reason=why)


event.listen(VolumeRow, "before_update", _refuse)
