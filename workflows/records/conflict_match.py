"""The conflict search: whom a name may mean, why, and how sure that is; the same each time, and nothing left out unsaid.

The index gives the candidates (``conflict_keys``), each is compared by itself (``conflict_likeness``), and classes say how
sure each is (``conflict_found``).
"""

from __future__ import annotations

from collections.abc import Sequence

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
from workflows.records.conflict_reading import add_details, read_candidates, read_numbers
from workflows.records.conflict_register import find_number, hash_keys
from workflows.records.conflict_secret import birth_year_of, canonical, digest, find_secret

FACTOR = 18  # how much a birth year or a city that agrees adds
SHORT = frozenset({"same_trade_name", "holds"})
OTHER_NAMES = {"former": "of_former_name", "alias": "of_alias"}
DIFFERENT_IDENTIFIERS, DIFFERENT_BIRTH_YEARS = 20, 42


def find(session: Session, question: Question, *, without_lead: str | None = None) -> Found:
    """Every subject that a question may mean; ``without_lead`` hides the matter's own parties."""
    secret = find_secret(session) if question.identifier or question.phone else None
    id_hash = digest(secret, canonical(question.identifier)) if secret else None
    phone_hash = digest(secret, canonical(question.phone)) if secret else None
    forms = [(form, kind) for name, kind in question.names.items() for form in _forms(name, question.kind) if form.norm]
    telling, common = set(hash_keys(id_hash, phone_hash)), set()
    for form, _ in forms:
        more, weak = query_keys(form.name, form.kind)
        telling |= more
        common |= weak
    numbers = read_numbers(session, telling, common - telling)
    judge = _Judge(forms, question, id_hash, phone_hash)
    matches: dict[int, Match] = {}
    for candidate in read_candidates(session, numbers.names):
        if without_lead is None or candidate.lead_id != without_lead:
            judge.look(candidate, matches)
    add_details(session, matches.values())
    found, groups = classify(matches.values())
    totals = {each: sum(match.match_class == each for match in found) for each in CLASSES} | {"groups": len(groups)}
    return Found(found, groups, numbers.unread, numbers.is_complete, totals)


def _forms(name: str, kind: str) -> list[Form]:
    return [read_form(name, each) for each in ((kind,) if kind else guess_kinds(name))]


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


__all__ = [
    "CLASSES", "EXACT", "INFO", "ORGANISATION", "PERSON", "REVIEW", "STRONG",
    "Found", "Group", "Match", "Question", "Reason", "find",
]  # fmt: skip
