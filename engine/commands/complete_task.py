"""Complete a user task: the one walk every form takes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from engine import forms
from engine.access import check_may_act, check_open, may_see
from engine.context import Context
from engine.errors import NotFound, TaskGone
from engine.handlers import Completion
from engine.process import LiveInstance
from engine.store import form_schema, get_task
from engine.tables import Task


@dataclass(frozen=True)
class Completed:
    """What a completion led to: the open tasks of the instance that the actor may do next."""

    instance_id: str
    next_task_ids: tuple[str, ...]


@dataclass(frozen=True)
class CompleteTask:
    """Judge the entries, write them to the records, move the process, in one transaction.

    Raises ``FormInvalid``, ``TaskAlreadyDone``, ``TaskClaimed``, ``TaskGone``, ``NotAllowed``, ``FourEyes``.
    """

    task_id: str
    values: Mapping[str, Any]

    def execute(self, context: Context) -> Completed:
        task = get_task(context.session, self.task_id)
        check_may_act(context, task)
        values = self.judge(context, task)
        self.win(context, task, values)
        live = LiveInstance.load(context, task.instance_id)
        variables = self.apply(context, live, task, values)
        live.move(lambda: self.finish(live, variables))
        live.store()
        context.audit(
            "task_completed",
            f"task:{self.task_id}",
            instance=task.instance_id,
            element=task.element_id,
            definition=task.definition_id,
            values=values,
        )
        rows = context.session.scalars(select(Task).where(Task.instance_id == task.instance_id, Task.state == "open"))
        return Completed(task.instance_id, tuple(row.id for row in rows if may_see(row, context.actor)))

    def judge(self, context: Context, task: Task) -> dict[str, Any]:
        """The clean values; what the page itself adds as proof (``_proof``) passes through."""
        schema = form_schema(context.session, task)
        if schema is None:
            return dict(self.values)
        clean = forms.validate(schema, self.values, checks=context.checks)
        if "_proof" in self.values:
            clean["_proof"] = self.values["_proof"]
        return clean

    def win(self, context: Context, task: Task, values: dict[str, Any]) -> None:
        """Mark the task done, if nobody else was faster. Raises ``TaskAlreadyDone``."""
        actor = context.actor
        done = context.session.execute(
            update(Task)
            .where(Task.id == self.task_id, Task.state == "open")
            .values(
                state="completed", completed_at=context.now, completed_by=actor.id, completed_by_name=actor.name,
                assignee=task.assignee or actor.id, submitted=values,
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            context.session.expire(task)
            check_open(task)

    def apply(self, context: Context, live: LiveInstance, task: Task, values: dict[str, Any]) -> dict[str, Any]:
        """What the form gives to the process: its completion's variables, or the keys it names."""
        data = self.token_data(live)
        name = task.properties.get("complete", "")
        if name:
            handler = context.registry.find(name)
            if not isinstance(handler, Completion):
                raise NotFound(kind="completion", id=name)
            scoped = copy.copy(context)
            scoped.instance_id, scoped.element_id, scoped.task_id = task.instance_id, task.element_id, task.id
            return dict(handler.apply(scoped, values, data) or {})
        keys = [key.strip() for key in task.properties.get("variables", "").split(",") if key.strip()]
        return {key: value for key, value in values.items() if key in keys or keys == ["*"]}

    def token_data(self, live: LiveInstance) -> dict[str, Any]:
        try:
            return dict(live.run.get(self.task_id).data)
        except KeyError:
            raise TaskGone() from None

    def finish(self, live: LiveInstance, variables: dict[str, Any]) -> None:
        live.run.complete(self.task_id, variables)
