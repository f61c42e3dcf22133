"""Acceptances (收案审批): the lawyer's application, what had to come first, and the opinion of every level.

Lawyers Law (律师法) art. 25: the firm, not the lawyer, accepts the engagement. One row a round: what is returned comes
back as the next round and passes every level anew. Nobody of the team and nobody who approved before may approve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import conflict_validity, walls

APPLIED, RETURNED, ACCEPTED, DECLINED = "APPLIED", "RETURNED", "ACCEPTED", "DECLINED"
APPROVE, RETURN, REFUSE = "APPROVE", "RETURN", "REFUSE"
RECUSE = "RECUSE"  # who has an interest of their own steps aside; somebody else of the level is asked
DONE = "DONE"


class AcceptanceRow(Base):
    __tablename__ = "acceptances"
    __table_args__ = (UniqueConstraint("lead_id", "round"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32))
    round: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    team_ids: Mapped[list[str]] = mapped_column(Json)
    missing: Mapped[list[str]] = mapped_column(Json)
    snapshot: Mapped[dict[str, Any]] = mapped_column(Json)
    levels: Mapped[list[str]] = mapped_column(Json)
    reasons: Mapped[list[str]] = mapped_column(Json)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str] = mapped_column(String(80))
    applied_by_name: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AcceptanceOpinionRow(Base):
    __tablename__ = "acceptance_opinions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptances.id"), index=True)
    level: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(String(12))
    opinion: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Acceptance:
    """One round; ``missing`` says what must still come first, ``snapshot`` what the approvers had before them."""

    id: str
    lead_id: str
    round: int
    state: str
    form: dict[str, Any]
    team_ids: list[str]
    missing: list[str]
    snapshot: dict[str, Any]
    levels: list[str]
    reasons: list[str]
    applied_at: datetime
    applied_by: str
    applied_by_name: str
    closed_at: datetime | None


@dataclass(frozen=True)
class AcceptanceOpinion:
    """What one level said."""

    id: str
    acceptance_id: str
    level: str
    decision: str
    opinion: str
    at: datetime
    by: str
    by_name: str


def apply(context: Context, lead_id: str, form: Mapping[str, Any], team_ids: Sequence[str]) -> Acceptance:
    """Put the application forward; one that only lacked something is replaced, a returned one gets the next round."""
    row = _find_row(context.session, lead_id)
    if row is None or row.state != APPLIED or _opinions(context.session, row.id):
        row = AcceptanceRow(id=new_id(), lead_id=lead_id, round=row.round + 1 if row else 1, levels=[], reasons=[])
        context.session.add(row)
    row.state, row.form, row.team_ids = APPLIED, dict(form), list(team_ids)
    row.missing, row.snapshot = [], {}
    row.applied_at, row.applied_by, row.applied_by_name = context.now, context.actor.id, context.actor.name
    context.session.flush()
    context.audit("acceptance_applied", f"lead:{lead_id}", round=row.round, team=row.team_ids)
    return _acceptance(row)


def write_check(context: Context, lead_id: str, *, missing: Sequence[str], snapshot: Mapping[str, Any]) -> None:
    """Keep what the check found missing, and what the approvers will have before them."""
    row = _get_row(context.session, lead_id)
    row.missing, row.snapshot = list(missing), dict(snapshot)
    context.session.flush()
    context.audit("acceptance_checked", f"lead:{lead_id}", round=row.round, missing=len(row.missing))


def write_levels(context: Context, lead_id: str, levels: Sequence[str], reasons: Sequence[str]) -> None:
    """Keep which levels decision D5 named, and why; the first answer of a round stands."""
    row = _get_row(context.session, lead_id)
    if not row.levels:
        row.levels, row.reasons = list(levels), list(reasons)
        context.session.flush()


def add_opinion(
    context: Context, lead_id: str, *, level: str, decision: str, opinion: str, by: str = "", by_name: str = ""
) -> None:
    """Keep a level's opinion; ``by`` is another than who acts for a body. Raises ``StateRefused`` when it is not its turn."""
    row = _get_row(context.session, lead_id)
    if row.state != APPLIED or next_level(context.session, lead_id) != level:
        raise StateRefused(what=level, old=row.state, new=decision, reason="it is not this level's turn")
    context.session.add(
        AcceptanceOpinionRow(
            id=new_id(),
            acceptance_id=row.id,
            level=level,
            decision=decision,
            opinion=opinion,
            at=context.now,
            by=by or context.actor.id,
            by_name=by_name or context.actor.name,
        )
    )
    context.session.flush()
    context.audit("acceptance_decided", f"lead:{lead_id}", round=row.round, level=level, decision=decision)


