"""Promises (禁止性承诺) that no lawyer may make: found in a text before it goes to a client (``rules/promises.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parent.parent / "rules" / "promises.yaml"
OUTCOME, CONNECTIONS, REFUND = "outcome", "connections", "refund"


@dataclass(frozen=True)
class Promise:
    """One forbidden wording: the words as they stand, and why (outcome, connections, refund)."""

    words: str
    reason: str


def find_promises(text: str) -> list[Promise]:
    """Every forbidden wording of a text in order; a denial shortly before it in the same clause makes it harmless."""
    rules = _rules()
    found = []
    for pattern, reason in rules.patterns:
        for match in pattern.finditer(text):
            if not _is_denied(text, match.start(), rules):
                found.append((match.start(), Promise(match.group(), reason)))
    return [promise for _, promise in sorted(found, key=lambda each: each[0])]


def check_texts(values: Mapping[str, Any]) -> dict[str, list[Promise]]:
    """The forbidden wordings in the values of a form by path (``goal``, ``risks.0.effect``)."""
    found: dict[str, list[Promise]] = {}
    for path, text in _texts(values, ""):
        promises = find_promises(text)
        if promises:
            found[path] = promises
    return found


@dataclass(frozen=True)
class _Rules:
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    denials: tuple[str, ...]
    within: int


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    given = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    patterns = tuple((re.compile(word["pattern"]), str(word["reason"])) for word in given["words"])
    return _Rules(patterns, tuple(given["denied_by"]), int(given["denied_within"]))


def _is_denied(text: str, start: int, rules: _Rules) -> bool:
    before = re.split(r"[，。；！？、\n]", text[max(0, start - rules.within) : start])[-1]
    # One letter denies only what it touches ("不保证"): "不管怎样都包赢" denies nothing.
    return any(before.endswith(denial) if len(denial) == 1 else denial in before for denial in rules.denials)


def _texts(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, str):
            yield f"{prefix}{key}", value
        elif isinstance(value, list):
            for index, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from _texts(row, f"{prefix}{key}.{index}.")
