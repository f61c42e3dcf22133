"""Give a claimed task back to the group."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from engine.access import check_open, has_power
from engine.context import Context
from engine.errors import NotAllowed, StaleInstance
from engine.store import TASKS, get_task


@dataclass(frozen=True)
class ReleaseTask:
    """Drop the actor's claim. Raises ``NotAllowed`` when it is not the actor's or was assigned by the diagram."""

    task_id: str

    def execute(self, context: Context) -> None:
        task = get_task(context.connection, self.task_id)
        check_open(task)
        own = task.assignee == context.actor.id and not task.properties.get("assignee")
        if task.assignee is None or not (own or has_power(context, "assign")):
            raise NotAllowed(reason="only a task you took from the group can be given back")
        free = update(TASKS).where(TASKS.c.id == task.id, TASKS.c.state == "open", TASKS.c.assignee == task.assignee)
        if context.connection.execute(free.values(assignee=None, assignee_name=None, claimed_at=None)).rowcount != 1:
            raise StaleInstance()
        context.audit("task_released", f"task:{self.task_id}", element=task.element_id, was=task.assignee)
