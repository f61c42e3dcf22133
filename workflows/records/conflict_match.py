"""The conflict search: whom a name may mean, why, and how sure that is; the same each time, and nothing left out unsaid.

The index gives the candidates (``conflict_keys``), each is compared by itself (``conflict_likeness``), and classes say how
sure each is (``conflict_found``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.records.conflict_found import (
    CLASSES,
    EXACT,
    INFO,
    INFO_FROM,
    REVIEW,
    STRONG,
    STRONG_FROM,
    Candidate,
    Found,
    Group,
    Match,
    Question,
    Reason,
    classify,
)
from workflows.records.conflict_keys import ORGANISATION, PERSON, Form, guess_kinds, query_keys, read_form
from workflows.records.conflict_likeness import ALL_INITIALS, Likeness, compare
from workflows.records.conflict_register import NAME_BITS, NAMES, POSTINGS, SUBJECTS, find_number, has_staged, hash_keys
from workflows.records.conflict_secret import birth_year_of, canonical, digest, find_secret

MOST_OF_A_KEY = 500  # names read under one common key; how many more there are is said
FACTOR = 18  # how much a birth year or a city that agrees adds
CHUNK = 10_000
SHORT = frozenset({"same_trade_name", "holds"})
OTHER_NAMES = {"former": "of_former_name", "alias": "of_alias"}
DIFFERENT_IDENTIFIERS, DIFFERENT_BIRTH_YEARS = 20, 42


COLUMNS = (
    NAMES.c.no, NAMES.c.name, NAMES.c.name_kind, NAMES.c.subject, SUBJECTS.c.subject_kind, SUBJECTS.c.subject_id,
    SUBJECTS.c.lead_id, SUBJECTS.c.kind, SUBJECTS.c.id_hash, SUBJECTS.c.phone_hash, SUBJECTS.c.birth_year,
    SUBJECTS.c.place, SUBJECTS.c.role, SUBJECTS.c.matter,
)  # fmt: skip
BY_NAME = select(*COLUMNS).select_from(NAMES.join(SUBJECTS, SUBJECTS.c.no == NAMES.c.subject))


def find(session: Session, question: Question, *, without_lead: str | None = None) -> Found:
    """Every subject that a question may mean; ``without_lead`` hides the matter's own parties."""
    secret = find_secret(session)
    id_hash = digest(secret, canonical(question.identifier)) if secret else None
    phone_hash = digest(secret, canonical(question.phone)) if secret else None
    forms = [(form, kind) for name, kind in question.names.items() for form in _forms(name, question.kind) if form.norm]
    telling, common = set(hash_keys(id_hash, phone_hash)), set()
    for form, _ in forms:
        more, weak = query_keys(form.name, form.kind)
        telling |= more
        common |= weak
    numbers = _read_postings(session, telling)
    unread = _read_common(session, sorted(common - telling), numbers)
    judge = _Judge(forms, question, id_hash, phone_hash)
    matches: dict[int, Match] = {}
    for candidate in _read_candidates(session, numbers):
        if without_lead is None or candidate.lead_id != without_lead:
            judge.look(candidate, matches)
    found, groups = classify(matches.values())
    _name(session, found)
    totals = {each: sum(match.match_class == each for match in found) for each in CLASSES} | {"groups": len(groups)}
    return Found(found, groups, unread, not has_staged(session), totals)


def _forms(name: str, kind: str) -> list[Form]:
    return [read_form(name, each) for each in ((kind,) if kind else guess_kinds(name))]


def _read_postings(session: Session, keys: Iterable[int]) -> set[int]:
    """The names that stand under any of the keys."""
    query = select(POSTINGS.c.name).where(POSTINGS.c.key.in_(sorted(keys)))
    return set(session.execute(query).scalars())


def _read_common(session: Session, keys: Iterable[int], numbers: set[int]) -> int:
    """Add the names under common keys, of each at most so many; returns how many were left."""
    left = 0
    for key in keys:
        query = select(POSTINGS.c.name).where(POSTINGS.c.key == key).order_by(POSTINGS.c.name).limit(MOST_OF_A_KEY + 1)
        names = session.execute(query).scalars().all()
        if len(names) > MOST_OF_A_KEY:
            left += session.execute(select(func.count()).where(POSTINGS.c.key == key)).scalar_one() - MOST_OF_A_KEY
        numbers.update(names[:MOST_OF_A_KEY])
    return left


def _read_candidates(session: Session, numbers: set[int]) -> Iterable[Candidate]:
    ordered = sorted(numbers)
    for i in range(0, len(ordered), CHUNK):
        yield from map(Candidate._make, session.execute(BY_NAME.where(NAMES.c.no.in_(ordered[i : i + CHUNK]))))


