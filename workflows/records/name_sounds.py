"""How a name sounds: toneless pinyin, near sounds (z/zh, n/l, an/ang), initials; and pinyin that somebody typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from pypinyin.constants import PINYIN_DICT

from workflows.records.name_splitting import surname_length
from workflows.records.name_writing import CHINESE, read_rules

MOST_READINGS = 4
LONGEST_SYLLABLE = 6
INITIAL = re.compile(r"^(zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?(.*)$")
VOWEL = re.compile(r"[aeiouv]")
Syllables = tuple[str, ...]
PASSPORT = {"lyu": "lv", "nyu": "nv"}  # how passports write ü


@dataclass(frozen=True)
class Sounds:
    """The pack ``name_sounds``, ready for look-up."""

    readings: dict[str, tuple[str, ...]]
    surnames: dict[str, Syllables]
    near: dict[str, str]


def _plain(reading: str) -> str:
    """A reading without its tone: lǜ → lv."""
    bare = unicodedata.normalize("NFD", reading.replace("ü", "v")).replace("u\u0308", "v")
    return "".join(letter for letter in bare if letter.isascii() and letter.isalpha())


@lru_cache(maxsize=1)
def read_sounds() -> Sounds:
    """Readings of characters, surnames with their own, and each syllable as it is heard."""
    given = read_rules("name_sounds")
    readings = {}
    for item in given["readings"].split():
        readings[item[0]] = tuple(item[1:].split(","))
    syllables = {_plain(reading) for readings_ in PINYIN_DICT.values() for reading in readings_.split(",")}
    near = {each: _near(each, given) for each in syllables if VOWEL.search(each)}
    near |= {spelt: near[usual] for spelt, usual in PASSPORT.items()}
    surnames = {name: tuple(reading.split()) for name, reading in given["surnames"].items()}
    return Sounds(readings, surnames, near)


def _near(syllable: str, given: dict[str, dict[str, str]]) -> str:
    found = INITIAL.match(syllable)
    assert found
    initial, final = found[1] or "", found[2]
    if syllable in given["syllables"]:
        return given["syllables"][syllable]
    initial = given["initials"].get(initial, initial)
    for old, new in given["finals"].items():
        if final.endswith(old):
            final = final[: -len(old)] + new
            break
    return initial + final


@lru_cache(maxsize=30_000)
def read_character(letter: str) -> tuple[str, ...]:
    """The toneless readings of one character, the usual first; a letter or digit reads as itself."""
    known = read_sounds().readings.get(letter)
    if known:
        return known
    given = PINYIN_DICT.get(ord(letter))
    return (_plain(given.split(",")[0]) or letter,) if given else (letter,)


@lru_cache(maxsize=30_000)
def read_tone(letter: str) -> str:
    """The usual reading of a character with its tone."""
    return str(PINYIN_DICT.get(ord(letter), letter)).split(",")[0]


def read_aloud(text: str, *, person: bool = False) -> list[Syllables]:
    """The ways a normalised name in characters may be read, the likeliest first; at most four."""
    per_letter = [read_character(letter) for letter in text]
    if person:
        length = surname_length(text)
        own = read_sounds().surnames.get(text[:length])
        if own:
            for i, syllable in enumerate(own):
                per_letter[i] = (syllable, *(each for each in per_letter[i] if each != syllable))
    if all(len(each) == 1 for each in per_letter):
        return [tuple(each[0] for each in per_letter)]
    first = tuple(each[0] for each in per_letter)
    ways = [first]
    # One character at a time read differently, then combinations: more than four ways are not worth their keys.
    for i, each in enumerate(per_letter):
        ways += [(*first[:i], other, *first[i + 1 :]) for other in each[1:]]
    if len(ways) < MOST_READINGS:
        ways += [way for way in product(*per_letter) if way not in ways]
    return ways[:MOST_READINGS]


def hear(syllables: Syllables) -> str:
    """Syllables as they are heard when near sounds are one: zhang → zan."""
    near = read_sounds().near
    return " ".join([near.get(each, each) for each in syllables])


def initials(syllables: Syllables) -> str:
    """The first letter of each syllable."""
    return "".join([each[0] for each in syllables if each])


@lru_cache(maxsize=4096)
def cut_syllables(letters: str) -> tuple[Syllables, ...]:
    """Every way in which a row of letters is pinyin, fewest syllables first; at most sixteen. Tone digits are dropped."""
    letters = re.sub(r"(?<=[a-z])[1-5]", "", letters)
    if not letters or not letters.isascii() or not letters.isalpha() or len(letters) > 120:
        return ()
    near = read_sounds().near
    ways: list[list[Syllables]] = [[()], *([] for _ in letters)]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - LONGEST_SYLLABLE), end):
            if ways[start] and letters[start:end] in near and (end - start > 1 or letters[start] in "aeo"):
                syllable = PASSPORT.get(letters[start:end], letters[start:end])
                ways[end] += [(*way, syllable) for way in ways[start]]
        ways[end] = sorted(ways[end], key=lambda way: (len(way), way))[:16]
    return tuple(ways[-1])


def read_romanised(parts: list[str], *, person: bool) -> list[Syllables]:
    """The ways in which words are pinyin; a person's words also with the surname moved to the front."""
    cuts = [cut_syllables(part) for part in parts]
    if not all(cuts):
        return []
    found: list[Syllables] = []
    for way in product(*(cut[:4] for cut in cuts)):
        joined = [syllable for part in way for syllable in part]
        found.append(tuple(joined))
        if person and 2 <= len(joined) <= 5:
            # "Wei Zhang", "Xiao Ming Zhang", "weizhang", "Nana Ouyang": the last one or two syllables may be the surname.
            found += [tuple(joined[-k:] + joined[:-k]) for k in (1, 2) if k < len(joined)]
    return list(dict.fromkeys(found))[:24]


def is_chinese(name: str) -> bool:
    """Whether a name holds Chinese characters."""
    return bool(CHINESE.search(name))
