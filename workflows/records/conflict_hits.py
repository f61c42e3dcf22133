"""Conflict hits (检索命中): what the search found, what each is to the firm, its class, and the judgement of each.

A hit is one party of the new matter beside one subject the firm knows. Its situation is a handful of words; decision
table D1 gives each distinct situation a class and a rule of the pack ``conflicts``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.context import Context
from engine.db import new_id
from engine.errors import NotFound
from workflows.records.conflict_tables import ConflictHitRow
from workflows.records.conflicts import get_check

# From the heaviest to the lightest; the first three need a person's judgement.
CLASSES = ("ABSOLUTE", "WAIVABLE", "REVIEW", "INFO", "NONE")
TO_JUDGE = frozenset({"ABSOLUTE", "WAIVABLE", "REVIEW"})
SAME, DIFFERENT, UNCLEAR = "SAME", "DIFFERENT", "UNCLEAR"


@dataclass(frozen=True)
class ConflictHit:
    """One hit; ``query`` and ``subject`` are what stands side by side, ``situation`` the inputs of D1."""

    id: str
    check_id: str
    round: int
    query: dict[str, Any]
    subject: dict[str, Any]
    subject_key: str
    reasons: list[dict[str, Any]]
    score: int
    situation: dict[str, str]
    hit_class: str
    rule: str
    identity: str
    judged_class: str
    reason: str
    judged_at: datetime | None
    judged_by: str
    judged_by_name: str

    @property
    def final_class(self) -> str:
        """The class that counts: nobody's likeness is no conflict; else what the judge confirmed, else what D1 said."""
        if self.identity == DIFFERENT:
            return "NONE"
        return self.judged_class or self.hit_class

    @property
    def needs_judgement(self) -> bool:
        """Whether a person still has to judge the hit."""
        return not self.identity and self.hit_class in TO_JUDGE


@dataclass(frozen=True)
class Found:
    """A hit before it is written."""

    query: dict[str, Any]
    subject: dict[str, Any]
    subject_key: str
    reasons: list[dict[str, Any]]
    score: int
    situation: dict[str, str]


def situation_key(situation: Mapping[str, str]) -> str:
    """A situation in one line, by which its class comes back from D1."""
    return "|".join(f"{name}={value}" for name, value in sorted(situation.items()))


def write_hits(context: Context, check_id: str, turn: int, found: Sequence[Found]) -> None:
    """Keep the hits of one search; judgements of an earlier round of the same check stay with the same pair."""
    earlier = {(hit.query["name"], hit.query["role"], hit.subject_key): hit for hit in list_hits(context.session, check_id)}
    for each in found:
        row = ConflictHitRow(id=new_id(), check_id=check_id, round=turn, **vars(each))
        before = earlier.get((each.query["name"], each.query["role"], each.subject_key))
        if before and before.identity in (SAME, DIFFERENT) and before.situation == each.situation:
            row.identity, row.judged_class, row.reason = before.identity, before.judged_class, before.reason
            row.judged_at, row.judged_by, row.judged_by_name = before.judged_at, before.judged_by, before.judged_by_name
        context.session.add(row)
    context.session.flush()


def list_hits(session: Session, check_id: str, turn: int | None = None) -> list[ConflictHit]:
    """The hits of a check's last round (or the given one), heaviest class and best likeness first; none is left out."""
    turn = get_check(session, check_id).round if turn is None else turn
    query = select(ConflictHitRow).where(ConflictHitRow.check_id == check_id, ConflictHitRow.round == turn)
    hits = [_hit(row) for row in session.scalars(query)]
    return sorted(hits, key=lambda hit: (CLASSES.index(hit.hit_class or "REVIEW"), -hit.score, hit.id))


def list_situations(session: Session, check_id: str) -> list[dict[str, str]]:
    """The distinct situations of the last round, for D1."""
    distinct = {situation_key(hit.situation): hit.situation for hit in list_hits(session, check_id)}
    return [distinct[key] for key in sorted(distinct)]


def classify(context: Context, check_id: str, verdicts: Mapping[str, str]) -> str:
    """Write what D1 said: situation key → ``CLASS RULE``; returns the heaviest class. Raises ``NotFound`` for a gap."""
    heaviest = "NONE"
    for hit in list_hits(context.session, check_id):
        verdict = verdicts.get(situation_key(hit.situation))
        if verdict is None:
            raise NotFound(kind="conflict class for", id=situation_key(hit.situation))
        hit_class, rule = verdict.split()
        _change(context, hit.id, hit_class=hit_class, rule=rule)
        heaviest = min(heaviest, hit_class, key=CLASSES.index)
    return heaviest


def judge(context: Context, hit_id: str, *, identity: str, judged_class: str, reason: str) -> None:
    """Write a person's judgement of one hit."""
    _change(
        context,
        hit_id,
        identity=identity,
        judged_class=judged_class,
        reason=reason,
        judged_at=context.now,
        judged_by=context.actor.id,
        judged_by_name=context.actor.name,
    )
    context.audit("conflict_hit_judged", f"conflict_hit:{hit_id}", identity=identity, hit_class=judged_class)


def find_earlier_judgement(session: Session, hit: ConflictHit) -> ConflictHit | None:
    """What somebody said of the same pair in an earlier check, as a proposal."""
    rows = session.scalars(
        select(ConflictHitRow)
        .where(ConflictHitRow.subject_key == hit.subject_key, ConflictHitRow.identity != "", ConflictHitRow.id != hit.id)
        .order_by(ConflictHitRow.id.desc())
    )
    return next((_hit(row) for row in rows if row.query["name"] == hit.query["name"]), None)


def _change(context: Context, hit_id: str, **values: Any) -> None:
    context.session.execute(
        update(ConflictHitRow).where(ConflictHitRow.id == hit_id).values(**values).execution_options(synchronize_session="fetch")
    )


def _hit(row: ConflictHitRow) -> ConflictHit:
    return ConflictHit(**{name: getattr(row, name) for name in ConflictHit.__dataclass_fields__})
