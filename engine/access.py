"""Who may see, claim and complete a task; the commands ask here, so no page can pass round it."""

from __future__ import annotations

from sqlalchemy import select

from engine.context import Actor, Context
from engine.errors import FourEyes, NotAllowed, TaskAlreadyDone, TaskClaimed, TaskGone
from engine.tables import History, Task


def may_see(task: Task, actor: Actor) -> bool:
    """Whether a task may stand in somebody's inbox."""
    if actor.kind == "system":
        return True
    if actor.kind == "link":
        return f"task:{task.instance_id}:{task.element_id}" in actor.roles
    if actor.id in task.excluded:
        return False
    return task.assignee == actor.id or (task.role in actor.roles and task.assignee in (None, actor.id))


def check_open(task: Task) -> None:
    """Raise ``TaskAlreadyDone`` or ``TaskGone`` unless a task is open."""
    if task.state == "completed":
        raise TaskAlreadyDone(who=task.completed_by_name, when=task.completed_at)
    if task.state != "open":
        raise TaskGone()


def check_may_act(context: Context, task: Task) -> None:
    """Raise unless the actor may claim or complete a task."""
    actor = context.actor
    check_open(task)
    if actor.kind == "system":
        return
    if actor.id in task.excluded:
        raise NotAllowed(reason="you work on this matter yourself")
    if task.assignee not in (None, actor.id) and actor.kind != "link":
        raise TaskClaimed(who=task.assignee, when=task.claimed_at)
    if not may_see(task, actor):
        raise NotAllowed(reason="this task is for somebody else")
    check_four_eyes(context, task)


def check_four_eyes(context: Context, task: Task) -> None:
    """Raise ``FourEyes`` when the actor did a step that a second person must check."""
    others = [part.strip() for part in task.properties.get("not_same_as", "").split(",") if part.strip()]
    if not others:
        return
    done = context.session.execute(
        select(History.name, History.actor_name)
        .where(
            History.instance_id == task.instance_id,
            History.element_id.in_(others),
            History.actor == context.actor.id,
            History.outcome == "completed",
        )
        .limit(1)
    ).first()
    if done is not None:
        raise FourEyes(who=done.actor_name, task=done.name)
