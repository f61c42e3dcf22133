"""Hand a task to somebody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from engine.access import check_four_eyes, check_open, check_person, has_power, identities, may_see
from engine.context import Context
from engine.errors import NotAllowed, StaleInstance
from engine.store import TASKS, get_task


@dataclass(frozen=True)
class AssignTask:
    """Make a person the task's assignee; whoever may do the task, and who has the power to assign, may do so.

    Raises ``NotAllowed`` and ``FourEyes``, also when the person may not do the task.
    """

    task_id: str
    user_id: str
    user_name: str | None = None

    def execute(self, context: Context) -> None:
        task = get_task(context.connection, self.task_id)
        check_open(task)
        check_person(context)
        holds = task.assignee is None or task.assignee in identities(context.actor)
        if not (holds and may_see(task, context.actor)) and not has_power(context, "assign"):
            raise NotAllowed(reason="this task is for somebody else")
        if self.user_id in task.excluded:
            raise NotAllowed(reason="this person is kept from the task")
        check_four_eyes(context, task, frozenset({self.user_id}))
        change = update(TASKS).where(TASKS.c.id == self.task_id, TASKS.c.state == "open")
        name = self.user_name or context.name_of(self.user_id)
        values = {"assignee": self.user_id, "assignee_name": name, "claimed_at": context.now}
        if context.connection.execute(change.values(values)).rowcount != 1:
            raise StaleInstance()
        context.audit("task_assigned", f"task:{self.task_id}", to=self.user_id, element=task.element_id)
