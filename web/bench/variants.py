"""The ways in which the same party is written, each with its label: what the search must find."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, pinyin

from web.bench.names import Name
from workflows.records.conflict_keys import read_mates
from workflows.records.conflict_match import Question
from workflows.records.name_sounds import hear, read_aloud
from workflows.records.name_splitting import surname_length

FEW = 3  # a name distinguishes if at most so many other parties are as near to what is asked
Draw = random.Random
Variant = Callable[[Name, Draw], "str | None"]


@dataclass
class Party:
    """A party of the sample with what else is known of it."""

    number: int
    name: Name
    id_no: str
    former: str = ""
    english: str = ""


@dataclass(frozen=True)
class Asked:
    """A labelled question: which party it was made of, and how many other parties are as near to it."""

    label: str
    party: Party
    question: Question
    others: int = 0

    @property
    def is_distinguishing(self) -> bool:
        """Whether what was asked tells its party from all but a few."""
        return self.others <= FEW


@lru_cache(maxsize=1)
def common_characters() -> str:
    """The 3,755 characters of the first level of GB/T 2312."""
    pairs = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return "".join(pair.decode("gb2312") for pair in pairs if pair[0] < 0xD7 or pair[1] <= 0xF9)


@lru_cache(maxsize=1)
def by_sound() -> dict[str, dict[tuple[str, ...], str]]:
    """Common characters by what is heard, then by their reading."""
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for letter in common_characters():
        way = read_aloud(letter)[0]
        readings = found.setdefault(hear(way), {})
        readings[way] = readings.get(way, "") + letter
    return found


def replace_one(text: str, draw: Draw, others: Callable[[str], str]) -> str | None:
    """A text with one character replaced by one of its others; None if none has any."""
    places = [i for i, letter in enumerate(text) if others(letter)]
    if not places:
        return None
    at = draw.choice(places)
    return text[:at] + draw.choice(others(text[at])) + text[at + 1 :]


def same_sound(letter: str) -> str:
    """The other common characters that read the same."""
    way = read_aloud(letter)[0]
    return by_sound().get(hear(way), {}).get(way, "").replace(letter, "")


def near_sound(letter: str) -> str:
    """The common characters that read nearly the same."""
    way = read_aloud(letter)[0]
    return "".join(letters for other, letters in by_sound().get(hear(way), {}).items() if other != way)


def look_alike(letter: str) -> str:
    """Those that look like it."""
    return read_mates().get(letter, "")


def traditional(name: Name, draw: Draw) -> str | None:
    """In traditional characters."""
    found = OpenCC("s2t").convert(name.name)
    return found if found != name.name else None


def wide(name: Name, draw: Draw) -> str | None:
    """With spaces, half-width brackets and a bracketed region."""
    text = name.name.replace("（", "(").replace("）", " )") if "（" in name.name else name.name
    at = draw.randint(1, len(text) - 1)
    return text[:at] + draw.choice((" ", "\u3000", "·")) + text[at:]


def _need_firm(name: Name) -> bool:
    return name.kind == "organisation" and len(name.stem) > 2


def form_left_out(name: Name, draw: Draw) -> str | None:
    """Without the legal form."""
    return name.name.removesuffix(name.form) if name.kind == "organisation" and name.form not in ("厂", "经营部") else None


def region_left_out(name: Name, draw: Draw) -> str | None:
    """Without the region."""
    return name.stem + name.line + name.form if _need_firm(name) else None


def both_left_out(name: Name, draw: Draw) -> str | None:
    """某某科技."""
    return name.stem + name.line if _need_firm(name) else None


def trade_name(name: Name, draw: Draw) -> str | None:
    """某某."""
    return name.stem if _need_firm(name) else None


def _whole(name: Name) -> bool:
    """Whether the name is long enough for a mistake to leave something of it."""
    return name.kind == "organisation" or len(name.name) > 2


def one_wrong(name: Name, draw: Draw) -> str | None:
    """One character replaced by any other."""
    return replace_one(name.name, draw, lambda letter: common_characters()) if _whole(name) else None


def one_missing(name: Name, draw: Draw) -> str | None:
    """One character left out."""
    at = draw.randrange(len(name.name))
    return name.name[:at] + name.name[at + 1 :] if _whole(name) else None


def one_added(name: Name, draw: Draw) -> str | None:
    """One character too many."""
    at = draw.randint(1, len(name.name))
    return name.name[:at] + draw.choice(common_characters()) + name.name[at:]


def swapped(name: Name, draw: Draw) -> str | None:
    """Two neighbours swapped."""
    places = [i for i in range(len(name.name) - 1) if name.name[i] != name.name[i + 1]]
    if not places or not _whole(name):
        return None
    at = draw.choice(places)
    return name.name[:at] + name.name[at + 1] + name.name[at] + name.name[at + 2 :]


def homophone(name: Name, draw: Draw) -> str | None:
    """One character replaced by one that reads the same."""
    return replace_one(name.name, draw, same_sound)


def all_homophones(name: Name, draw: Draw) -> str | None:
    """Each character of the trade name or of the person replaced by one that reads the same."""
    text = name.stem or name.name
    changed = "".join(draw.choice(same_sound(letter) or letter) for letter in text)
    return name.name.replace(text, changed) if changed != text else None


def near(name: Name, draw: Draw) -> str | None:
    """One character replaced by one that reads nearly the same."""
    return replace_one(name.name, draw, near_sound)


def alike(name: Name, draw: Draw) -> str | None:
    """One character replaced by one that looks like it."""
    return replace_one(name.name, draw, look_alike)


def _spell(name: Name, style: Style) -> list[str]:
    text = name.stem + name.line if name.kind == "organisation" else name.name
    return [each[0] for each in pinyin(text, style=style)]


def toneless(name: Name, draw: Draw) -> str | None:
    """In pinyin without tones, together or apart."""
    return draw.choice(("", " ")).join(_spell(name, Style.NORMAL)) if _distinct(name) else None


def toned(name: Name, draw: Draw) -> str | None:
    """In pinyin with tones, as marks or as numbers."""
    return draw.choice(("", " ")).join(_spell(name, draw.choice((Style.TONE, Style.TONE3)))) if _distinct(name) else None


def _distinct(name: Name) -> bool:
    return _need_firm(name) or (name.kind == "person" and len(name.name) > 2)


def initial(name: Name, draw: Draw) -> str | None:
    """The first letters, of names with five characters or more."""
    found = "".join(each[0] for each in _spell(name, Style.NORMAL))
    return draw.choice((found, found.upper())) if len(found) > 4 else None


def romanised(name: Name, draw: Draw) -> str | None:
    """A person's name as it stands in a passport or in English."""
    if not _distinct(name) or name.kind != "person":
        return None
    length = max(1, surname_length(name.name))
    spelt = _spell(name, Style.NORMAL)
    surname, given = "".join(spelt[:length]).capitalize(), "".join(spelt[length:]).capitalize()
    return draw.choice(
        (f"{given} {surname}", f"{surname} {given}", f"{surname.upper()}, {given}", f"{surname}, {'-'.join(spelt[length:])}")
    )


VARIANTS: dict[str, Variant] = {
    "exact": lambda name, draw: name.name,
    "traditional": traditional,
    "spaces_brackets_width": wide,
    "form_left_out": form_left_out,
    "region_left_out": region_left_out,
    "region_and_form_left_out": both_left_out,
    "trade_name_only": trade_name,
    "one_wrong": one_wrong,
    "one_missing": one_missing,
    "one_added": one_added,
    "swapped": swapped,
    "homophone": homophone,
    "all_homophones": all_homophones,
    "near_sound": near,
    "similar_glyph": alike,
    "pinyin": toneless,
    "pinyin_with_tones": toned,
    "initials": initial,
    "romanised_order": romanised,
}
