"""How alike two names are, and why: a reason in a word and a score of 0 to 100.

From 85 a likeness stands by itself; from 60 it is for a person to look at, if not too many are as alike; below it is
information. Scores were set on the measurements of ``juanzong bench conflicts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from workflows.records.conflict_keys import (
    ORGANISATION,
    PERSON,
    WINDOW,
    Form,
    possible_initials,
    read_form,
    read_mates,
    romanised_ways,
)
from workflows.records.name_sounds import Syllables, hear, initials, read_aloud, read_tone
from workflows.records.name_splitting import (
    SHORTEST,
    english_core,
    english_stem,
    english_stem_words,
    surname_length,
    without_kind,
)
from workflows.records.name_writing import words

ELSEWHERE = 28  # how much less a firm weighs that is, by its name, in another place
LETTERS_PER_EDIT = 4
ALL_INITIALS = 66  # five and more, none left over
LOOKS_OR_SOUNDS = 8  # how much more a wrong character weighs that looks or sounds like the right one


@dataclass(frozen=True)
class Likeness:
    """One reason; ``figure`` is how many characters differ."""

    code: str
    score: int
    figure: int = 0


def compare(ours: Form, theirs: Form) -> Likeness | None:
    """The weightiest likeness of two names; None if they are not alike."""
    if ours.norm == theirs.norm:
        return Likeness("same_name", 98)
    if not ours.chinese or not theirs.chinese:
        return max(_compare_latin(ours, theirs), key=_by_score, default=None)
    if PERSON in (ours.kind, theirs.kind):
        if ours.kind == theirs.kind:
            return max(_compare_persons(ours, theirs), key=_by_score, default=None)
        return None  # a person and a firm are one only under exactly the same name
    return max(_compare_firms(ours, theirs), key=_by_score, default=None)


def _by_score(likeness: Likeness) -> int:
    return likeness.score


# --- one character


def name_edit(ours: str, theirs: str) -> tuple[str, int]:
    """What was done to the other text to get ours, and how much it weighs that it looks or sounds alike."""
    if len(ours) != len(theirs):
        return ("one_missing" if len(ours) < len(theirs) else "one_added"), 0
    different = [(mine, other) for mine, other in zip(ours, theirs, strict=True) if mine != other]
    if len(different) == SHORTEST:
        return "swapped", LOOKS_OR_SOUNDS // 2
    mine, other = different[0]
    if other in read_mates().get(mine, "") or mine in read_mates().get(other, ""):
        return "looks_alike", LOOKS_OR_SOUNDS
    if sound_distance(mine, other) < 2:
        return "sounds_alike", LOOKS_OR_SOUNDS
    return "one_wrong", 0


def sound_distance(mine: str, other: str) -> int:
    """0 for the same sound, 1 for a near one, 2 for another."""
    ways, other_ways = read_aloud(mine), read_aloud(other)
    if set(ways) & set(other_ways):
        return 0
    return 1 if {hear(way) for way in ways} & {hear(way) for way in other_ways} else 2


def same_tones(ours: str, theirs: str) -> bool:
    """Whether two texts sound the same to the tone."""
    return len(ours) == len(theirs) and all(read_tone(a) == read_tone(b) for a, b in zip(ours, theirs, strict=True))


def compare_sounds(ours: str, theirs: str, *, person: bool) -> str:
    """``same_tone``, ``same_sound``, ``near_sound`` or nothing."""
    ways, other_ways = read_aloud(ours, person=person), read_aloud(theirs, person=person)
    if set(ways) & set(other_ways):
        return "same_tone" if same_tones(ours, theirs) else "same_sound"
    return "near_sound" if {hear(way) for way in ways} & {hear(way) for way in other_ways} else ""


# --- persons

PERSON_SOUNDS = {"same_tone": 78, "same_sound": 74, "near_sound": 64}


def _compare_persons(ours: Form, theirs: Form) -> Iterator[Likeness]:
    mine, other = ours.norm, theirs.norm
    if len(mine) == len(other):
        if mine in (other[1:] + other[:1], other[2:] + other[:2]):
            yield Likeness("name_order", 80 if len(mine) > SHORTEST else 72)
        sound = compare_sounds(mine, other, person=True)
        if sound:
            yield Likeness(sound, PERSON_SOUNDS[sound])
    if mine in theirs.parts or other in ours.parts:
        yield Likeness("holds" if mine in theirs.parts else "held", 66)
    if abs(len(mine) - len(other)) <= 1 and OSA.distance(mine, other, score_cutoff=1) == 1:
        code, more = name_edit(mine, other)
        shortest = min(len(mine), len(other))
        if shortest > SHORTEST or more:
            score = 72 if shortest > WINDOW else 60 if shortest == WINDOW else 58
            yield Likeness(code, score + more, 1)
        elif code in ("one_missing", "one_added"):
            yield Likeness(code, 61 if mine[:1] == other[:1] else 60, 1)  # 王伟 for 王小伟, 小伟 for 王小伟
    elif len(mine) >= LETTERS_PER_EDIT * 2 and OSA.distance(mine, other) <= len(mine) // LETTERS_PER_EDIT:
        yield Likeness("some_wrong", 62, OSA.distance(mine, other))


# --- firms

FIRM_SOUNDS = {"same_tone": 82, "same_sound": 80, "near_sound": 72}


def _compare_firms(ours: Form, theirs: Form) -> Iterator[Likeness]:
    apart = ELSEWHERE if ours.region and theirs.region and ours.region != theirs.region else 0
    whole = 2 if ours.region == theirs.region else 0
    if ours.core == theirs.core:
        yield Likeness("same_core_elsewhere" if apart else "same_core", 90 + whole - apart)
        return
    if {ours.core, *ours.others} & {theirs.core, *theirs.others}:
        yield Likeness("misspelt_form", 86 - apart)
    for mine, other in ((ours.core, each) for each in theirs.others if len(each) == len(ours.core)):
        sound = compare_sounds(mine, other, person=False)
        if sound:
            yield Likeness(sound, FIRM_SOUNDS[sound] - 8 - apart)
    if OSA.distance(ours.norm, theirs.norm, score_cutoff=1) == 1:
        code, more = name_edit(ours.norm, theirs.norm)
        yield Likeness(code, (80 if len(ours.norm) > 2 * LETTERS_PER_EDIT else 72) + more // 2, 1)
    if ours.stem == theirs.stem:
        yield from _compare_lines(ours, theirs, apart)
    yield from _compare_cores(ours, theirs, apart)
    yield from _compare_contents(ours, theirs, apart)


def _compare_lines(ours: Form, theirs: Form, apart: int) -> Iterator[Likeness]:
    """The same trade name: with one line left out, or with two lines."""
    if not ours.has_line or not theirs.has_line:
        yield Likeness("same_trade_name", (84 if len(ours.stem) >= WINDOW else 78) - apart)
    elif ours.core.startswith(theirs.core) or theirs.core.startswith(ours.core):
        yield Likeness("line_shortened", (82 if len(ours.stem) >= WINDOW else 76) - apart)
    elif len(ours.stem) >= WINDOW:
        yield Likeness("other_line", 66 - apart)
    else:
        yield Likeness("other_line", 52 - apart // 2)


def _compare_cores(ours: Form, theirs: Form, apart: int) -> Iterator[Likeness]:
    mine, other = ours.core, theirs.core
    sound = compare_sounds(mine, other, person=False) if len(mine) == len(other) else ""
    if sound:
        yield Likeness(sound, FIRM_SOUNDS[sound] - apart)
    elif len(ours.stem) == len(theirs.stem) >= WINDOW and not (ours.has_line and theirs.has_line):
        sound = compare_sounds(ours.stem, theirs.stem, person=False)
        if sound:
            yield Likeness(sound, {"same_tone": 72, "same_sound": 70, "near_sound": 64}[sound] - apart)
    if len(mine) == len(other) == SHORTEST and (mine[0] == other[0] or mine[1] == other[1]):
        code, more = name_edit(mine, other)
        if more or (ours.has_form and theirs.has_form and ours.norm[-WINDOW:] == theirs.norm[-WINDOW:]):
            yield Likeness(code, 60 + more - apart, 1)
    if abs(len(mine) - len(other)) > 1 or min(len(mine), len(other)) < WINDOW:
        return
    if OSA.distance(mine, other, score_cutoff=1) == 1:
        code, more = name_edit(mine, other)
        shortest = min(len(ours.stem), len(theirs.stem))
        score = 76 if shortest > WINDOW else 72 if shortest == WINDOW else 62
        if ours.region == theirs.region and ours.region:
            score += 4
        yield Likeness(code, score + more - apart, 1)
    elif len(mine) >= LETTERS_PER_EDIT * 2 and OSA.distance(mine, other) <= len(mine) // LETTERS_PER_EDIT:
        yield Likeness("some_wrong", 64 - apart, OSA.distance(mine, other))


def _compare_contents(ours: Form, theirs: Form, apart: int) -> Iterator[Likeness]:
    """One trade name in the other: with its town or an addition before or behind it."""
    for code, short, long in (("holds", ours, theirs), ("held", theirs, ours)):
        if len(short.stem) >= WINDOW and short.stem != long.stem and short.stem in long.core:
            begins = long.core.startswith(short.stem) or long.stem.endswith(short.stem)
            full = short.core in long.core and short.has_line
            yield Likeness(code, (74 if full else 66 if begins else 60) - apart)
        elif len(short.stem) == SHORTEST and _is_behind_place(short, long):
            yield Likeness(code, 62 - apart)
        elif len(short.stem) == SHORTEST and long.stem.startswith(short.stem) and len(long.stem) > SHORTEST:
            same_line = short.core[SHORTEST:] == long.core[len(long.stem) :]
            if not short.has_line:
                yield Likeness(code, (62 if len(long.stem) > WINDOW else 60) - apart)
            elif same_line and len(long.stem) > WINDOW:
                yield Likeness(code, 60 - apart)
    if not ours.has_form and len(ours.norm) >= LETTERS_PER_EDIT and theirs.norm.startswith(ours.norm):
        yield Likeness("holds", 66)


def _is_behind_place(short: Form, long: Form) -> bool:
    """Whether a trade name of two characters and its line end the other name, behind what may be a place: 天河鑫源五金店."""
    before = len(long.core) - len(short.core)
    return short.has_line and long.core.endswith(short.core) and SHORTEST <= before <= WINDOW


# --- Latin letters


def _compare_latin(ours: Form, theirs: Form) -> Iterator[Likeness]:
    if ours.chinese != theirs.chinese:
        chinese, latin = (ours, theirs) if ours.chinese else (theirs, ours)
        yield from _compare_romanised(chinese, latin)
        return
    mine, other = _core_words(ours), _core_words(theirs)
    joined, other_joined = "".join(mine), "".join(other)
    if joined == other_joined:
        yield Likeness("same_core", 92)
    elif sorted(mine) == sorted(other):
        yield Likeness("word_order", 90)
    elif sorted(english_stem_words(mine)) == sorted(english_stem_words(other)) and english_stem(mine) != english_stem(other):
        yield Likeness("word_order", 78)
    elif ours.kind == theirs.kind == ORGANISATION and len(stem := english_stem(mine)) > WINDOW and stem == english_stem(other):
        yield Likeness("same_trade_name" if stem in (joined, other_joined) else "other_line", 78)
    ways, other_ways = _ways(ours), _ways(theirs)
    if ways and other_ways and ways & other_ways and PERSON in (ours.kind, theirs.kind):
        yield Likeness("name_order", 80)
    yield from _compare_letters(joined, other_joined, 0)
    if ours.kind == theirs.kind == ORGANISATION and (english_stem(mine), english_stem(other)) != (joined, other_joined):
        yield from _compare_letters(english_stem(mine), english_stem(other), 2)


def _compare_letters(joined: str, other_joined: str, less: int) -> Iterator[Likeness]:
    """Letters that differ: of the whole, or of trade names alone, which weighs less."""
    distance = OSA.distance(joined, other_joined)
    longest = max(len(joined), len(other_joined))
    if distance == 1 and longest > LETTERS_PER_EDIT:
        yield Likeness("one_letter", (76 if longest >= 2 * LETTERS_PER_EDIT else 62) - less, 1)
    elif distance <= longest // (2 * LETTERS_PER_EDIT):
        yield Likeness("some_letters", 64 - less, distance)


def weigh_initials(length: int, *, is_whole: bool) -> int:
    """How much the same initials weigh: three letters are those of thousands, and letters of a place may be something else."""
    if is_whole:
        return 60 if length < LETTERS_PER_EDIT else 62 if length == LETTERS_PER_EDIT else ALL_INITIALS
    return 56 if length <= LETTERS_PER_EDIT else 61


def _core_words(form: Form) -> list[str]:
    return english_core(form.name) if form.kind == ORGANISATION else words(form.name)


def _ways(form: Form) -> set[Syllables]:
    return set(romanised_ways(form))


def _compare_romanised(chinese: Form, latin: Form) -> Iterator[Likeness]:
    """A name in characters and a row of letters: its pinyin, or its initials."""
    person = chinese.kind == PERSON
    if not person and chinese.stem == latin.norm:
        yield Likeness("same_trade_name", 78)  # TCL
    texts = [chinese.norm] if person else list(dict.fromkeys((chinese.core, without_kind(chinese.core), chinese.stem)))
    if not person and len(chinese.stem) > WINDOW:
        texts.append(chinese.stem[:SHORTEST])
    ways = _ways(latin)
    heard = {hear(way) for way in ways}
    letters = possible_initials(latin.norm) if len(latin.norm) <= 16 else []
    for place, text in enumerate(texts):
        read = read_aloud(text, person=person)
        less = 0 if not place or len(text) > len(chinese.stem) else 6 if text == chinese.stem else 18  # only the trade name
        if ways & set(read):
            yield Likeness("romanised", 82 - less)
        elif heard & {hear(way) for way in read}:
            yield Likeness("romanised_near", 70 - less)
        firsts = set(map(initials, read)) & set(letters)
        if firsts and len(text) >= SHORTEST:
            is_whole = any(latin.norm.startswith(each) for each in firsts)  # nothing but a form was cut off
            yield Likeness("initials", weigh_initials(len(text), is_whole=is_whole))
    if person:
        length, parts = surname_length(chinese.norm), words(latin.name)
        turned = {"".join((*parts[i:], *parts[:i])) for i in range(max(1, len(parts)))}
        if any("".join(way[:length]) + initials(way[length:]) in turned for way in read_aloud(chinese.norm, person=True)):
            yield Likeness("surname_and_initials", 60)


def compare_names(ours: str, our_kind: str, theirs: str, their_kind: str) -> Likeness | None:
    """``compare`` for names as they are written."""
    return compare(read_form(ours, our_kind), read_form(theirs, their_kind))
