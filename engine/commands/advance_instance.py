"""Let an instance's due timers fire."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from engine.context import Context
from engine.errors import NotFound
from engine.process import LiveInstance
from engine.store import LOCK_INSTANCE_IF_FREE, TIMERS


@dataclass(frozen=True)
class AdvanceInstance:
    """Fire all timers of an instance that are due; returns how many were.

    An instance that somebody else is moving at this moment is left alone: the next sweep comes back to it.
    """

    instance_id: str

    def execute(self, context: Context) -> int:
        due = select(func.count()).where(TIMERS.c.instance_id == self.instance_id, TIMERS.c.due_at <= context.now)
        count = int(context.connection.execute(due).scalar_one())
        try:
            live = LiveInstance.load(context, self.instance_id, LOCK_INSTANCE_IF_FREE)
        except NotFound:
            return 0
        live.move()
        live.store()
        if count:
            context.audit("timers_fired", f"instance:{self.instance_id}", count=count)
        return count
