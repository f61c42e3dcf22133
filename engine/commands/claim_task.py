"""Take a task from the group."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from engine.access import check_may_act
from engine.context import Context
from engine.errors import TaskClaimed
from engine.store import get_task
from engine.tables import Task


@dataclass(frozen=True)
class ClaimTask:
    """Make the actor the task's assignee. Raises what ``check_may_act`` raises, and ``TaskClaimed``."""

    task_id: str

    def execute(self, context: Context) -> None:
        task = get_task(context.session, self.task_id)
        check_may_act(context, task)
        done = context.session.execute(
            update(Task)
            .where(Task.id == self.task_id, Task.state == "open", (Task.assignee.is_(None)) | (Task.assignee == context.actor.id))
            .values(assignee=context.actor.id, claimed_at=context.now)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            context.session.expire(task)
            raise TaskClaimed(who=task.assignee, when=task.claimed_at)
        context.audit("task_claimed", f"task:{self.task_id}", element=task.element_id)
