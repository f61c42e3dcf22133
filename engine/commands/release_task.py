"""Give a claimed task back to the group."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import check_open
from engine.context import Context
from engine.errors import NotAllowed
from engine.store import get_task


@dataclass(frozen=True)
class ReleaseTask:
    """Drop the actor's claim. Raises ``NotAllowed`` when it is not the actor's or was assigned by the diagram."""

    task_id: str

    def execute(self, context: Context) -> None:
        task = get_task(context.session, self.task_id)
        check_open(task)
        if task.assignee != context.actor.id or task.properties.get("assignee"):
            raise NotAllowed(reason="only a task you took from the group can be given back")
        task.assignee, task.claimed_at = None, None
        context.audit("task_released", f"task:{self.task_id}", element=task.element_id)
