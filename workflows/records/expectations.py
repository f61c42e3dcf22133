"""Expectations (客户期望与风险告知): what was discussed, promised by nobody, and confirmed or refused by the client.

Lawyers' practice measures (律师执业管理办法): the risks are explained, no improper promise is made. One row a round of talks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records.promises import find_promises

DRAFT, CONFIRMED, CHANGES, REFUSED = "DRAFT", "CONFIRMED", "CHANGES", "REFUSED"
LAPSED, STOPPED = "LAPSED", "STOPPED"
INSISTS = "insists"
WORDING = "wording"  # what a partner decides about, beside INSISTS


class ExpectationRow(Base):
    __tablename__ = "expectations"
    __table_args__ = (UniqueConstraint("lead_id", "round"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32))
    round: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    meeting: Mapped[dict[str, Any]] = mapped_column(Json)
    guidance: Mapped[dict[str, Any]] = mapped_column(Json)
    partner: Mapped[dict[str, Any]] = mapped_column(Json)
    questions: Mapped[str] = mapped_column(Text)
    refusal: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(120))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Expectation:
    """One round of talks: the meeting's form, the guidance given, the partner's word, the client's answer."""

    id: str
    lead_id: str
    round: int
    state: str
    meeting: dict[str, Any]
    guidance: dict[str, Any]
    partner: dict[str, Any]
    questions: str
    refusal: str
    written_at: datetime
    written_by_name: str
    answered_at: datetime | None


def write_meeting(context: Context, lead_id: str, meeting: Mapping[str, Any]) -> Expectation:
    """Begin a round of talks with its meeting record, or write the record of a round again that never reached the client."""
    row = _find_row(context.session, lead_id)
    if row is None or row.state != DRAFT:
        row = ExpectationRow(
            id=new_id(), lead_id=lead_id, round=row.round + 1 if row else 1, state=DRAFT, questions="", refusal=""
        )
        context.session.add(row)
    row.meeting, row.guidance, row.partner = dict(meeting), {}, {}
    row.written_at, row.written_by_name = context.now, context.actor.name
    context.session.flush()
    context.audit("expectations_written", f"lead:{lead_id}", round=row.round)
    return _expectation(row)


def is_unreasonable(meeting: Mapping[str, Any]) -> bool:
    """Whether the lawyer ticked it, or the client's own words ask for what nobody may promise."""
    return bool(meeting.get("expectation_unreasonable") or find_promises(str(meeting.get("client_expectations") or "")))


def write_guidance(context: Context, lead_id: str, guidance: Mapping[str, Any]) -> None:
    """Keep what the lawyer explained and how the client took it."""
    _get_row(context.session, lead_id).guidance = dict(guidance)
    context.session.flush()
    context.audit("expectations_guided", f"lead:{lead_id}", reaction=guidance.get("reaction"))


def write_partner(context: Context, lead_id: str, about: str, decision: Mapping[str, Any], *, stop: bool = False) -> None:
    """Keep a partner's word ``about`` the wording or a client who insists; ``stop`` ends the talks."""
    row = _get_row(context.session, lead_id)
    entry = {**decision, "by_name": context.actor.name, "at": context.now.isoformat()}
    row.partner = {**row.partner, about: entry}
    if stop:
        row.state = STOPPED
    context.session.flush()
    context.audit("expectations_decided", f"lead:{lead_id}", about=about, stop=stop)


def answer(context: Context, lead_id: str, state: str, *, questions: str = "", refusal: str = "") -> Expectation:
    """Keep the client's answer, or that none came."""
    row = _get_row(context.session, lead_id)
    row.state, row.questions, row.refusal, row.answered_at = state, questions, refusal, context.now
    context.session.flush()
    context.audit("expectations_answered", f"lead:{lead_id}", round=row.round, state=state)
    return _expectation(row)


def find_expectation(session: Session, lead_id: str) -> Expectation | None:
    """The newest round of talks of a lead, or None."""
    row = _find_row(session, lead_id)
    return _expectation(row) if row else None


def list_rounds(session: Session, lead_id: str) -> list[Expectation]:
    """Every round of talks of a lead, newest first."""
    query = select(ExpectationRow).where(ExpectationRow.lead_id == lead_id).order_by(ExpectationRow.round.desc())
    return [_expectation(row) for row in session.scalars(query)]


def is_confirmed(session: Session, lead_id: str) -> bool:
    """Whether the client confirmed the newest round."""
    found = find_expectation(session, lead_id)
    return found is not None and found.state == CONFIRMED


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest round for letters and panels; empty before the first."""
    found = find_expectation(session, lead_id)
    if found is None:
        return {}
    return {
        "expectations": {
            **found.meeting,
            "round": found.round,
            "state": found.state,
            "guidance": found.guidance,
            "insists": found.guidance.get("reaction") == INSISTS,
            "written_by": found.written_by_name,
            "written_at": found.written_at.isoformat(),
            "answered_at": found.answered_at.isoformat() if found.answered_at else "",
            "questions": found.questions,
        }
    }


def _find_row(session: Session, lead_id: str) -> ExpectationRow | None:
    query = select(ExpectationRow).where(ExpectationRow.lead_id == lead_id).order_by(ExpectationRow.round.desc())
    return session.scalars(query.limit(1)).first()


def _get_row(session: Session, lead_id: str) -> ExpectationRow:
    row = _find_row(session, lead_id)
    if row is None:
        raise NotFound(kind="expectations", id=lead_id)
    return row


def _expectation(row: ExpectationRow) -> Expectation:
    return Expectation(**{name: getattr(row, name) for name in Expectation.__dataclass_fields__})
