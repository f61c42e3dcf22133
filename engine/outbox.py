"""What a transaction owes: effects and messages, rows of the same commit, delivered afterwards by the sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from engine.context import Context
from engine.store import EFFECTS, KEY, MESSAGES, insert_missing

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))  # after these, a person must look
LEASE = timedelta(minutes=10)  # how long a worker that claimed an effect has before another one may take it
HEARD_LATE = timedelta(days=1)  # how long a message that found nobody waits for a late listener

DUE_EFFECTS = (
    select(EFFECTS.c.id, EFFECTS.c.effect, EFFECTS.c.payload, EFFECTS.c.attempts)
    .where(EFFECTS.c.state == "owed", EFFECTS.c.next_attempt_at <= bindparam("at"))
    .order_by(EFFECTS.c.next_attempt_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
LEASE_EFFECT = update(EFFECTS).where(EFFECTS.c.id == KEY).values(next_attempt_at=bindparam("until"), attempts=bindparam("count"))
DUE_MESSAGES = (
    select(MESSAGES.c.id)
    .where(MESSAGES.c.state == "owed", MESSAGES.c.next_attempt_at <= bindparam("at"))
    .order_by(MESSAGES.c.id)
    .limit(bindparam("most"))
)


def owe(context: Context) -> None:
    """Write the owed effects and messages of a transaction."""
    now = context.now
    if context.effects:
        rows: dict[str, dict[str, Any]] = {}
        for each in context.effects:
            rows.setdefault(each.key, {
                "id": each.id, "effect": each.effect, "payload": {**each.payload, "key": each.key}, "key": each.key,
                "state": "owed", "instance_id": each.instance_id, "task_id": each.task_id, "element_id": each.element_id,
                "attempts": 0, "next_attempt_at": now, "created_at": now,
            })  # fmt: skip
        insert_missing(context.connection, EFFECTS, list(rows.values()))
    if context.messages:
        insert_missing(context.connection, MESSAGES, [
            {**vars(each), "state": "owed", "attempts": 0, "created_at": now, "next_attempt_at": now} for each in context.messages
        ])  # fmt: skip


def claim(context: Context, most: int) -> list[Any]:
    """Take due effects for this worker; the attempt counts from now, so that one that kills its worker is given up too."""
    connection = context.connection
    rows: list[Any] = list(connection.execute(DUE_EFFECTS, {"at": context.now, "most": most}))
    if rows:
        until = context.now + LEASE
        connection.execute(LEASE_EFFECT, [{"row_id": row.id, "until": until, "count": row.attempts + 1} for row in rows])
    return rows


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts, None when it is given up."""
    return now + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None
