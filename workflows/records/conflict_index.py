"""The conflict index (利益冲突索引) as conflict checks use it: put a subject in, take it out, search for the names of a matter.

``conflict_register`` keeps the names, ``conflict_match`` finds them; ``conflict_hits`` finds out what they are to the firm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from workflows.records.conflict_match import INFO, Question, Reason, find
from workflows.records.conflict_register import put_subject, remove_subject

__all__ = ["Hit", "Query", "Reason", "put_subject", "remove_subject", "search"]


@dataclass(frozen=True)
class Query:
    """One name of the new matter; ``names`` are its name, former and other names by kind."""

    key: str
    kind: str
    names: Mapping[str, str]  # name → name, former or alias
    identifier: str = ""
    phone: str = ""


@dataclass
class Hit:
    """One subject of the register that a query may mean, with every reason; ``is_faint`` if as many are as alike."""

    query: Query
    subject_kind: str
    subject_id: str
    lead_id: str | None
    name: str
    reasons: list[Reason] = field(default_factory=list)
    score: int = 0
    is_faint: bool = False
    crowd: int = 0


def search(session: Session, queries: Iterable[Query], *, without_lead: str | None = None) -> list[Hit]:
    """Every subject that a query may mean, heaviest first; nothing is cut off.

    ``without_lead`` hides the matter's own parties.
    """
    hits = []
    for query in queries:
        question = Question(query.names, query.kind, query.identifier, query.phone)
        for match in find(session, question, without_lead=without_lead).matches:
            who = match.candidate
            reasons = sorted(match.reasons, key=lambda reason: reason.code != "identifiers_differ")
            hits.append(
                Hit(
                    query,
                    who.subject_kind,
                    who.subject_id,
                    who.lead_id,
                    match.name,
                    reasons,
                    match.score,
                    match.match_class == INFO,
                    match.crowd,
                )
            )
    return sorted(hits, key=lambda hit: (-hit.score, hit.query.key, hit.subject_id))
