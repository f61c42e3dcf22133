"""Later comparisons (后续复检) of a cleared case with names that came up since; a decided check itself is not touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records import conflict_search, conflicts, matters
from workflows.records.conflict_hits import CLASSES, TO_JUDGE, situation_key
from workflows.records.conflict_tables import ConflictCheckRow
from workflows.records.leads import ENDED, Lead

# Why somebody compares again (rules.md 3.5).
TRIGGERS = ("parties", "team", "joined", "declared", "nightly", "reopened", "instance", "renewal", "asked")
OPEN, NOTHING, DISMISSED, CHECKED, MEASURES = "OPEN", "NOTHING", "DISMISSED", "CHECKED", "MEASURES"
CLEARED = "CLEARED"  # checked again, and nothing stands against the case


class ConflictRecheckRow(Base):
    """One comparison; ``found`` are the new hits as a check would keep them, ``measures`` what the director ordered."""

    __tablename__ = "conflict_rechecks"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    check_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    cause: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), index=True)
    found: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text)
    next_check_id: Mapped[str] = mapped_column(String(32))
    compared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Recheck:
    """One later comparison."""

    id: str
    check_id: str
    lead_id: str
    cause: str
    state: str
    found: list[dict[str, Any]]
    reason: str
    measures: str
    next_check_id: str
    compared_at: datetime
    settled_at: datetime | None
    settled_by_name: str


def find_watched_check(session: Session, lead_id: str) -> conflicts.ConflictCheck | None:
    """The check that has let a case pass which is not over; None when there is nothing to watch."""
    check = conflicts.find_check(session, lead_id)
    lead = session.get(Lead, lead_id)  # a lead that was declined may be erased, its check is kept
    if lead is None or check is None or check.state not in conflicts.GOOD:
        return None
    matter = matters.find_matter_by_lead(session, lead_id)
    is_over = matter.state not in matters.RUNNING if matter else lead.state in ENDED
    return None if is_over else check


def list_watched(session: Session) -> list[str]:
    """Every case that is watched."""
    query = select(ConflictCheckRow.lead_id).where(ConflictCheckRow.state.in_(sorted(conflicts.GOOD)))
    return [each for each in session.scalars(query.distinct()) if find_watched_check(session, each)]


def compare(context: Context, lead_id: str, cause: str) -> Recheck | None:
    """Search again and keep what is new since the check and the comparisons after it; None when nothing is watched."""
    check = find_watched_check(context.session, lead_id)
    if check is None:
        return None
    matter = matters.find_matter_by_lead(context.session, lead_id)
    team = list(matters.list_members(context.session, matter.id)) if matter else []
    known = {_key(hit) for each in list_rechecks(context.session, lead_id) for hit in each.found}
    news = [asdict(each) for each in conflict_search.find_new_conflicts(context.session, check, context.now, joined=team)]
    row = ConflictRecheckRow(
        id=new_id(),
        check_id=check.id,
        lead_id=lead_id,
        cause=cause if cause in TRIGGERS else "asked",
        state=OPEN,
        found=[{**found, "hit_class": "", "rule": ""} for found in news if _key(found) not in known],
        reason="",
        measures="",
        next_check_id="",
        compared_at=context.now,
        settled_at=None,
        settled_by_name="",
    )
    context.session.add(row)
    context.session.flush()
    context.audit("conflict_compared_again", f"conflict_check:{check.id}", cause=row.cause, found=len(row.found))
    return _recheck(row)


def _key(found: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return found["query"]["name"], found["query"]["role"], found["subject_key"], situation_key(found["situation"])


def list_situations(recheck: Recheck) -> list[dict[str, str]]:
    """The distinct situations of what is new, for decision table D1."""
    distinct = {situation_key(found["situation"]): found["situation"] for found in recheck.found}
    return [distinct[key] for key in sorted(distinct)]


def classify(context: Context, recheck_id: str, verdicts: Sequence[str]) -> Recheck:
    """Write the classes that D1 gave, in the order of the situations; without a serious hit the comparison is over."""
    row = _get_row(context.session, recheck_id)
    situations = list_situations(_recheck(row))
    said = {situation_key(situation): verdict.split() for situation, verdict in zip(situations, verdicts, strict=True)}
    found = []
    for each in row.found:
        hit_class, rule = said[situation_key(each["situation"])]
        found.append({**each, "hit_class": hit_class, "rule": rule})
    row.found = sorted(found, key=lambda each: (CLASSES.index(each["hit_class"]), -each["score"]))
    if not any(each["hit_class"] in TO_JUDGE for each in found):
        row.state, row.settled_at = NOTHING, context.now
    context.session.flush()
    return _recheck(row)


def settle(context: Context, recheck_id: str, state: str, **words: str) -> Recheck:
    """Keep what somebody decided on what is new."""
    row = _get_row(context.session, recheck_id)
    row.state, row.settled_at, row.settled_by_name = state, context.now, context.actor.name
    for name, said in words.items():
        setattr(row, name, said)
    context.session.flush()
    context.audit("conflict_recheck_settled", f"conflict_check:{row.check_id}", state=state, **words)
    return _recheck(row)


def get_recheck(session: Session, recheck_id: str) -> Recheck:
    """A comparison by id. Raises ``NotFound``."""
    return _recheck(_get_row(session, recheck_id))


def find_open(session: Session, lead_id: str) -> Recheck | None:
    """The newest comparison of a case that somebody has to look at."""
    found = [each for each in list_rechecks(session, lead_id) if each.state in (OPEN, CHECKED)]
    return found[-1] if found else None


def list_rechecks(session: Session, lead_id: str) -> list[Recheck]:
    """The comparisons of a case, oldest first."""
    query = select(ConflictRecheckRow).where(ConflictRecheckRow.lead_id == lead_id).order_by(ConflictRecheckRow.id)
    return [_recheck(row) for row in session.scalars(query)]


def _get_row(session: Session, recheck_id: str) -> ConflictRecheckRow:
    row = session.get(ConflictRecheckRow, recheck_id)
    if row is None:
        raise NotFound(kind="conflict recheck", id=recheck_id)
    return row


def _recheck(row: ConflictRecheckRow) -> Recheck:
    return Recheck(**{name: getattr(row, name) for name in Recheck.__dataclass_fields__})
