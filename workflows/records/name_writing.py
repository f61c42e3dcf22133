"""How a name is written: half width, simplified, lower case, without spaces and marks; and what stands in its brackets."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from opencc import OpenCC

from workflows.records.yaml_source import read_yaml

RULES = Path(__file__).parent.parent / "rules"
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
BRACKETS = {"(": "(", "（": "(", "[": "(", "【": "(", "〔": "(", "〈": "(", "《": "(", "「": "(", "『": "(", "{": "("} | {
    ")": ")", "）": ")", "]": ")", "】": ")", "〕": ")", "〉": ")", "》": ")", "」": ")", "』": ")", "}": ")"
}  # fmt: skip
DIGITS = "零一二三四五六七八九"
ORDINAL = re.compile(r"第([1-9]\d?)(?!\d)")
BRACKETED = re.compile(r"\(([^()]*)\)")
# Latin letters that do not come apart into a letter and a mark.
LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}


@lru_cache(maxsize=8)
def read_rules(name: str) -> dict[str, Any]:
    """A file of ``workflows/rules`` as it is."""
    rules: dict[str, Any] = read_yaml(RULES / f"{name}.yaml")
    return rules


@lru_cache(maxsize=1)
def _to_simplified() -> dict[str, str]:
    """Each traditional character with its simplified one, characters by themselves: a name has no phrases to go by."""
    letters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    converted = OpenCC("t2s").convert("\n".join(letters)).split("\n")
    return {old: new for old, new in zip(letters, converted, strict=True) if old != new and len(new) == 1}


class _Writing(dict[int, str]):
    """A table for ``str.translate`` that works out a character when it first meets it."""

    def __init__(self, *, spaces: str = "", brackets: bool = False) -> None:
        super().__init__()
        self.spaces, self.brackets = spaces, brackets

    def __missing__(self, code: int) -> str:
        written = "".join(self._write(letter) for letter in unicodedata.normalize("NFKC", chr(code)))
        if len(self) < 200_000:  # every character there is, but not whatever a stranger sends for ever
            self[code] = written
        return written

    def _write(self, letter: str) -> str:
        simplified = _to_simplified().get(letter)
        if simplified is not None:
            return simplified
        if letter in BRACKETS:
            return BRACKETS[letter] if self.brackets else self.spaces
        if CHINESE.match(letter):
            return letter
        lowered = LETTERS.get(letter.casefold(), letter.casefold())
        if lowered == "ü":
            return "v"
        parts = unicodedata.normalize("NFD", lowered)
        kept = "".join(part for part in parts if unicodedata.category(part)[0] in "LN")
        if kept:
            return kept
        return "" if unicodedata.category(letter)[0] in "MC" else self.spaces


PLAIN = _Writing()
OPEN = _Writing(brackets=True)
SPACED = _Writing(spaces=" ")
TONED_U = str.maketrans({"ǖ": "v", "ǘ": "v", "ǚ": "v", "ǜ": "v", "Ǖ": "v", "Ǘ": "v", "Ǚ": "v", "Ǜ": "v"})


def _compose(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name).translate(TONED_U)


def normalise(name: str) -> str:
    """A name in the one writing in which names are compared."""
    return spell_ordinals(_compose(name).translate(PLAIN))


def spell_ordinals(text: str) -> str:
    """第3医院 as 第三医院, up to 99."""
    return ORDINAL.sub(_spell_ordinal, text) if "第" in text else text


def _spell_ordinal(found: re.Match[str]) -> str:
    tens, ones = divmod(int(found[1]), 10)
    ten = "十" if tens == 1 else f"{DIGITS[tens]}十" if tens else ""
    return f"第{ten}{DIGITS[ones] if ones or not tens else ''}"


def open_brackets(name: str) -> str:
    """A name in the one writing, its brackets kept as ``(`` and ``)``."""
    return spell_ordinals(_compose(name).translate(OPEN))


def words(name: str) -> list[str]:
    """The words of a name in Latin letters; ``WeiZhang`` and ``Xiao-ming`` come apart as people mean them, ``GmbH`` does not."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", re.sub(r"(?<=\w)[-'’`](?=\w)", "", _compose(name)))
    return apart.translate(SPACED).split()
