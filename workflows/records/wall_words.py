"""How a wall reads on pages and panels: people, plan, undertakings, tests and reviews in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import people
from workflows.records.conflict_words import word
from workflows.records.walls import Wall


def describe(session: Session, wall: Wall, *, english: bool = False) -> dict[str, Any]:
    """One wall in words."""
    plan, asked = wall.plan or {}, wall.lift_request or {}
    return {
        "id": wall.id,
        "state": word("wall", wall.state, english=english),
        "reason": wall.reason,
        "people": _names(session, list(wall.people)),
        "insiders": _names(session, plan.get("insiders") or []),
        "fee_rule": plan.get("fee_rule") or "",
        "undertakings": [{"by": each["by_name"], "at": datetime.fromisoformat(each["at"])} for each in wall.undertakings or []],
        "tests": [_test(each, english) for each in wall.tests or []],
        "reviews": [
            {
                "at": datetime.fromisoformat(each["at"]),
                "by": each["by_name"],
                "said": word("wall_outcome", each["outcome"], english=english),
                "report": each["report"],
            }
            for each in wall.reviews or []
        ],
        "lift_asked_by": asked.get("by_name", ""),
        "lift_reason": wall.lift_reason,
    }


def _test(test: dict[str, Any], english: bool) -> dict[str, Any]:
    tried = sorted({what for each in test["people"] for what in each["closed"]})
    what = (", " if english else "、").join(word("tried", each, english=english) for each in tried)
    return {"at": datetime.fromisoformat(test["at"]), "people": "、".join(each["name"] for each in test["people"]), "tried": what}


def _names(session: Session, ids: list[str]) -> str:
    return "、".join(people.find_name(session, each) or "—" for each in ids)
