"""Put an instance's due timers off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from engine.context import Context
from engine.store import TIMERS

LATER = timedelta(hours=1)


@dataclass(frozen=True)
class PostponeTimers:
    """Keep an instance that cannot be moved from stopping the sweep: its due timers come up again in an hour."""

    instance_id: str
    reason: str

    def execute(self, context: Context) -> None:
        due = update(TIMERS).where(TIMERS.c.instance_id == self.instance_id, TIMERS.c.due_at <= context.now)
        if context.connection.execute(due.values(due_at=context.now + LATER)).rowcount:
            context.audit("timers_postponed", f"instance:{self.instance_id}", reason=self.reason[:300])
