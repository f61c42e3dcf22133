"""The conflict index (利益冲突索引) as conflict checks use it: put a subject in, take it out, search for the names of a matter.

``conflict_register`` keeps the names, ``conflict_match`` finds them; ``conflict_hits`` finds out what they are to the firm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from workflows.records.conflict_match import INFO, Group, Question, Reason, find
from workflows.records.conflict_register import put_subject, remove_subject

CROWD = "crowd"  # no subject: a group of them, for review together

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
    """One subject of the register that a query may mean, with every reason; ``is_faint`` if many are as alike.

    Those are in a hit of their own as well, of the kind ``crowd``, which says how many they are.
    """

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
        found = find(session, question, without_lead=without_lead)
        hits += [_gather(query, group) for group in found.groups]
        for match in found.matches:
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


def _gather(query: Query, group: Group) -> Hit:
    """A group as one hit; another member makes it another one, which nobody has judged."""
    name = next(iter(query.names))
    members = sorted(f"{match.candidate.subject_kind}:{match.candidate.subject_id}" for match in group.matches)
    digest = hashlib.sha256("|".join(members).encode()).hexdigest()[:24]
    reasons = [Reason("group", name, name, len(members)), Reason(group.code, name, name, group.matches[0].reasons[0].figure)]
    return Hit(query, CROWD, f"{group.code}:{digest}", None, name, reasons, group.score, crowd=len(members))
