"""What a person of the firm declares beside relatives: posts, investments, and matters at a firm before."""

from __future__ import annotations

from typing import Any

from engine import Context, Operation
from engine.errors import NotAllowed
from workflows.records import interests

MAY_DECLARE_FOR_OTHERS = frozenset({"compliance", "director", "admin"})


def declare(context: Context, *, person_id: str, declared: list[dict[str, Any]]) -> dict[str, int]:
    """Replace somebody's declared interests; everybody for themselves, compliance for all. Raises ``NotAllowed``."""
    actor = context.actor
    if actor.kind != "system" and actor.id != person_id and not actor.roles & MAY_DECLARE_FOR_OTHERS:
        raise NotAllowed(reason="everybody declares for themselves")
    return {"declared": len(interests.declare(context, person_id, declared))}


HANDLERS = (Operation("people.declare_interests", declare, "申报任职、投资与原所事项"),)
