"""What a firm's name is made of: region, trade name (字号), line of business, legal form; what a person's name holds beside it.

Source: 企业名称登记管理规定 (2020) art. 6; the words stand in ``rules/name_parts.yaml`` and ``rules/name_business.yaml``.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

from workflows.records.name_writing import BRACKETED, CHINESE, open_brackets, read_rules, words

SHORTEST = 2  # a trade name has at least two characters
NOWHERE = 0
SHORT_FORM = 4  # a longer form may stand there, misspelt: 誉份有限公司
OF_LONG_FORMS = frozenset("股份集团责任")
LONGEST_PLACE, LONGEST_LINE, LONGEST_FORM, LEFT_OF_PLACE = 9, 6, 9, 4
DISTRICT = re.compile(r"[\u4e00-\u9fff]{2,3}?(自治县|开发区|新区|街道|区|县|市|镇|乡)")
FIRST_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}(市|县|区|镇)")
DISTRICTS = frozenset("区县市")
GROUPS = ("集团", "公司")
BRANCHES = ("分公司", "子公司", "分行", "支行", "支公司", "办事处", "分所", "营业部")
BRANCH = re.compile(rf"^(.{{2,}}?(?:公司|事务所|合作社|银行)).{{2,16}}(?:{'|'.join(BRANCHES)})$")


@dataclass(frozen=True)
class Business:
    """The words that are taken off."""

    places: dict[str, int]
    provinces: frozenset[int]
    forms: frozenset[str]
    broken_forms: dict[str, str]
    lines: frozenset[str]
    not_a_district: frozenset[str]
    kinds: tuple[str, ...]
    english_forms: frozenset[str]
    english_lines: frozenset[str]


@dataclass(frozen=True)
class Split:
    """A firm's name in parts: ``region`` numbers the innermost place, ``core`` is the trade name with its line of business."""

    region: int
    core: str
    stem: str
    has_form: bool
    others: tuple[str, ...] = ()  # other cores, if the region or the form may be misspelt


def _number(place: str) -> int:
    return zlib.crc32(place.encode()) % 65521 + 1


@lru_cache(maxsize=1)
def read_business() -> Business:
    """The words of the packs, ready for look-up."""
    parts, more = read_rules("name_parts"), read_rules("name_business")
    provinces = parts["provinces"].split()
    places = {}
    for place in [*provinces, *parts["cities"].split(), *more["county_cities"].split()]:
        for suffix in ("", *more["province_suffixes" if place in provinces else "place_suffixes"]):
            places[place + suffix] = _number(place)
    forms = [form for form in parts["legal_forms"] if CHINESE.search(form)] + ["公司", "集团"]
    broken = {form[:i] + form[i + 1 :]: form for form in forms if len(form) >= 4 for i in range(len(form))}
    return Business(
        places,
        frozenset(_number(place) for place in provinces),
        frozenset(forms),
        {key: form for key, form in broken.items() if key not in forms},
        frozenset(more["lines"].split()) | frozenset(parts["lines_of_business"].split()),
        frozenset(more["not_a_district"]),
        tuple(sorted(more["kinds"], key=len, reverse=True)),
        frozenset(more["english_forms"]),
        frozenset(more["english_lines"]) | frozenset(more["english_places"]),
    )


def find_place(text: str) -> tuple[int, int]:
    """The length and the number of the place a text begins with; nothing: (0, 0)."""
    places = read_business().places
    for length in range(min(LONGEST_PLACE, len(text)), 1, -1):
        number = places.get(text[:length])
        if number:
            return length, number
    return 0, NOWHERE


def _form_length(text: str) -> int:
    """How long the legal form at the end of a name is; 0 for none."""
    forms = read_business().forms
    for length in range(min(LONGEST_FORM, len(text) - SHORTEST), 1, -1):
        if text[-length:] in forms:
            return length
    return 0


def _misspelt_forms(text: str, form: int) -> list[str]:
    """A name without what may be a legal form with one character wrong, missing, added or two swapped."""
    business, found = read_business(), []
    for length in range(min(LONGEST_FORM, len(text) - SHORTEST), max(form, 2), -1):
        tail = text[-length:]
        if tail in business.broken_forms:
            found.append(text[:-length])
        elif length > 3:
            for i in range(length):
                shorter = tail[:i] + tail[i + 1 :]
                if shorter in business.broken_forms or (i and len(shorter) > 3 and shorter in business.forms):
                    found.append(text[:-length])
                    break
    return found


def _keeps_a_name(rest: str) -> bool:
    business = read_business()
    return len(rest) >= SHORTEST and rest not in business.lines and rest not in business.forms


def _take_regions(text: str) -> tuple[str, int]:
    """A name without the places at its front, and the innermost one."""
    business, region = read_business(), NOWHERE
    while True:
        length, number = find_place(text)
        if not length or not _keeps_a_name(text[length:]):
            break
        text, region = text[length:], number
    for _ in range(3):  # city, district, town
        found = DISTRICT.match(text) if region else FIRST_PLACE.match(text)
        if not found or (found[1] in DISTRICTS and text[found.end(1) - len(found[1]) - 1] in business.not_a_district):
            break
        rest = text[found.end() :]
        if not _keeps_a_name(rest) or len(rest) < (SHORTEST if region else SHORTEST + 1):
            break
        text, region = rest, region or _number(found[0][:-1])
    return text, region


