"""Why a name was found, in the words of ``rules/conflict_reasons.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.records.conflict_match import Match, Reason
from workflows.records.name_writing import read_rules


def codes() -> Mapping[str, Any]:
    """The words for each reason that the search gives."""
    found: Mapping[str, Any] = read_rules("conflict_reasons")["reasons"]
    return found


def say_code(code: str, figure: int = 1, *, english: bool = False) -> str:
    """Why a name was found, without the names: “一字不同”."""
    return str(codes()[code][english]).format(figure=figure)


def say(reason: Reason, *, english: bool = False) -> str:
    """One reason in plain words: “一字不同，读音相同或相近（华信大 / 华信达）”."""
    said = say_code(reason.code, reason.figure, english=english)
    if reason.ours == reason.theirs:
        return said
    return f"{said} ({reason.ours} / {reason.theirs})" if english else f"{said}（{reason.ours} / {reason.theirs}）"


def say_match(match: Match, *, english: bool = False) -> str:
    """Everything that speaks for a match and against it, and how many are as alike."""
    said = [say(reason, english=english) for reason in match.reasons]
    if match.crowd:
        said.append(str(read_rules("conflict_reasons")["crowd"][english]).format(count=match.crowd))
    return ("; " if english else "；").join(said)
