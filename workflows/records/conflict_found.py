"""What the conflict search is asked and what it answers, and how sure each answer is (class).

What is alike only to a degree is looked at one by one, the likest first, ``FEW`` of a name at most, and of those that are equally
alike all or none. Where many are, that likeness says little of each: they are information each, and for review together, as
one group, so that nobody who may be meant is passed over and nobody has to click through hundreds. A birth year or a city
that agrees takes its bearer out of the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

EXACT, STRONG, REVIEW, INFO = "exact", "strong", "review", "info"
CLASSES = (EXACT, STRONG, REVIEW, INFO)
EXACT_FROM, STRONG_FROM, REVIEW_FROM, INFO_FROM = 95, 85, 60, 40
# A short name, pinyin or initials ask for all that have them: of these more are looked at one by one.
FEW, FEW_ASKED = 8, 80


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
    """A name of the register with its subject; the last four are read once it matches."""

    no: int
    name: str
    name_kind: str
    subject: int
    lead_id: str | None
    kind: str
    id_hash: bytes | None
    phone_hash: bytes | None
    birth_year: int | None
    place: int
    subject_kind: str = ""
    subject_id: str = ""
    role: str = ""
    matter: str = ""


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
class Group:
    """Subjects alike in the same way, too many to be looked at one by one: for review together."""

    code: str
    matches: list[Match]

    @property
    def score(self) -> int:
        """How alike the likest of them is."""
        return max(match.score for match in self.matches)


@dataclass
class Found:
    """What a search found, the surest first. ``unread`` counts names under common keys that were not read one by one."""

    matches: list[Match]
    groups: list[Group]
    unread: int = 0
    complete: bool = True
    totals: dict[str, int] = field(default_factory=dict)


def classify(matches: Iterable[Match]) -> tuple[list[Match], list[Group]]:
    """The class of each match, the surest first, and the groups of those that are too many for review one by one."""
    ordered = sorted(matches, key=lambda match: (-match.score, match.candidate.subject))
    weak: dict[tuple[int, bool], list[Match]] = {}
    for match in ordered:
        if match.score >= STRONG_FROM:
            match.match_class = EXACT if match.score >= EXACT_FROM else STRONG
        elif match.score >= REVIEW_FROM:
            if match.own:
                match.match_class = REVIEW
            else:
                weak.setdefault((-match.score, not match.asked), []).append(match)
    left: dict[str, list[Match]] = {}
    shown = 0
    for (_, is_not_asked), level in sorted(weak.items()):
        is_few = shown + len(level) <= FEW if is_not_asked else len(level) <= FEW_ASKED
        shown += len(level) if is_few and is_not_asked else 0
        for match in level:
            match.crowd = len(level) - 1
            match.match_class = REVIEW if is_few else INFO
            if not is_few:
                left.setdefault(match.reasons[0].code, []).append(match)
    groups = [Group(code, members) for code, members in left.items()]
    return sorted(ordered, key=lambda match: (CLASSES.index(match.match_class), -match.score, match.candidate.subject)), groups
