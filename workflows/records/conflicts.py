"""Conflict checks (利益冲突审查): one numbered record a check, from the query list to the decision and its validity.

Lawyers Law art. 23 (a firm must check conflicts) and art. 39; Practice Standards art. 51 to 53.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import conflict_validity, leads
from workflows.records.conflict_tables import ConflictCheckRow, ConflictHitRow
from workflows.records.numbers import allocate
from workflows.records.parties import CLIENT, OPPOSING, list_parties
from workflows.records.rule_packs import get_rule

RUNNING, REVIEW = "RUNNING", "REVIEW"
CLEAR, WAIVABLE, ABSOLUTE, INSUFFICIENT = "CLEAR", "WAIVABLE", "ABSOLUTE", "INSUFFICIENT"
WAIVED, REFUSED = "WAIVED", "REFUSED"
NEXT: Mapping[str, frozenset[str]] = {
    RUNNING: frozenset({REVIEW, CLEAR, INSUFFICIENT}),
    REVIEW: frozenset({RUNNING, CLEAR, WAIVABLE, ABSOLUTE, INSUFFICIENT}),
    WAIVABLE: frozenset({WAIVED, REFUSED}),
    CLEAR: frozenset(),
    ABSOLUTE: frozenset(),
    INSUFFICIENT: frozenset(),
    WAIVED: frozenset(),
    REFUSED: frozenset(),
}
GOOD = conflict_validity.GOOD
UNDER_WAY = frozenset({RUNNING, REVIEW})


@dataclass(frozen=True)
class ConflictCheck:
    """One check; ``queries`` is the query list, ``decisions`` who decided what and why, in order."""

    id: str
    check_no: str
    lead_id: str
    instance_id: str
    state: str
    team: list[str]
    round: int
    asked: int
    questions: list[str]
    queries: list[dict[str, Any]]
    party_set_hash: str
    declarations: list[dict[str, Any]]
    search: dict[str, Any]
    heaviest: str
    decisions: list[dict[str, Any]]
    conditions: str
    requested_at: datetime
    requested_by: str
    searched_at: datetime | None
    closed_at: datetime | None
    valid_until: datetime | None
    annex_digest: str
    digest: str


def open_check(context: Context, lead_id: str, team: Sequence[str]) -> ConflictCheck:
    """A new check with the next number ``LC-2026-00001``; a lead that was being screened is now in conflict check."""
    day = context.now.astimezone(FIRM_ZONE).date()
    number = allocate(context, "conflict_check", day.year)
    row = ConflictCheckRow(
        id=new_id(),
        check_no=get_rule("numbers", "conflict_check_no", day).value.format(year=day.year, number=number),
        lead_id=lead_id,
        instance_id=context.instance_id or "",
        state=RUNNING,
        team=list(team),
        round=0,
        asked=0,
        questions=[],
        queries=[],
        party_set_hash="",
        declarations=[],
        search={},
        heaviest="",
        decisions=[],
        conditions="",
        requested_at=context.now,
        requested_by=context.actor.id,
        annex_digest="",
        digest="",
    )
    context.session.add(row)
    context.session.flush()
    if leads.get_lead(context.session, lead_id).state == "SCREENING":
        leads.move_lead(context, lead_id, "CONFLICT")
    context.audit("conflict_check_opened", f"conflict_check:{row.id}", check_no=row.check_no, lead=lead_id)
    return _check(row)


def find_open_check(session: Session, lead_id: str, instance_id: str) -> ConflictCheck | None:
    """The check that a process instance has under way for a lead."""
    query = select(ConflictCheckRow).where(
        ConflictCheckRow.lead_id == lead_id,
        ConflictCheckRow.instance_id == instance_id,
        ConflictCheckRow.state.in_(sorted(UNDER_WAY)),
    )
    row = session.scalars(query.order_by(ConflictCheckRow.id.desc())).first()
    return _check(row) if row else None


def get_check(session: Session, check_id: str) -> ConflictCheck:
    """A check by id. Raises ``NotFound``."""
    return _check(_get_row(session, check_id))


def find_check(session: Session, lead_id: str) -> ConflictCheck | None:
    """The newest check of a lead."""
    row = session.scalars(
        select(ConflictCheckRow).where(ConflictCheckRow.lead_id == lead_id).order_by(ConflictCheckRow.id.desc())
    ).first()
    return _check(row) if row else None


def list_checks(session: Session, lead_id: str) -> list[ConflictCheck]:
    """Every check of a lead, oldest first."""
    query = select(ConflictCheckRow).where(ConflictCheckRow.lead_id == lead_id).order_by(ConflictCheckRow.id)
    return [_check(row) for row in session.scalars(query)]


def list_missing(session: Session, lead_id: str, now: datetime) -> list[str]:
    """What a search cannot do without: ``client``; ``opposing`` for business that has an opposing side."""
    lead = leads.get_lead(session, lead_id)
    roles = {party.role for party in list_parties(session, lead_id)}
    adversarial = get_rule("conflicts", "adversarial_types", now.astimezone(FIRM_ZONE).date()).value
    missing = [] if CLIENT in roles else ["client"]
    if OPPOSING not in roles and lead.matter_type in adversarial:
        missing.append("opposing")
    return missing


def change_check(context: Context, check_id: str, *, state: str | None = None, **values: Any) -> ConflictCheck:
    """Change a check that is not closed yet. Raises ``StateRefused``."""
    row = _get_row(context.session, check_id)
    if state and state != row.state:
        check_move(row, state)
        context.audit("conflict_check_moved", f"conflict_check:{check_id}", old=row.state, new=state)
        row.state = state
    elif row.state not in UNDER_WAY:
        raise StateRefused(what=row.check_no, old=row.state, new=row.state, reason="a closed check is not changed any more")
    for name, value in values.items():
        setattr(row, name, value)
    context.session.flush()
    return _check(row)


def add_decision(
    context: Context, check_id: str, *, decision: str, reason: str, conditions: str, is_vote: bool = False
) -> None:
    """Keep what a partner voted or the director decided, with the reason; dissent stays beside the last word."""
    row = _get_row(context.session, check_id)
    if row.state not in UNDER_WAY:
        raise StateRefused(what=row.check_no, old=row.state, new=decision, reason="a closed check is not changed any more")
    entry = {
        "is_vote": is_vote,
        "round": row.round,
        "decision": decision,
        "reason": reason,
        "conditions": conditions,
        "by": context.actor.id,
        "by_name": context.actor.name,
        "at": context.now.isoformat(),
    }
    row.decisions = [*row.decisions, entry]
    row.conditions = conditions or row.conditions
    context.session.flush()
    context.audit("conflict_decided", f"conflict_check:{check_id}", decision=decision)


def close_check(context: Context, check_id: str, result: str, *, annex_digest: str = "") -> ConflictCheck:
    """End a check with its result and validity, and seal it: its digest goes into the audit chain.

    A lead whose conflicts are cleared goes on to assessment.
    """
    day = context.now.astimezone(FIRM_ZONE).date()
    days = int(get_rule("conflicts", "validity_days", day).value)
    row = _get_row(context.session, check_id)
    check_move(row, result)
    with context.session.no_autoflush:  # a decided record is written once: the database refuses a second change
        old, row.state, row.closed_at, row.annex_digest = row.state, result, context.now, annex_digest
        row.valid_until = context.now + timedelta(days=days)
        row.digest = digest_of(context.session, row)
        context.session.flush()
    context.audit("conflict_check_moved", f"conflict_check:{check_id}", old=old, new=result)
    context.audit("conflict_check_sealed", f"conflict_check:{check_id}", result=result, digest=row.digest)
    if result in GOOD and leads.get_lead(context.session, row.lead_id).state == "CONFLICT":
        leads.move_lead(context, row.lead_id, "ASSESS")
    return _check(row)


def check_move(row: ConflictCheckRow, state: str) -> None:
    """Raise ``StateRefused`` when the procedure does not allow a check to go on to a state."""
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.check_no, old=row.state, new=state, reason="the procedure does not allow it")


def digest_of(session: Session, row: ConflictCheckRow) -> str:
    """SHA-256 of a check with all its hits of every round, as they stand."""
    hits = session.scalars(select(ConflictHitRow).where(ConflictHitRow.check_id == row.id).order_by(ConflictHitRow.id))
    plain = {"check": read_columns(row, without="digest"), "hits": [read_columns(hit) for hit in hits]}
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_columns(row: Base, *, without: str = "") -> dict[str, Any]:
    """Every column of a row; moments in UTC, so that every database gives the same text."""
    found = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != without}
    return {key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for key, value in found.items()}


def _get_row(session: Session, check_id: str) -> ConflictCheckRow:
    row = session.get(ConflictCheckRow, check_id)
    if row is None:
        raise NotFound(kind="conflict check", id=check_id)
    return row


def _check(row: ConflictCheckRow) -> ConflictCheck:
    return ConflictCheck(**{name: getattr(row, name) for name in ConflictCheck.__dataclass_fields__})
