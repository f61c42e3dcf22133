"""Let an instance's due timers fire."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from engine.context import Context
from engine.process import LiveInstance
from engine.tables import Timer


@dataclass(frozen=True)
class AdvanceInstance:
    """Fire all timers of an instance that are due; returns how many were."""

    instance_id: str

    def execute(self, context: Context) -> int:
        due = context.session.scalar(
            select(func.count()).select_from(Timer).where(Timer.instance_id == self.instance_id, Timer.due_at <= context.now)
        )
        live = LiveInstance.load(context, self.instance_id)
        live.move()
        live.store()
        if due:
            context.audit("timers_fired", f"instance:{self.instance_id}", count=due)
        return due or 0
