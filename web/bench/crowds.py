"""How many other parties are as near to a variant as the one it was made of: whether a name distinguishes its party.

Nothing of the search is used for that, only what the class of the variant says: the same reading, the same initials, the
same trade name, or one edit apart. See ``variants.FEW``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from rapidfuzz import process
from rapidfuzz.distance import OSA

from web.bench.names import Name
from workflows.records.conflict_keys import read_mates
from workflows.records.name_sounds import hear
from workflows.records.name_writing import normalise

EDITS = frozenset({"one_wrong", "one_missing", "one_added", "swapped"})
HEARD = frozenset({"homophone", "all_homophones"})
SPELT = frozenset({"pinyin", "pinyin_with_tones", "romanised_order"})
SHORTENED = frozenset({"form_left_out", "region_left_out", "region_and_form_left_out"})
ALONE = frozenset({"identifier", "former_name", "english_alias"})


@lru_cache(maxsize=30_000)
def spell_letter(letter: str) -> str:
    """A character in pinyin without tones, as pypinyin reads it by itself."""
    return lazy_pinyin(letter, style=Style.NORMAL)[0]


def spell(text: str) -> tuple[str, ...]:
    """A text in pinyin without tones."""
    return tuple(map(spell_letter, text))


def spoken(name: Name) -> str:
    """What is said of a name: a firm's without its region and form."""
    return normalise(name.stem + name.line if name.kind == "organisation" else name.name)


class Crowds:
    """Every name of the parties, counted under what the classes of variants leave of it."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.spoken: Counter[str] = Counter()
        self.stems: Counter[str] = Counter()
        self._by_length: dict[int, list[str]] = {}
        self._sounds: dict[str, Counter[str]] = {}

    def add(self, name: Name) -> None:
        """Count one more party."""
        self.names[normalise(name.name)] += 1
        self.spoken[spoken(name)] += 1
        if name.stem:
            self.stems[normalise(name.stem)] += 1

    def close(self) -> None:
        """Count how everything sounds, once all are there."""
        by_length: dict[int, list[str]] = defaultdict(list)
        for text in self.names:
            by_length[len(text)].append(text)
        self._by_length = dict(by_length)
        self._sounds = {each: Counter() for each in ("spelt", "heard", "initials")}
        for text, count in self.spoken.items():
            way = spell(text)
            self._sounds["spelt"][" ".join(way)] += count
            self._sounds["heard"][hear(way)] += count
            self._sounds["initials"]["".join(each[0] for each in way)] += count

    def count_others(self, label: str, name: Name, asked: str) -> int:
        """How many other parties are as near to what was asked in this class of variants."""
        if label in ALONE:
            return 0
        way = spell(spoken(name))
        if label in EDITS or label == "similar_glyph":
            near = self._scan(normalise(asked))
            if label == "similar_glyph":
                near = [text for text in near if looks_like(normalise(asked), text)]
            found = sum(self.names[text] for text in near)
        elif label in HEARD | SPELT:
            found = self._sounds["spelt"][" ".join(way)]
        elif label == "near_sound":
            found = self._sounds["heard"][hear(way)]
        elif label == "initials":
            found = self._sounds["initials"]["".join(each[0] for each in way)]
        elif label == "trade_name_only":
            found = self.stems[normalise(name.stem)]
        else:
            found = self.spoken[spoken(name)] if label in SHORTENED else self.names[normalise(name.name)]
        return max(0, found - 1)

    def _scan(self, asked: str) -> list[str]:
        """Every name at most one edit away: one character more, less or other, or two neighbours swapped."""
        found = []
        for length in (len(asked) - 1, len(asked), len(asked) + 1):
            names = self._by_length.get(length, [])
            found += [each[0] for each in process.extract(asked, names, scorer=OSA.distance, score_cutoff=1, limit=None)]
        return found


def looks_like(asked: str, text: str) -> bool:
    """Whether two texts are the same, or differ in one character by another that looks like it."""
    mates = read_mates()
    pairs = [(mine, other) for mine, other in zip(asked, text, strict=False) if mine != other]
    return len(asked) == len(text) and (not pairs or (len(pairs) == 1 and pairs[0][0] in mates.get(pairs[0][1], "")))
