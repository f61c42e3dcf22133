"""A name in the forms in which names are compared, and what a name of unknown kind may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from workflows.records.name_sounds import is_chinese
from workflows.records.name_splitting import english_core, split_firm
from workflows.records.name_writing import normalise

PERSON, ORGANISATION = "person", "organisation"
DOTS = re.compile(r"[·•・‧∙.．]")
WINDOW = 3
LONGEST_PERSON = 4


@dataclass(frozen=True)
class Form:
    """A name in the forms that are compared; a person's core and stem are the name itself."""

    name: str
    kind: str
    norm: str
    chinese: bool
    region: int
    core: str
    stem: str
    has_form: bool
    others: tuple[str, ...]

    @property
    def parts(self) -> list[str]:
        """The parts of a personal name with dots, by the first of which people call its bearer: 阿依古丽·买买提."""
        return (
            [part for each in DOTS.split(self.name) if len(part := normalise(each)) >= WINDOW] if DOTS.search(self.name) else []
        )

    @property
    def has_line(self) -> bool:
        """Whether a line of business stands behind the trade name."""
        return self.core != self.stem


@lru_cache(maxsize=8192)
def read_form(name: str, kind: str) -> Form:
    """A name of a person or an organisation, taken apart."""
    norm = normalise(name)
    if kind == PERSON:
        return Form(name, kind, norm, is_chinese(norm), 0, norm, norm, False, ())
    if is_chinese(norm):
        split = split_firm(name)
        return Form(name, kind, norm, True, split.region, split.core, split.stem, split.has_form, split.others)
    core = english_core(name)
    return Form(name, kind, norm, False, 0, "".join(core), "".join(core), False, ())


def guess_kinds(name: str) -> tuple[str, ...]:
    """What a name of unknown kind may be: a person, an organisation, or either."""
    norm = normalise(name)
    if not is_chinese(norm):
        return (PERSON, ORGANISATION)
    if DOTS.search(name) and len(norm) > LONGEST_PERSON:
        return (PERSON,)
    if len(norm) > LONGEST_PERSON:
        return (ORGANISATION,)
    return (PERSON, ORGANISATION)
