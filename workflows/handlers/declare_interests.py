"""What a person of the firm declares: close relatives, posts, investments, adviser posts, and matters at a firm before."""

from __future__ import annotations

from typing import Any

from engine import Context, Operation
from engine.errors import NotAllowed
from workflows.records import interests, people

MAY_DECLARE_FOR_OTHERS = frozenset({"compliance", "director", "admin"})


def declare(context: Context, *, person_id: str, declared: list[dict[str, Any]]) -> dict[str, int]:
    """Replace somebody's declared interests; everybody for themselves, compliance for all. Raises ``NotAllowed``."""
    check_may_declare(context, person_id)
    return {"declared": len(interests.declare(context, person_id, declared))}


def declare_all(
    context: Context, *, person_id: str, declared: list[dict[str, Any]], relatives: list[dict[str, str]]
) -> dict[str, int]:
    """Replace somebody's declared relatives and interests together. Raises ``NotAllowed``."""
    check_may_declare(context, person_id)
    people.declare_relatives(context, person_id=person_id, relatives=relatives)
    return {"declared": len(interests.declare(context, person_id, declared)), "relatives": len(relatives)}


def check_may_declare(context: Context, person_id: str) -> None:
    """Raise ``NotAllowed`` for somebody who would declare for somebody else."""
    actor = context.actor
    if actor.kind != "system" and actor.id != person_id and not actor.roles & MAY_DECLARE_FOR_OTHERS:
        raise NotAllowed(reason="everybody declares for themselves")


HANDLERS = (
    Operation("people.declare_interests", declare, "申报任职、投资与原所事项"),
    Operation("people.declare_all", declare_all, "利益申报"),
)
