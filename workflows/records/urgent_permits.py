"""Urgent permits (紧急先行): work before the engagement is signed, when a period would run out or somebody is detained.

The director alone permits it, for a limited scope that the client signs, and for a few working days; by then conflict check
to engagement contract are finished, or the work stops. Guard G2: nothing is done for a client without a signed contract or
a permit that still runs. Lawyers Law (律师法) art. 25, 33; Criminal Procedure Law (刑事诉讼法) art. 34, 39.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import conflicts, contracts, leads
from workflows.records.rule_packs import get_rule

PROPOSED, APPROVED, SIGNED = "PROPOSED", "APPROVED", "SIGNED"
FINISHED, STOPPED, REFUSED, LAPSED = "FINISHED", "STOPPED", "REFUSED", "LAPSED"
MOVES: Mapping[str, frozenset[str]] = {
    PROPOSED: frozenset({APPROVED, REFUSED}),
    APPROVED: frozenset({SIGNED, LAPSED}),
    SIGNED: frozenset({FINISHED, STOPPED}),
    FINISHED: frozenset(),
    STOPPED: frozenset(),
    REFUSED: frozenset(),
    LAPSED: frozenset(),
}
AGAIN = frozenset({REFUSED, LAPSED})  # after these a new application is possible; a permit that ran is not given twice
ENGAGED = frozenset({"SIGNED", "AMENDED", "COMPLETED"})
DEADLINE, DETAINED = "deadline", "detained"


class UrgentPermitRow(Base):
    __tablename__ = "urgent_permits"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(12))
    form: Mapped[dict[str, Any]] = mapped_column(Json)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str] = mapped_column(String(80))
    applied_by_name: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_name: Mapped[str] = mapped_column(String(120))
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    work: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class UrgentPermit:
    """One permit; ``form`` is the application, ``work`` what was done and how it was handed over."""

    id: str
    lead_id: str
    state: str
    form: dict[str, Any]
    applied_at: datetime
    applied_by: str
    applied_by_name: str
    note: str
    decided_at: datetime | None
    decided_by_name: str
    ends_at: datetime | None
    ended_at: datetime | None
    work: dict[str, Any]


def is_urgent(form: Mapping[str, Any], now: datetime) -> bool:
    """Whether somebody is detained, or the period ends within the hours of the rule pack and has not ended yet."""
    if form.get("ground") == DETAINED:
        return True
    hours = int(get_rule("acceptance", "urgent_hours", now.astimezone(FIRM_ZONE).date()).value)
    ends = form.get("deadline_at")
    if not ends:
        return False
    at = datetime.fromisoformat(str(ends))
    at = at if at.tzinfo else at.replace(tzinfo=FIRM_ZONE)
    return timedelta() < at - now <= timedelta(hours=hours)


def propose(context: Context, lead_id: str, form: Mapping[str, Any]) -> UrgentPermit:
    """Apply for a permit. Raises ``StateRefused`` for a lead that has ended or has an absolute conflict, and for a second one."""
    session = context.session
    lead = leads.get_lead(session, lead_id)
    check, last = conflicts.find_check(session, lead_id), find_permit(session, lead_id)
    reason = ""
    if lead.state in leads.ENDED:
        reason = "the lead has ended"
    elif check is not None and check.state == conflicts.ABSOLUTE:
        reason = "there is an absolute conflict of interest"
    elif last is not None and last.state not in AGAIN:
        reason = "an urgent permit is given once"
    elif not is_urgent(form, context.now):
        reason = "it is not urgent"
    if reason:
        raise StateRefused(what=lead.lead_no, old=lead.state, new="URGENT", reason=reason)
    row = UrgentPermitRow(
        id=new_id(), lead_id=lead_id, state=PROPOSED, form=dict(form), applied_at=context.now, applied_by=context.actor.id,
        applied_by_name=context.actor.name, note="", decided_by_name="", work={},
    )  # fmt: skip
    session.add(row)
    session.flush()
    context.audit("urgent_permit_proposed", f"lead:{lead_id}", ground=row.form.get("ground"))
    return _permit(row)


def decide(context: Context, lead_id: str, *, approved: bool, note: str) -> UrgentPermit:
    """The director's word; nobody else's counts, and nobody permits what they applied for."""
    row = _get_row(context.session, lead_id)
    if "director" not in context.actor.roles or context.actor.id == row.applied_by:
        raise NotAllowed(reason="only a director who did not apply may permit urgent work")
    _move(context, row, APPROVED if approved else REFUSED)
    row.note, row.decided_at, row.decided_by_name = note, context.now, context.actor.name
    context.session.flush()
    return _permit(row)


def begin(context: Context, lead_id: str) -> UrgentPermit:
    """The client signed the limited scope: the working days begin to run."""
    row = _get_row(context.session, lead_id)
    _move(context, row, SIGNED)
    days = int(get_rule("acceptance", "urgent_days", context.now.astimezone(FIRM_ZONE).date()).value)
    row.ends_at = add_working_days(context.now, days)
    context.session.flush()
    return _permit(row)


def end(context: Context, lead_id: str, state: str) -> UrgentPermit:
    """The permit is over: engaged in time, stopped, or never signed."""
    row = _get_row(context.session, lead_id)
    if state == FINISHED and not is_engaged(context.session, lead_id):
        raise StateRefused(what=lead_id, old=row.state, new=state, reason="the engagement contract is not signed")
    _move(context, row, state)
    row.ended_at = context.now
    context.session.flush()
    return _permit(row)


def write_work(context: Context, lead_id: str, work: Mapping[str, Any]) -> None:
    """Keep what was done under the permit, or how it was handed over."""
    row = _get_row(context.session, lead_id)
    row.work = {**row.work, **work}
    context.session.flush()
    context.audit("urgent_work_written", f"lead:{lead_id}")


def is_engaged(session: Session, lead_id: str) -> bool:
    """Whether the engagement contract is signed."""
    contract = contracts.find_contract(session, lead_id)
    return contract is not None and contract.state in ENGAGED


def may_serve(session: Session, lead_id: str, now: datetime) -> bool:
    """Guard G2: whether the firm may work for a client now: a signed contract, or a permit that still runs."""
    if is_engaged(session, lead_id):
        return True
    found = find_permit(session, lead_id)
    return found is not None and found.state == SIGNED and found.ends_at is not None and now < found.ends_at


def check_may_serve(session: Session, lead_id: str, now: datetime, what: str) -> None:
    """Raise ``StateRefused`` where the firm may not work for a client (guard G2)."""
    if not may_serve(session, lead_id, now):
        lead = leads.get_lead(session, lead_id)
        raise StateRefused(what=lead.lead_no, old=lead.state, new=what, reason="there is neither a signed contract nor a permit")


def find_permit(session: Session, lead_id: str) -> UrgentPermit | None:
    """The newest permit of a lead, or None."""
    row = _find_row(session, lead_id)
    return _permit(row) if row else None


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """``urgent`` for the letter; empty without an application."""
    found = find_permit(session, lead_id)
    if found is None:
        return {}
    today = found.applied_at.astimezone(FIRM_ZONE).date()
    return {
        "urgent": {
            "ground": "当事人已被羁押" if found.form.get("ground") == DETAINED else "期限即将届满",
            "deadline": found.form.get("deadline_event") or "",
            "deadline_at": found.form.get("deadline_at") or "",
            "scope": found.form.get("scope_text") or "",
            "note": found.form.get("reason") or "",
            "days": int(get_rule("acceptance", "urgent_days", today).value),
            "approved_by": found.decided_by_name,
            "state": found.state,
        }
    }


def _move(context: Context, row: UrgentPermitRow, state: str) -> None:
    if state not in MOVES[row.state]:
        raise StateRefused(what=row.lead_id, old=row.state, new=state, reason="the procedure does not allow it")
    context.audit("urgent_permit_moved", f"lead:{row.lead_id}", old=row.state, new=state)
    row.state = state


def _find_row(session: Session, lead_id: str) -> UrgentPermitRow | None:
    query = select(UrgentPermitRow).where(UrgentPermitRow.lead_id == lead_id).order_by(UrgentPermitRow.id.desc())
    return session.scalars(query.limit(1)).first()


def _get_row(session: Session, lead_id: str) -> UrgentPermitRow:
    row = _find_row(session, lead_id)
    if row is None:
        raise NotFound(kind="urgent permit", id=lead_id)
    return row


def _permit(row: UrgentPermitRow) -> UrgentPermit:
    return UrgentPermit(**{name: getattr(row, name) for name in UrgentPermit.__dataclass_fields__})
