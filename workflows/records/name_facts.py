"""What people write behind a name in brackets: year of birth, city, former and other names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workflows.records.conflict_keys import LONGEST_PERSON, ORGANISATION, PERSON, guess_kinds
from workflows.records.name_splitting import find_place
from workflows.records.name_writing import CHINESE, normalise

BRACKET = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
YEAR = re.compile(r"((?:18|19|20)\d\d)(?:年|[-./]\d{1,2}|\d{4}$|$|生|出生)")
CALLED = re.compile(r"^(曾用名|原名|前身|又名|别名|化名|小名|乳名|英文名|外文名|简称|下称)(?:为|是)?[:：\s]*(.+)$")
FORMER = frozenset({"曾用名", "原名", "前身"})
SEPARATORS = re.compile(r"[;；、|]")


@dataclass
class NameFacts:
    """A name with what stood behind it; ``others`` are names by kind."""

    name: str
    others: dict[str, str] = field(default_factory=dict)
    birth_year: int | None = None
    city: str = ""


def read_facts(text: str, kind: str) -> NameFacts:
    """A name without what its brackets say beside it; brackets that belong to the name stay."""
    facts = NameFacts("")

    bare = BRACKET.sub("", text)
    if not kind and len(normalise(bare)) <= LONGEST_PERSON and guess_kinds(bare)[0] == PERSON:
        kind = PERSON

    def take(found: re.Match[str]) -> str:
        return "" if _take(found[1].strip(), kind, facts) else found[0]

    facts.name = BRACKET.sub(take, text).strip()
    if not normalise(facts.name):
        return NameFacts(text.strip())
    return facts


def _take(inner: str, kind: str, facts: NameFacts) -> bool:
    called = CALLED.match(inner)
    if called:
        for name in SEPARATORS.split(called[2]):
            if normalise(name):
                facts.others[name.strip()] = "former" if called[1] in FORMER else "alias"
        return True
    year = YEAR.search(inner)
    if year and kind != ORGANISATION:
        facts.birth_year = int(year[1])
        rest = re.sub(r"[\d，,.、年月日生出于/-]", "", inner)
        if rest and find_place(normalise(rest))[0]:
            facts.city = rest
        return True
    length, _ = find_place(normalise(inner))
    if kind == PERSON and length and length == len(normalise(inner)):
        facts.city = inner
        return True
    if len(normalise(inner)) > 1 and not CHINESE.search(inner) and normalise(inner).isalpha():
        facts.others[inner] = "alias"
        return True
    return False


def read_others(text: str) -> dict[str, str]:
    """A cell of other names: separated by ; 、 or |, those called 曾用名 or 原名 as former ones."""
    found = {}
    for each in SEPARATORS.split(text):
        called = CALLED.match(each.strip())
        name = called[2].strip() if called else each.strip()
        if normalise(name):
            found[name] = "former" if called and called[1] in FORMER else "alias"
    return found
