"""What a transaction owes the world outside: rows written in the same commit, delivered afterwards by the sweep."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from engine.context import Context
from engine.tables import Effect, Message


def owe(context: Context) -> None:
    """Write the owed effects and messages of a transaction to the outbox."""
    if context.effects:
        keys: dict[str, Any] = {request.key: request for request in context.effects}
        rows = [
            {
                "id": each.id, "effect": each.effect, "payload": {**each.payload, "key": each.key}, "key": each.key,
                "state": "owed", "instance_id": each.instance_id, "task_id": each.task_id, "element_id": each.element_id,
                "attempts": 0, "next_attempt_at": context.now, "created_at": context.now,
            }
            for each in keys.values()
        ]  # fmt: skip
        context.session.execute(insert(Effect), rows)
    if context.messages:
        rows = [{**vars(each), "state": "owed", "attempts": 0, "created_at": context.now} for each in context.messages]
        context.session.execute(insert(Message), rows)
