"""Take a task from the group."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import check_claimed, check_may_act, check_open
from engine.context import Context
from engine.errors import StaleInstance
from engine.store import CLAIM_TASK, get_task


@dataclass(frozen=True)
class ClaimTask:
    """Make the actor the task's assignee. Raises what ``check_may_act`` raises, and ``TaskClaimed``."""

    task_id: str

    def execute(self, context: Context) -> None:
        actor = context.actor
        task = get_task(context.connection, self.task_id)
        check_may_act(context, task)
        if task.assignee is not None:
            return  # it is the actor's already
        given = {"row_id": self.task_id, "by": actor.id, "by_name": actor.name, "at": context.now}
        if context.connection.execute(CLAIM_TASK, given).rowcount != 1:
            now = get_task(context.connection, self.task_id)
            check_open(now)
            check_claimed(now, actor)
            raise StaleInstance()  # it was taken and given back in between: look again
        context.audit("task_claimed", f"task:{self.task_id}", element=task.element_id)
