"""The conflict search: whom a name may mean, why, and how sure that is; the same each time, and nothing left out unsaid.

The index gives the candidates (``conflict_keys``), each is compared by itself (``conflict_likeness``). What is alike only to a
degree is shown for review as long as few are as alike: where many persons differ from a name by one character, that
likeness says nothing, and they are information, unless a birth year or a city speaks for one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.records.conflict_keys import ORGANISATION, PERSON, Form, guess_kinds, query_keys, read_form
from workflows.records.conflict_likeness import Likeness, compare
from workflows.records.conflict_register import NAME_BITS, NAMES, POSTINGS, SUBJECTS, find_number, has_staged, hash_keys
from workflows.records.conflict_secret import birth_year_of, canonical, digest, find_secret

EXACT, STRONG, REVIEW, INFO = "exact", "strong", "review", "info"
CLASSES = (EXACT, STRONG, REVIEW, INFO)
EXACT_FROM, STRONG_FROM, REVIEW_FROM, INFO_FROM = 95, 85, 60, 40
# So many that are equally alike are looked at; more are information. A short name, or pinyin, asks for all that have it.
CROWD, CLOSE_CROWD, ASKED_CROWD = 3, 8, 30
CLOSE_FROM = 70
MOST_OF_A_KEY = 500  # names read under one common key; how many more there are is said
FACTOR = 18  # how much a birth year or a city that agrees adds
CHUNK = 10_000
SHORT = frozenset({"same_trade_name", "holds"})
OTHER_NAMES = {"former": "of_former_name", "alias": "of_alias"}
DIFFERENT_IDENTIFIERS, DIFFERENT_BIRTH_YEARS = 20, 42


@dataclass(frozen=True)
class Question:
    """A party that is looked for; ``names`` are its name, former and other names by kind."""

    names: Mapping[str, str]
    kind: str = ""  # person, organisation, or unknown
    identifier: str = ""
    phone: str = ""
    birth_year: int | None = None
    city: str = ""


class Candidate(NamedTuple):
    """A name of the register with its subject."""

    no: int
    name: str
    name_kind: str
    subject: int
    subject_kind: str
    subject_id: str
    lead_id: str | None
    kind: str
    id_hash: bytes | None
    phone_hash: bytes | None
    birth_year: int | None
    place: int
    role: str
    matter: str


@dataclass(frozen=True)
class Reason:
    """Why a subject was found: a word, the two texts, and a figure."""

    code: str
    ours: str
    theirs: str
    figure: int = 0


@dataclass
class Match:
    """A subject that the question may mean; ``crowd`` is how many others are as alike."""

    candidate: Candidate
    name: str
    score: int
    reasons: list[Reason]
    match_class: str = INFO
    crowd: int = 0
    own: bool = False  # a second factor speaks for it
    asked: bool = False  # it has all that the question says


@dataclass
class Found:
    """What a search found, the surest first. ``unread`` counts names under common keys that were not read one by one."""

    matches: list[Match]
    unread: int = 0
    complete: bool = True
    totals: dict[str, int] = field(default_factory=dict)


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
    found = _classify(matches.values())
    _name(session, found)
    totals = {each: sum(match.match_class == each for match in found) for each in CLASSES}
    return Found(found, unread, not has_staged(session), totals)


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
        asked = reasons[0].code == "romanised" or (reasons[0].code in SHORT and reasons[0].ours in self.short)
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


def _classify(matches: Iterable[Match]) -> list[Match]:
    """The class of each match, the surest first."""
    ordered = sorted(matches, key=lambda match: (-match.score, match.candidate.subject))
    weak: dict[int, list[Match]] = {}
    for match in ordered:
        if match.score >= STRONG_FROM:
            match.match_class = EXACT if match.score >= EXACT_FROM else STRONG
        elif match.score >= REVIEW_FROM:
            if match.own:
                match.match_class = REVIEW
            else:
                weak.setdefault(match.score, []).append(match)
    looked_at = 0
    for score in sorted(weak, reverse=True):
        for asked in (True, False):
            alike = [match for match in weak[score] if match.asked == asked]
            looked_at += 0 if asked else len(alike)
            most = ASKED_CROWD if asked else CLOSE_CROWD if score >= CLOSE_FROM else CROWD
            for match in alike:
                match.crowd = len(alike) - 1
                match.match_class = REVIEW if (len(alike) if asked else looked_at) <= most else INFO
    return sorted(ordered, key=lambda match: (CLASSES.index(match.match_class), -match.score, match.candidate.subject))


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


__all__ = ["CLASSES", "ORGANISATION", "PERSON", "Found", "Match", "Question", "Reason", "find"]
