"""Count a message's failed delivery."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from engine.calls import add_incident
from engine.context import Context
from engine.outbox import next_attempt
from engine.store import MESSAGES


class MessageFailed(Exception):
    """What a message's last delivery said."""


@dataclass(frozen=True)
class FailMessage:
    """Put a message off after a failed delivery: back-off, then an incident that a person can retry."""

    message_id: str
    error: str

    def execute(self, context: Context) -> None:
        connection = context.connection
        query = select(MESSAGES).where(MESSAGES.c.id == self.message_id, MESSAGES.c.state == "owed").with_for_update()
        row = connection.execute(query).first()
        if row is None:
            return
        again = next_attempt(row.attempts + 1, context.now)
        values = {"attempts": row.attempts + 1, "last_error": self.error[:4000], "next_attempt_at": again or context.now}
        change = update(MESSAGES).where(MESSAGES.c.id == row.id)
        connection.execute(change.values(values | ({} if again else {"state": "failed"})))
        context.audit("message_failed", f"message:{row.name}", correlation=row.correlation, attempts=row.attempts + 1)
        if again is None:
            add_incident(context, None, ("", "", row.name), "", MessageFailed(self.error), effect_id=row.id)