def take_line(core: str) -> str:
    """The trade name: a core without its lines of business."""
    lines, places = read_business().lines, read_business().places
    while True:
        for length in range(min(LONGEST_LINE, len(core) - SHORTEST), 0, -1):
            if core[-length:] in lines:
                rest = core[:-length]
                break
        else:
            return core
        if rest in lines or rest in places:  # 农业银行, 青岛啤酒: the line is part of the name
            return core
        core = rest


def without_kind(core: str) -> str:
    """A core without the word for the kind of shop at its end: 石和根实业厂 → 石和根实业."""
    for kind in read_business().kinds:
        if core.endswith(kind) and len(core) - len(kind) > SHORTEST:
            return core[: -len(kind)]
    return core


def _take_branch(text: str) -> str:
    """A name without a place and 分公司 at its end; as it is if no known place stands there."""
    shorter = text[: -len(next(each for each in BRANCHES if text.endswith(each)))]
    for length in range(min(LONGEST_PLACE, len(shorter) - SHORTEST), 1, -1):
        if shorter[-length:] in read_business().places:
            return shorter[:-length]
    return text


def _strip(text: str) -> tuple[str, int, int]:
    """Branch and form off the end, places off the front: core, region, length of the form that was there."""
    branch = BRANCH.search(text)
    if branch:  # a branch names its town behind the parent's name: 某某有限公司北京分公司
        text = branch[1]
    elif text.endswith(BRANCHES):
        text = _take_branch(text)
    longest = 0
    while (length := _form_length(text)) and _keeps_a_name(text[:-length]):
        text, longest = text[:-length], max(length, longest)
    within = _find_place_behind_group(text)
    if within:
        text = _strip_group(text[:-within])
    return *_take_regions(text), longest


def _find_place_behind_group(text: str) -> int:
    """The length of a place at the end behind 集团: 中国移动通信集团广东有限公司."""
    for length in range(min(LONGEST_PLACE, len(text) - 4), 1, -1):
        if text[-length:] in read_business().places and text[:-length].endswith(GROUPS):
            return length
    return 0


def _strip_group(text: str) -> str:
    """A name without 集团 or 有限公司 at its end."""
    while (length := _form_length(text)) and _keeps_a_name(text[:-length]):
        text = text[:-length]
    return text


def _unbracket(name: str) -> tuple[str, int, str]:
    """A name without brackets that hold a place or a form, the place, and the name without any bracket if that is another."""
    written, region = open_brackets(name), NOWHERE
    if "(" not in written:
        return written, region, ""

    def drop(found: re.Match[str]) -> str:
        nonlocal region
        inner = found[1]
        length, number = find_place(inner)
        if number and (length == len(inner) or inner[length:] in ("自贸区", "自由贸易试验区", "试验区")):
            region = number
            return ""
        return "" if inner in read_business().forms else inner

    without = BRACKETED.sub("", written).replace("(", "").replace(")", "")
    kept = BRACKETED.sub(drop, written).replace("(", "").replace(")", "")
    return kept, region, without if without != kept and len(without) > SHORTEST else ""


@lru_cache(maxsize=4096)
def split_firm(name: str) -> Split:
    """The parts of a firm's name in Chinese."""
    text, bracketed, without = _unbracket(name)
    core, region, form = _strip(text)
    misspelt = []
    if len(text) >= 5 and (form < SHORT_FORM or (form == SHORT_FORM and not OF_LONG_FORMS.isdisjoint(text[-7:-4]))):
        misspelt = [_take_regions(rest)[0] for rest in _misspelt_forms(text, form)]
    others = list(misspelt)
    if without:  # what stands in the brackets may be a misspelt place
        others.append(_strip(without)[0])
    if not form:  # 大众中国: the place at the end, and no form behind it
        others += [
            core[:-length] for length in range(min(4, len(core) - SHORTEST), 1, -1) if core[-length:] in read_business().places
        ]
    place = None if region else FIRST_PLACE.match(core)
    if place and len(core) - place.end() >= LEFT_OF_PLACE and _keeps_a_name(core[place.end() :]):
        others.append(core[place.end() :])  # 北山区老邱头牛肉面馆: a district or a mountain area
    others = [each for each in dict.fromkeys(others) if each != core]
    return Split(region or bracketed, core, take_line(core), bool(form or misspelt), tuple(others))


def english_core(name: str) -> list[str]:
    """The words of a firm's name in Latin letters without its form; a place of two words is one (hongkong)."""
    forms, lines = read_business().english_forms, read_business().english_lines
    found: list[str] = []
    for word in words(name):
        if found and found[-1] + word in lines and word not in lines:
            found[-1] += word
        else:
            found.append(word)
    return [word for word in found if word not in forms] or found


def english_stem_words(core: list[str]) -> list[str]:
    """The words of the trade name in a core: without lines of business and places; the core if nothing else is left."""
    lines = read_business().english_lines
    return [word for word in core if word not in lines] or core


def english_stem(core: list[str]) -> str:
    """The trade name in the words of a core, joined."""
    return "".join(english_stem_words(core))


@lru_cache(maxsize=1)
def read_surnames() -> tuple[frozenset[str], frozenset[str]]:
    """Surnames of one and of two characters."""
    given = read_rules("name_surnames")
    return frozenset("".join(given["single"].split())), frozenset(given["double"].split())


def surname_length(norm: str) -> int:
    """How many characters of a person's name are the surname; 0 if it begins with no known one."""
    single, double = read_surnames()
    if norm[:2] in double and len(norm) > 2:
        return 2
    return 1 if norm[:1] in single else 0
