"""How names are compared in conflict checks: normalised, without region and legal form, and as they sound.

Source: rules.md 3.6 (design of the firm); GB 11714 and GB 32100 identify organisations, names only point at them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from opencc import OpenCC
from pypinyin import lazy_pinyin

SOURCE = Path(__file__).parent.parent / "rules" / "name_parts.yaml"
BRACKETED = re.compile(r"[(\[【〔〈《]([^()\[\]【】〔〕〈〉《》]*)[)\]】〕〉》]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHORTEST = 2  # a trade name has at least two characters


@dataclass(frozen=True)
class NameParts:
    """What may be taken off a name: patterns for regions and legal forms."""

    region: re.Pattern[str]
    district: re.Pattern[str]
    form: re.Pattern[str]
    branch: re.Pattern[str]
    lines: frozenset[str]


@dataclass(frozen=True)
class SearchName:
    """One name in the forms that are compared."""

    name: str
    norm: str
    core: str
    pinyin: str
    initials: str


@lru_cache(maxsize=1)
def read_parts() -> NameParts:
    """The patterns of ``rules/name_parts.yaml``."""
    given = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    places = sorted((given["provinces"] + " " + given["cities"]).split(), key=len, reverse=True)
    forms = sorted(given["legal_forms"], key=len, reverse=True)
    either = "|".join
    return NameParts(
        region=re.compile(f"({either(places)})({either(given['region_suffixes'])})?"),
        district=re.compile(f"[\u4e00-\u9fff]{{2,3}}?({either(given['districts'])})"),
        form=re.compile(f"({either(forms)})$"),
        branch=re.compile(f"({either(forms)})({either(places)})({either(given['region_suffixes'])})?$"),
        lines=frozenset(given["lines_of_business"].split()),
    )


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def normalise(name: str) -> str:
    """A name in simplified characters, half width, lower case, without spaces and punctuation."""
    text = unicodedata.normalize("NFKC", name)
    text = _to_simplified().convert(text).casefold()
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in "LN")


def trade_name(name: str) -> str:
    """The trade name (字号) with its line of business: region, legal form and bracketed region taken off."""
    parts = read_parts()
    text = _to_simplified().convert(unicodedata.normalize("NFKC", name))
    text = BRACKETED.sub(lambda found: "" if parts.region.fullmatch(normalise(found[1])) else found[0], text)
    core = normalise(text)
    core = _strip_regions(core, parts)
    while (shorter := parts.branch.sub("", parts.form.sub("", core))) != core and len(shorter) >= SHORTEST:
        core = shorter
    return core


def _strip_regions(core: str, parts: NameParts) -> str:
    """Regions off the front, one after the other; a district only behind a region."""
    stripped = False
    while (found := parts.region.match(core)) and _leaves_a_name(core[found.end() :], parts):
        end = found.end()
        # A district may be named like a city elsewhere: 北京市朝阳区 is not the city 朝阳 before a name that begins with 区.
        if stripped and not found[2] and (district := parts.district.match(core)) and district.end() == end + len(district[1]):
            end = district.end() if _leaves_a_name(core[district.end() :], parts) else end
        core, stripped = core[end:], True
    if stripped and (found := parts.district.match(core)) and _leaves_a_name(core[found.end() :], parts):
        core = core[found.end() :]
    return core


def _leaves_a_name(rest: str, parts: NameParts) -> bool:
    name = parts.form.sub("", rest)
    return len(name) >= SHORTEST and name not in parts.lines


def read_name(name: str, kind: str) -> SearchName:
    """A name of a person or an organisation in all forms that are compared."""
    norm = normalise(name)
    core = trade_name(name) if kind == "organisation" else norm
    sounds = lazy_pinyin(core) if CHINESE.search(core) else []
    return SearchName(name.strip(), norm, core, " ".join(sounds), "".join(sound[0] for sound in sounds if sound))