def next_level(session: Session, lead_id: str) -> str:
    """Whose turn it is: a level, ``DONE`` when all agreed, ``RETURNED`` or ``DECLINED`` as soon as one said so."""
    row = _get_row(session, lead_id)
    opinions = _opinions(session, row.id)
    if any(each.decision == REFUSE for each in opinions):
        return DECLINED
    if any(each.decision == RETURN for each in opinions):
        return RETURNED
    heard = {each.level for each in opinions if each.decision != RECUSE}
    return next((level for level in row.levels if level not in heard), DONE)


def list_barred(session: Session, lead_id: str) -> list[str]:
    """Who may not approve next: the team, who applied, who spoke in this round already, and who is behind a wall."""
    row = _get_row(session, lead_id)
    spoke = [each.by for each in _opinions(session, row.id)]
    return list(dict.fromkeys([*row.team_ids, row.applied_by, *spoke, *sorted(walls.find_kept_away(session, lead_id))]))


def close(context: Context, lead_id: str, state: str) -> None:
    """End a round: returned, accepted or declined.

    Raises ``StateRefused`` when a round is over already, or is to be accepted before every level has agreed or without a
    conflict check that holds now (guard G1).
    """
    row = _get_row(context.session, lead_id)
    reason = ""
    if row.state != APPLIED:
        reason = "the procedure does not allow it"
    elif state == ACCEPTED and (not row.levels or next_level(context.session, lead_id) != DONE):
        reason = "not every level has agreed"
    elif state == ACCEPTED and not conflict_validity.check_valid(context.session, lead_id, context.now):
        reason = "there is no conflict check that holds"
    if reason:
        raise StateRefused(what=f"{lead_id}/{row.round}", old=row.state, new=state, reason=reason)
    row.state, row.closed_at = state, context.now
    context.session.flush()
    context.audit("acceptance_closed", f"lead:{lead_id}", round=row.round, state=state)


def get_acceptance(session: Session, lead_id: str) -> Acceptance:
    """The newest round of a lead. Raises ``NotFound``."""
    return _acceptance(_get_row(session, lead_id))


def find_acceptance(session: Session, lead_id: str) -> Acceptance | None:
    """The newest round of a lead, or None."""
    row = _find_row(session, lead_id)
    return _acceptance(row) if row else None


def list_opinions(session: Session, acceptance_id: str) -> list[AcceptanceOpinion]:
    """The opinions of one round in their order."""
    return [
        AcceptanceOpinion(**{name: getattr(row, name) for name in AcceptanceOpinion.__dataclass_fields__})
        for row in _opinions(session, acceptance_id)
    ]


def list_returns(session: Session, lead_id: str) -> list[AcceptanceOpinion]:
    """Every opinion that sent an application back, oldest first."""
    ids = session.scalars(select(AcceptanceRow.id).where(AcceptanceRow.lead_id == lead_id).order_by(AcceptanceRow.round))
    return [each for acceptance_id in ids.all() for each in list_opinions(session, acceptance_id) if each.decision == RETURN]


def _opinions(session: Session, acceptance_id: str) -> list[AcceptanceOpinionRow]:
    query = select(AcceptanceOpinionRow).where(AcceptanceOpinionRow.acceptance_id == acceptance_id)
    return list(session.scalars(query.order_by(AcceptanceOpinionRow.id)))


def _find_row(session: Session, lead_id: str) -> AcceptanceRow | None:
    query = select(AcceptanceRow).where(AcceptanceRow.lead_id == lead_id).order_by(AcceptanceRow.round.desc())
    return session.scalars(query.limit(1)).first()


def _get_row(session: Session, lead_id: str) -> AcceptanceRow:
    row = _find_row(session, lead_id)
    if row is None:
        raise NotFound(kind="acceptance", id=lead_id)
    return row


def _acceptance(row: AcceptanceRow) -> Acceptance:
    return Acceptance(**{name: getattr(row, name) for name in Acceptance.__dataclass_fields__})
