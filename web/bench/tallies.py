"""How often each class of variants was asked and found, and for which class of hit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from web.bench.variants import Asked
from workflows.records.conflict_match import Found

TO_LOOK_AT = ("exact", "strong", "review")


@dataclass
class Tally:
    """How often a class was asked, found, found for review or above, and so by itself or within a group; of names that
    distinguish the same."""

    asked: int = 0
    found: int = 0
    looked_at: int = 0
    grouped: int = 0
    told: int = 0
    told_looked_at: int = 0
    missed: list[str] = field(default_factory=list)

    def count(self, each: Asked, found: Found) -> None:
        """Take note of one answer."""
        match = next((match for match in found.matches if match.candidate.subject_id == str(each.party.number)), None)
        is_single = match is not None and match.match_class in TO_LOOK_AT
        self.asked += 1
        self.found += match is not None
        self.looked_at += is_single
        self.grouped += is_single or any(match is member for group in found.groups for member in group.matches)
        self.told += each.is_distinguishing
        self.told_looked_at += each.is_distinguishing and is_single
        if match is None or (each.is_distinguishing and not is_single):
            self.missed.append(f"{each.party.name.name} <- {next(iter(each.question.names))}")


def describe_recall(tallies: dict[str, Tally]) -> dict[str, Any]:
    """Recall in each class: of distinguishing names at class review or above, then of all, by class and with groups."""

    def each(measure: Callable[[Tally], float | None]) -> dict[str, Any]:
        return {label: measure(tally) for label, tally in tallies.items()}

    return {
        "recall_distinguishing": each(lambda tally: round(tally.told_looked_at / tally.told, 4) if tally.told else None),
        "distinguishing": each(lambda tally: tally.told),
        "recall_any_class": each(lambda tally: round(tally.found / tally.asked, 4)),
        "recall_review_or_above": each(lambda tally: round(tally.looked_at / tally.asked, 4)),
        "recall_review_or_above_or_group": each(lambda tally: round(tally.grouped / tally.asked, 4)),
        "asked": each(lambda tally: tally.asked),
        "missed": {label: tally.missed[:12] for label, tally in tallies.items() if tally.missed},
    }
