"""Count the working days of an instance's timers and tasks again, after the holiday table changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from engine.context import Context
from engine.errors import InstanceEnded, NotFound
from engine.process import LiveInstance
from engine.store import KEY, TASKS, TIMERS

OPEN = select(TASKS.c.id, TASKS.c.created_at, TASKS.c.due_at).where(
    TASKS.c.instance_id == KEY, TASKS.c.state == "open", TASKS.c.due_at.is_not(None)
)
MOVE = update(TASKS).where(TASKS.c.id == KEY).values(due_at=bindparam("due"))
WERE = select(TIMERS.c.task_id, TIMERS.c.due_at).where(TIMERS.c.instance_id == KEY)


@dataclass(frozen=True)
class Moved:
    """What was moved: a timer or a task's due date, from when to when."""

    process_key: str
    element_id: str
    name: str
    kind: str  # timer | task
    was: datetime
    due: datetime


@dataclass(frozen=True)
class RecountWorkingDays:
    """Move an instance's timers and due dates that count working days to where today's holiday table puts them.

    Returns what moved; an instance that has ended has nothing to move.
    """

    instance_id: str

    def execute(self, context: Context) -> list[Moved]:
        try:
            live = LiveInstance.load(context, self.instance_id)
        except (InstanceEnded, NotFound):
            return []
        were = {task_id: due_at for task_id, due_at in context.connection.execute(WERE, {"row_id": self.instance_id})}
        timers = live.run.count_again()
        moved = [
            Moved(each.process_key, each.element_id, each.name, "timer", were[each.task_id], each.due_at)
            for each in timers
            if each.task_id in were
        ]
        moved += self.move_tasks(context, live)
        if timers:
            live.store()
        if moved:
            said = [f"{each.element_id}: {each.was.isoformat()} -> {each.due.isoformat()}" for each in moved]
            context.audit("working_days_recounted", f"instance:{self.instance_id}", moved=said)
        return moved

    def move_tasks(self, context: Context, live: LiveInstance) -> list[Moved]:
        """Move the due dates of open tasks, counted from when each was opened."""
        tasks = {task.task_id: task for task in live.run.open_tasks()}
        found = []
        for row in context.connection.execute(OPEN, {"row_id": self.instance_id}).all():
            task = tasks.get(row.id)
            due = live.due(task, row.created_at) if task else None
            if task is not None and due is not None and due != row.due_at:
                context.connection.execute(MOVE, {"row_id": row.id, "due": due})
                found.append(Moved(task.process_key, task.element_id, task.name, "task", row.due_at, due))
        return found
