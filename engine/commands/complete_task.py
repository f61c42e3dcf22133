"""Complete a user task: the one walk every form takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import forms
from engine.access import check_may_act, check_open, is_barred, may_see
from engine.audit import digest_of
from engine.calls import complete_form
from engine.clock import FIRM_ZONE
from engine.context import AuditEntry, Context
from engine.errors import TaskClaimed, TaskGone
from engine.process import LiveInstance
from engine.store import OPEN_TASKS, WIN_TASK, form_schema, get_task


@dataclass(frozen=True)
class Completed:
    """What a completion led to: the open tasks of the instance that the actor may do next."""

    instance_id: str
    next_task_ids: tuple[str, ...]


@dataclass(frozen=True)
class CompleteTask:
    """Judge the entries, write them to the records, move the process, in one transaction.

    Raises ``FormInvalid``, ``TaskAlreadyDone``, ``TaskClaimed``, ``TaskGone``, ``NotAllowed``, ``FourEyes``, what the
    completion refuses with, and ``HandlerFailed`` (the entries are then kept as the task's draft).
    """

    task_id: str
    values: Mapping[str, Any]

    def execute(self, context: Context) -> Completed:
        task = get_task(context.connection, self.task_id)
        check_may_act(context, task)
        values = self.judge(context, task)
        live = LiveInstance.load(context, task.instance_id)
        self.win(context, task, values)
        variables = complete_form(context, task, values, self.token_data(live))
        live.move(lambda: live.run.complete(self.task_id, variables))
        live.store()
        place = {"instance": task.instance_id, "element": task.element_id, "fields": sorted(values)}
        context.entries.append(
            AuditEntry("task_completed", f"task:{self.task_id}", place, task.definition_id, digest_of(values))
        )  # fmt: skip
        rows = context.connection.execute(OPEN_TASKS, {"row_id": task.instance_id})
        actor = context.actor
        return Completed(task.instance_id, tuple(row.id for row in rows if may_see(row, actor) and not is_barred(row, actor)))

    def judge(self, context: Context, task: Any) -> dict[str, Any]:
        """The clean values; what the page itself adds as proof (``_proof``) passes through."""
        schema = form_schema(context.connection, task)
        if schema is None:
            return dict(self.values)
        today = context.now.astimezone(FIRM_ZONE).date()
        clean = forms.validate(schema, self.values, checks=context.checks, today=today)
        if "_proof" in self.values:
            clean["_proof"] = self.values["_proof"]
        return clean

    def win(self, context: Context, task: Any, values: dict[str, Any]) -> None:
        """Mark the task done, if nobody else was faster. Raises ``TaskAlreadyDone``, ``TaskClaimed`` or ``TaskGone``."""
        actor = context.actor
        given = {
            "row_id": self.task_id, "held_by": task.assignee, "holder": task.assignee or actor.id, "at": context.now,
            "by": actor.id, "by_name": actor.name, "values": values,
        }  # fmt: skip
        if context.connection.execute(WIN_TASK, given).rowcount != 1:
            now = get_task(context.connection, self.task_id)
            check_open(now)
            raise TaskClaimed(who=now.assignee_name or now.assignee, when=now.claimed_at)

    def token_data(self, live: LiveInstance) -> dict[str, Any]:
        try:
            return dict(live.run.get(self.task_id).data)
        except KeyError:
            raise TaskGone() from None
