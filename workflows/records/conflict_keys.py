"""Under which keys a name stands in the conflict index, and under which keys a question looks for it.

A key is a number of 32 bits made of a letter and a text. What can be worked out from the question costs nothing in the
index: swapped and added characters, characters that look alike, misspelt regions and forms. Wrong and missing characters
are found by deletion (the index holds a name without each of its characters; so does the question): two names that are one
edit apart share such a text. A trade name of two characters is held so only together with its region: 华?科技 alone says
nothing among thousands. Homophones and near sounds share the sound, pinyin is that sound, initials its first letters.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache

from workflows.records.name_forms import LONGEST_PERSON, ORGANISATION, PERSON, WINDOW, Form, guess_kinds, read_form
from workflows.records.name_sounds import (
    Syllables,
    cut_syllables,
    hear,
    initials,
    read_aloud,
    read_romanised,
)
from workflows.records.name_splitting import (
    SHORTEST,
    english_core,
    english_stem,
    english_stem_words,
    split_firm,
    surname_length,
    take_line,
    without_kind,
)
from workflows.records.name_writing import read_rules, words

__all__ = [
    "LONGEST_PERSON", "ORGANISATION", "PERSON", "WINDOW", "Form", "guess_kinds", "index_keys", "look_alikes", "make_key",
    "possible_initials", "query_keys", "read_form", "read_mates", "romanised_ways",
]  # fmt: skip
MOST_DELETIONS = 40
HALVES_FROM = 6
MOST_MATES = 8
LONGEST_INITIALS = 16
_SEEDS = {tag: zlib.crc32(tag.encode()) for tag in "abcdefghijklmnopqrstuvwxyz"}


def make_key(tag: str, text: str) -> int:
    """The key of a text under one letter, as a signed number of 32 bits."""
    key = zlib.crc32(text.encode("utf-8", "replace"), _SEEDS[tag])
    return key - (1 << 32) if key >= 1 << 31 else key


def shorten(text: str) -> list[str]:
    """A text without each of its characters in turn; at least two characters stay."""
    if len(text) <= SHORTEST:
        return []
    return list({text[:i] + text[i + 1 :] for i in range(min(len(text), MOST_DELETIONS))})


def swap(text: str) -> list[str]:
    """A text with each two neighbours swapped in turn."""
    return [
        text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        for i in range(min(len(text) - 1, MOST_DELETIONS))
        if text[i] != text[i + 1]
    ]


@lru_cache(maxsize=1)
def read_mates() -> dict[str, str]:
    """Each character with those that look like it."""
    return {item[0]: item[1:] for item in read_rules("name_glyphs")["alike"].split()}


def look_alikes(text: str) -> list[str]:
    """A text with each character in turn replaced by one that looks like it."""
    mates = read_mates()
    return [
        text[:i] + mate + text[i + 1 :]
        for i, letter in enumerate(text[:MOST_DELETIONS])
        for mate in mates.get(letter, "")[:MOST_MATES]
    ]


# --- what the index holds


def index_keys(name: str, kind: str) -> set[int]:
    """Every key under which a name stands."""
    form = read_form(name, kind)
    if not form.norm:
        return set()
    if not form.chinese:
        return set(_latin_index(form))
    return set(_person_index(form) if kind == PERSON else _firm_index(form))


def _person_index(form: Form) -> Iterator[int]:
    yield make_key("p", form.norm)
    for part in form.parts:
        yield make_key("p", part)
    if len(form.norm) > SHORTEST:
        for text in shorten(form.norm):
            yield make_key("p", text)
    yield from _sound_index(form.norm, person=True)
    length = surname_length(form.norm)
    for way in read_aloud(form.norm, person=True):
        yield make_key("i", initials(way))
        if length:
            yield make_key("x", "".join(way[:length]) + initials(way[length:]))


def _firm_index(form: Form) -> Iterator[int]:
    yield make_key("n", form.norm)
    for core in (form.core, *form.others):
        yield make_key("d", core)
        tag, place = ("d", "") if len(take_line(core)) > SHORTEST else ("r", f"{form.region}:")
        for text in shorten(core):
            yield make_key(tag, place + text)
    if not form.region and len(form.core) > LONGEST_PERSON:
        # The region may be there, misspelt: the name without its first characters, too.
        for text in (form.core[i:] for i in (1, 2, 3) if len(form.core) - i > WINDOW):
            yield make_key("d", text)
    if len(form.core) == SHORTEST:
        for text in _with_form(form):
            yield make_key("d", text)
    yield from _short_name_index(form)
    for text in {form.core, without_kind(form.core), form.stem, *form.others}:
        yield from _sound_index(text)
        if len(text) > SHORTEST:
            yield from (make_key("i", initials(way)) for way in read_aloud(text))


def _short_name_index(form: Form) -> Iterator[int]:
    """By what people call a firm for short: its trade name or a part of it, the first four characters of its name."""
    stem = form.stem
    yield make_key("b", stem)
    if len(stem) > SHORTEST:
        yield make_key("b", stem[:SHORTEST])  # 大疆 for 大疆创新
    if len(stem) > WINDOW:
        for text in windows(stem):
            yield make_key("w", text)
        yield from _sound_index(stem[:SHORTEST])
    if len(form.norm) > LONGEST_PERSON:
        yield make_key("a", form.norm[:LONGEST_PERSON])  # 中国石油 for 中国石油天然气股份有限公司


def _with_form(form: Form) -> list[str]:
    """A core of two characters, which is too short to lose one, with the form behind it: 金?律师事务所."""
    start = form.norm.find(form.core)
    rest = form.norm[start + SHORTEST :] if start >= 0 else ""
    return [form.core[i] + rest for i in range(SHORTEST)] if len(rest) >= SHORTEST else []


def _sound_index(text: str, *, person: bool = False) -> Iterator[int]:
    for way in read_aloud(text, person=person):
        yield make_key("s", hear(way))


def _latin_index(form: Form) -> Iterator[int]:
    parts = words(form.name)
    core = english_core(form.name) if form.kind == ORGANISATION else parts
    joined = "".join(core)
    yield make_key("n", form.norm)
    stem = english_stem_words(core) if form.kind == ORGANISATION else core
    for each in (core, stem):
        text = "".join(each)
        yield make_key("l", text)
        yield make_key("t", " ".join(sorted(each)))
        if len(text) >= HALVES_FROM:
            yield make_key("h", text[: len(text) // 2])
            yield make_key("j", text[-(len(text) // 2) :])
    if len(joined) < HALVES_FROM:
        for text in (joined, *shorten(joined)):
            yield make_key("d", text)
    for way in read_romanised(parts, person=form.kind == PERSON)[:6]:
        yield make_key("s", hear(way))


def windows(text: str) -> set[str]:
    """Each row of three characters in a text."""
    return {text[i : i + WINDOW] for i in range(len(text) - WINDOW + 1)}


# --- what a question looks for


def query_keys(name: str, kind: str) -> tuple[set[int], set[int]]:
    """The keys that a name is looked for under: telling ones, and those that thousands may share."""
    form = read_form(name, kind)
    if not form.norm:
        return set(), set()
    if not form.chinese:
        return _latin_query(form)
    return _person_query(form) if kind == PERSON else _firm_query(form)


def _person_query(form: Form) -> tuple[set[int], set[int]]:
    norm = form.norm
    same = [norm, norm[1:] + norm[:1], norm[2:] + norm[:2], norm[-1:] + norm[:-1], *swap(norm), *look_alikes(norm)]
    telling = {make_key("p", text) for text in same}
    telling |= {make_key("s", hear(way)) for way in read_aloud(norm, person=True)}
    telling.add(make_key("n", norm))
    return telling, {make_key("p", text) for text in shorten(norm)} - telling


def _firm_query(form: Form) -> tuple[set[int], set[int]]:
    norm = form.norm
    cores = _possible_cores(form)
    telling = {make_key("n", text) for text in (norm, *swap(norm), *shorten(norm))}
    for core in cores:
        telling |= {make_key("d", text) for text in (core, *swap(core), *look_alikes(core))}
        telling |= {make_key("d", text) for text in shorten(core) if len(text) > SHORTEST}
        for region in {form.region, 0}:
            telling |= {make_key("r", f"{region}:{text}") for text in (core, *shorten(core))}
    telling |= {make_key("d", text) for text in _without_prefix(form)}
    telling |= {make_key("s", hear(way)) for way in read_aloud(form.core)}
    stem = form.stem
    telling.add(make_key("d", stem))
    telling |= {make_key("d", text) for text in _with_form(form) if len(form.core) == SHORTEST}
    weak = {make_key("b", stem)}
    if len(stem) > SHORTEST or not form.has_line:
        weak |= {make_key("s", hear(way)) for way in read_aloud(stem)}
    if len(norm) >= LONGEST_PERSON and not form.has_form:
        weak.add(make_key("a", norm[:LONGEST_PERSON]))
    if len(stem) > SHORTEST:
        weak.add(make_key("b", stem[:SHORTEST]))
    if len(stem) >= WINDOW:
        telling |= {make_key("w", text) for text in windows(stem)}
    if len(stem) > WINDOW:
        pieces = {stem[i:j] for i in range(len(stem)) for j in range(i + WINDOW, min(len(stem), i + 10) + 1)}
        telling |= {make_key("b", text) for text in pieces}
    telling.add(make_key("p", norm))
    return telling, weak - telling


def _possible_cores(form: Form) -> list[str]:
    """The core, and those that come out if the region or the form was misspelt by a swap."""
    cores = [form.core, *form.others]
    for text in swap(form.norm):
        split = split_firm(text)
        if split.region != form.region or split.has_form != form.has_form:
            cores.append(split.core)
    return list(dict.fromkeys(core for core in cores if len(core) >= SHORTEST))[:6]


def _without_prefix(form: Form) -> list[str]:
    """The core without its first characters, which may be what is left of a misspelt or unknown place."""
    return [core[i:] for core in (form.core, *form.others) for i in range(1, 6) if len(core) - i >= WINDOW]


def _latin_query(form: Form) -> tuple[set[int], set[int]]:
    parts = words(form.name)
    core = english_core(form.name) if form.kind == ORGANISATION else parts
    joined = "".join(core)
    telling = {make_key("n", form.norm), make_key("l", joined), make_key("l", form.norm), make_key("l", english_stem(core))}
    stem = english_stem_words(core) if form.kind == ORGANISATION else core
    for each in (core, stem):
        text = "".join(each)
        telling.add(make_key("t", " ".join(sorted(each))))
        for length in (len(text) - 1, len(text), len(text) + 1):
            if length >= HALVES_FROM:
                telling |= {make_key("h", text[: length // 2]), make_key("j", text[-(length // 2) :])}
    if len(joined) <= HALVES_FROM:
        telling |= {make_key("d", text) for text in (joined, *shorten(joined))}
    telling |= {make_key("s", hear(way)) for way in romanised_ways(form)}
    weak = set()
    if len(form.norm) <= LONGEST_INITIALS and form.norm.isascii():
        weak |= {make_key("i", text) for text in possible_initials(form.norm)}
        weak |= {make_key("x", form.norm), make_key("b", form.norm)}
        if len(parts) > 1:
            weak |= {make_key("x", "".join((*parts[i:], *parts[:i]))) for i in range(1, len(parts))}
    return telling, weak - telling


def romanised_ways(form: Form) -> list[Syllables]:
    """The ways in which a name in Latin letters is pinyin; a firm's also without its form and its region."""
    parts = words(form.name)
    ways = read_romanised(parts, person=form.kind == PERSON)
    if form.kind == PERSON:
        return ways
    joined = "".join(parts)
    for ending in read_rules("name_business")["pinyin_forms"]:
        if joined.endswith(ending) and len(joined) > len(ending) + 3:
            ways = [*ways, *cut_syllables(joined[: -len(ending)])]
    # A region of two to four syllables may stand before the trade name.
    shorter = [way[i:] for way in ways for i in (2, 3, 4) if len(way) - i >= SHORTEST]
    return list(dict.fromkeys([*ways, *shorter]))


def possible_initials(norm: str) -> list[str]:
    """Initials as they stand, and without those of a form and a region."""
    found = [norm]
    for ending in read_rules("name_business")["initial_forms"]:
        if norm.endswith(ending) and len(norm) - len(ending) > SHORTEST:
            found.append(norm[: -len(ending)])
    found += [text[i:] for text in found for i in (2, 3) if len(text) - i > SHORTEST]
    return list(dict.fromkeys(found))
