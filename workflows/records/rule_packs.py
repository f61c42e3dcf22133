"""Rule packs: the figures and lists of the law and of the firm's policy, as data with their legal basis.

A pack is one file ``workflows/rules/<pack>.yaml``: ``jurisdiction``, and under ``rules`` a list of entries with
``key``, ``value``, ``unit``, ``legal_basis``, ``effective_from``, ``effective_to`` (null: in force) and ``source``
(where the text was read, or ``design`` for a default of the house). The same key may stand several times with periods
that do not overlap. Files without ``rules`` (the demo firm's cast) are not packs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.errors import JuanzongError, NotFound
from workflows.records.yaml_source import read_yaml

FOLDER = Path(__file__).parent.parent / "rules"
FIELDS = frozenset({"key", "value", "unit", "legal_basis", "effective_from", "effective_to", "source"})


class PackBroken(JuanzongError):
    """The rule pack {pack} cannot be used: {reason}"""


@dataclass(frozen=True)
class Rule:
    """One rule in one period; ``legal_basis`` is shown beside every message that the rule causes."""

    pack: str
    key: str
    value: Any
    unit: str
    legal_basis: str
    effective_from: date
    effective_to: date | None
    source: str
    jurisdiction: str

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on a day; both ends count."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


def get_rule(pack: str, key: str, on: date) -> Rule:
    """The rule of a pack that is in force on a day; ``NotFound`` when there is none."""
    for rule in load_packs().get(pack, ()):
        if rule.key == key and rule.in_force(on):
            return rule
    raise NotFound(kind="rule", id=f"{pack}/{key} ({on.isoformat()})")


def list_rules(pack: str | None = None) -> list[Rule]:
    """Every rule of one pack, or of all packs, in the order of the files."""
    packs = load_packs()
    return [rule for name, rules in packs.items() if pack in (None, name) for rule in rules]


@lru_cache(maxsize=4)
def load_packs(folder: Path = FOLDER) -> dict[str, tuple[Rule, ...]]:
    """All packs of a folder, read once; ``PackBroken`` names the first entry that cannot be used."""
    packs: dict[str, tuple[Rule, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        content = read_yaml(path)
        if isinstance(content, dict) and "rules" in content:
            packs[path.stem] = _read_pack(path.stem, content)
    return packs


def _read_pack(pack: str, content: dict[str, Any]) -> tuple[Rule, ...]:
    jurisdiction = str(content.get("jurisdiction", "CN"))
    rules = tuple(_read_rule(pack, jurisdiction, entry) for entry in content["rules"])
    for index, rule in enumerate(rules):
        for other in rules[:index]:
            if rule.key == other.key and _overlap(rule, other):
                raise PackBroken(pack=pack, reason=f"two periods of {rule.key} overlap")
    return rules


def _read_rule(pack: str, jurisdiction: str, entry: dict[str, Any]) -> Rule:
    wrong = FIELDS.symmetric_difference(entry)
    if wrong:
        names = ", ".join(sorted(wrong))
        raise PackBroken(pack=pack, reason=f"{entry.get('key', '?')}: fields missing or unknown: {names}")
    if not str(entry["legal_basis"] or "").strip() or not str(entry["source"] or "").strip():
        raise PackBroken(pack=pack, reason=f"{entry['key']}: no legal basis or no source")
    if not isinstance(entry["effective_from"], date):
        raise PackBroken(pack=pack, reason=f"{entry['key']}: effective_from is not a date")
    return Rule(pack=pack, jurisdiction=jurisdiction, **entry)


def _overlap(first: Rule, second: Rule) -> bool:
    end = date.max
    return first.effective_from <= (second.effective_to or end) and second.effective_from <= (first.effective_to or end)
