"""Hand a task to somebody."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import check_open, may_see
from engine.context import Context
from engine.errors import NotAllowed
from engine.store import get_task


@dataclass(frozen=True)
class AssignTask:
    """Make a person the task's assignee; whoever may see the task, and an administrator, may do so.

    Raises ``NotAllowed``, also when the person is excluded from the task.
    """

    task_id: str
    user_id: str

    def execute(self, context: Context) -> None:
        task = get_task(context.session, self.task_id)
        check_open(task)
        if not may_see(task, context.actor) and "admin" not in context.actor.roles:
            raise NotAllowed(reason="this task is for somebody else")
        if self.user_id in task.excluded:
            raise NotAllowed(reason="this person works on the matter")
        task.assignee, task.claimed_at = self.user_id, context.now
        context.audit("task_assigned", f"task:{self.task_id}", to=self.user_id, element=task.element_id)
