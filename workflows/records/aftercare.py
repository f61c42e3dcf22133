"""After-care (后续维护): when a client is called again after a matter, what came of it, and when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Date, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import clients, contracts, matters, surveys
from workflows.records.rule_packs import get_rule

RUNNING, RESTING, ENDED = "RUNNING", "RESTING", "ENDED"
OPENS = time(9, 0)
NO_OPINION = 4  # a client who did not answer the survey counts as content


class AftercareRow(Base):
    """The after-care of one matter; ``visits`` calls were made, the next is due on ``next_on``."""

    __tablename__ = "aftercares"
    matter_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    tier: Mapped[str] = mapped_column(String(4), default="")
    closed_on: Mapped[date] = mapped_column(Date)
    visits: Mapped[int] = mapped_column(Integer, default=0)
    next_on: Mapped[date | None] = mapped_column(Date)
    last_contact_on: Mapped[date] = mapped_column(Date)
    opted_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VisitRow(Base):
    """One call or visit and what the client said."""

    __tablename__ = "aftercare_visits"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_name: Mapped[str] = mapped_column(String(120))
    values: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class Visit:
    """One call or visit."""

    id: str
    at: datetime
    by_name: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Aftercare:
    """The after-care of one matter."""

    matter_id: str
    lead_id: str
    client_id: str
    state: str
    tier: str
    closed_on: date
    visits: int
    next_on: date | None
    last_contact_on: date
    opted_out_at: datetime | None


def begin(context: Context, matter_id: str) -> Aftercare:
    """Take up the after-care of a closed matter."""
    matter = matters.get_matter(context.session, matter_id)
    row = context.session.get(AftercareRow, matter_id)
    if row is None:
        closed = (matter.closed_at or context.now).astimezone(FIRM_ZONE).date()
        row = AftercareRow(
            matter_id=matter_id, lead_id=matter.lead_id, client_id=matter.client_id, state=RUNNING, closed_on=closed,
            last_contact_on=closed, visits=0, tier="",
        )  # fmt: skip
        context.session.add(row)
        context.session.flush()
        context.audit("aftercare.begun", f"matter:{matter_id}")
    return _aftercare(row)


def sum_up(session: Session, client_id: str) -> dict[str, Any]:
    """What decides on a client's tier (D13): fees over all contracts in yuan, engagements, the last opinion, blocked or not."""
    theirs = matters.list_client_matters(session, client_id)
    made = [contracts.find_contract(session, matter.lead_id) for matter in theirs]
    found = [surveys.find_survey(session, matter.lead_id) for matter in theirs]
    scores = [survey.lowest for survey in found if survey and survey.lowest]
    return {
        "fees_total": float(sum(contract.fee_total for contract in made if contract)),
        "matter_count": len(theirs),
        "last_score": scores[-1] if scores else NO_OPINION,
        "blocked": "yes" if clients.get_client(session, client_id).is_blocked else "no",
    }


def plan(context: Context, matter_id: str, tier: str) -> Aftercare:
    """Set the day of the next call by the tier's rule; none for a client who wants none, is not served, or is called elsewhere.

    A client with a later matter is called for that one; the first call, about whether the result was performed, stays.
    """
    row = _get_row(context.session, matter_id)
    row.tier = tier
    covered = row.visits > 0 and _is_covered(context.session, row)
    row.next_on = None if tier == "NONE" or row.opted_out_at or covered else _next_day(row, context.now)
    row.state = RUNNING if row.next_on else RESTING
    context.session.flush()
    context.audit("aftercare.planned", f"matter:{matter_id}", tier=tier, next_on=row.next_on.isoformat() if row.next_on else "")
    return _aftercare(row)


def _is_covered(session: Session, row: AftercareRow) -> bool:
    theirs = matters.list_client_matters(session, row.client_id)
    return any(matter.id > row.matter_id and matter.state != matters.OPENING for matter in theirs)


def _next_day(row: AftercareRow, now: datetime) -> date:
    today = now.astimezone(FIRM_ZONE).date()
    rule = get_rule("aftercare", f"visits_{row.tier}", today).value
    first: Sequence[int] = rule["first"]
    if row.visits < len(first):
        due = row.closed_on + timedelta(days=first[row.visits])
    else:
        due = row.last_contact_on + timedelta(days=int(rule["then"]))
    return max(due, today + timedelta(days=1))


def dormant_at(row: Aftercare, now: datetime) -> datetime:
    """When what is kept of a silent client is reviewed: 9 o'clock, months after the last contact (个保法 art. 19, 47)."""
    months = int(get_rule("aftercare", "dormant_months", now.astimezone(FIRM_ZONE).date()).value)
    last = row.last_contact_on
    year, month = divmod(last.year * 12 + last.month - 1 + months, 12)
    return datetime.combine(date(year, month + 1, min(last.day, 28)), OPENS, tzinfo=FIRM_ZONE)


def visit_at(row: Aftercare) -> datetime | None:
    """The moment of the next call."""
    return datetime.combine(row.next_on, OPENS, tzinfo=FIRM_ZONE) if row.next_on else None


def keep_visit(context: Context, matter_id: str, values: dict[str, Any]) -> Visit:
    """Keep what came of a call; a client who wants no more is not called again. Raises StateRefused for one who has said so."""
    row = _get_row(context.session, matter_id)
    if row.opted_out_at:
        raise StateRefused(what="after-care", old=row.state, new=RUNNING, reason="the client does not want to be called any more")
    today = context.now.astimezone(FIRM_ZONE).date()
    name = context.name_of(context.actor.id) or context.actor.name
    visit = VisitRow(
        id=new_id(), matter_id=matter_id, lead_id=row.lead_id, at=context.now, by_name=name, values=values
    )  # fmt: skip
    context.session.add(visit)
    row.visits, row.last_contact_on = row.visits + 1, today
    row.next_on = None
    if values.get("opt_out"):
        row.opted_out_at, row.state = context.now, RESTING
    context.session.flush()
    context.audit("aftercare.visited", f"matter:{matter_id}", opted_out=bool(values.get("opt_out")))
    return Visit(visit.id, visit.at, visit.by_name, visit.values)


def end(context: Context, matter_id: str, *, kept: str) -> None:
    """End the after-care of a silent client with what compliance decided about the data."""
    row = _get_row(context.session, matter_id)
    row.state, row.next_on = ENDED, None
    context.audit("aftercare.ended", f"matter:{matter_id}", kept=kept)


def get_aftercare(session: Session, matter_id: str) -> Aftercare:
    """The after-care of a matter. Raises ``NotFound``."""
    return _aftercare(_get_row(session, matter_id))


def find_aftercare(session: Session, lead_id: str) -> Aftercare | None:
    """The after-care of a case."""
    row = session.scalar(select(AftercareRow).where(AftercareRow.lead_id == lead_id))
    return _aftercare(row) if row else None


def list_visits(session: Session, lead_id: str) -> list[Visit]:
    """The calls after a case, newest first."""
    rows = session.scalars(select(VisitRow).where(VisitRow.lead_id == lead_id).order_by(VisitRow.id.desc()))
    return [Visit(row.id, row.at, row.by_name, row.values) for row in rows]


def _get_row(session: Session, matter_id: str) -> AftercareRow:
    row = session.get(AftercareRow, matter_id)
    if row is None:
        raise NotFound(kind="after-care", id=matter_id)
    return row


def _aftercare(row: AftercareRow) -> Aftercare:
    return Aftercare(**{name: getattr(row, name) for name in Aftercare.__dataclass_fields__})