class _Judge:
    """Compares candidates with one question."""

    def __init__(
        self, forms: Sequence[tuple[Form, str]], question: Question, id_hash: bytes | None, phone_hash: bytes | None
    ) -> None:
        self.forms, self.question, self.id_hash, self.phone_hash = forms, question, id_hash, phone_hash
        self.name = next(iter(question.names), "")
        self.short = {form.name for form, _ in forms if not form.has_line and not form.region}
        self.birth_year = question.birth_year or birth_year_of(canonical(question.identifier))
        self.place = find_number(question.city) if question.city else 0

    def look(self, candidate: Candidate, matches: dict[int, Match]) -> None:
        """Compare one candidate; a subject keeps the reasons of all its names."""
        score, reasons = self._compare_names(candidate)
        own = False
        if self.id_hash and candidate.id_hash == self.id_hash:
            score, reasons = 100, [Reason("same_identifier", self.name, candidate.name), *reasons]
        elif self.phone_hash and candidate.phone_hash == self.phone_hash:
            score, reasons = max(score, STRONG_FROM), [Reason("same_phone", self.name, candidate.name), *reasons]
        elif score:
            score, own = self._weigh_facts(candidate, score, reasons)
        if not reasons or (score < INFO_FROM and score != DIFFERENT_IDENTIFIERS):
            return
        first = reasons[0]
        asked = first.code == "romanised" or (first.code in SHORT and first.ours in self.short)
        asked |= first.code == "initials" and score >= ALL_INITIALS
        before = matches.get(candidate.subject)
        if before is None:
            matches[candidate.subject] = Match(candidate, candidate.name, score, reasons, own=own, asked=asked)
        else:
            if score > before.score:
                before.candidate, before.score = candidate, score
                before.reasons = [*reasons, *(each for each in before.reasons if each not in reasons)]
            else:
                before.reasons += [each for each in reasons if each not in before.reasons]
            before.own |= own
            before.asked |= asked

    def _compare_names(self, candidate: Candidate) -> tuple[int, list[Reason]]:
        best: Likeness | None = None
        which, which_kind = "", ""
        for form, name_kind in self.forms:
            theirs = read_form.__wrapped__(candidate.name, candidate.kind)
            likeness = compare(form, theirs)
            if likeness and (best is None or likeness.score > best.score):
                best, which, which_kind = likeness, form.name, name_kind
        if best is None:
            return 0, []
        code, score = best.code, best.score
        if code == "same_name":
            kinds = {which_kind, candidate.name_kind}
            code = "same_former_name" if "former" in kinds else "same_alias" if "alias" in kinds else code
            score = 96 if code != "same_name" else score
        reasons = [Reason(code, which, candidate.name, best.figure)]
        if best.code != "same_name" and candidate.name_kind in OTHER_NAMES:
            reasons.append(Reason(OTHER_NAMES[candidate.name_kind], candidate.name, candidate.name))
        return score, reasons

    def _weigh_facts(self, candidate: Candidate, score: int, reasons: list[Reason]) -> tuple[int, bool]:
        """What identifiers, birth year and city say to an alike name."""
        if self.id_hash and candidate.id_hash and self.question.kind in ("", candidate.kind):
            reasons.append(Reason("identifiers_differ", self.name, candidate.name))
            return DIFFERENT_IDENTIFIERS, False
        if candidate.kind != PERSON:
            return score, False
        own = False
        if self.birth_year and candidate.birth_year:
            if self.birth_year != candidate.birth_year:
                reasons.append(Reason("birth_year_differs", str(self.birth_year), str(candidate.birth_year)))
                return min(score, DIFFERENT_BIRTH_YEARS), False
            reasons.append(Reason("same_birth_year", str(self.birth_year), str(candidate.birth_year)))
            score, own = min(score + FACTOR, 99), True
        if self.place and candidate.place == self.place:
            reasons.append(Reason("same_city", self.question.city, self.question.city))
            score, own = min(score + FACTOR // 2, 99), True
        return score, own


def _name(session: Session, found: Sequence[Match]) -> None:
    """Give each match the name its subject goes by, where another one was found."""
    firsts = {match.candidate.subject << NAME_BITS for match in found if match.candidate.no % (1 << NAME_BITS)}
    names: dict[int, str] = {}
    ordered = sorted(firsts)
    for i in range(0, len(ordered), CHUNK):
        rows: Any = session.execute(select(NAMES.c.no, NAMES.c.name).where(NAMES.c.no.in_(ordered[i : i + CHUNK])))
        names.update({no: name for no, name in rows})
    for match in found:
        match.name = names.get(match.candidate.subject << NAME_BITS, match.candidate.name)


__all__ = [
    "CLASSES", "EXACT", "INFO", "ORGANISATION", "PERSON", "REVIEW", "STRONG",
    "Found", "Group", "Match", "Question", "Reason", "find",
]  # fmt: skip
