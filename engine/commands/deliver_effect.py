"""Store what an effect brought back, and move the token that waited for it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.context import Context
from engine.errors import InstanceEnded, NotFound
from engine.handlers import Effect as EffectHandler
from engine.process import LiveInstance, add_incident
from engine.tables import Effect

BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))


class PerformFailed(Exception):
    """What an effect's failure outside the transaction said."""


@dataclass(frozen=True)
class DeliverEffect:
    """Finish an effect with its result, or count a failed attempt: back-off, then an incident."""

    effect_id: str
    result: Mapping[str, Any] | None = None
    error: str | None = None

    def execute(self, context: Context) -> None:
        row = context.session.get(Effect, self.effect_id, with_for_update=True)
        if row is None:
            raise NotFound(kind="effect", id=self.effect_id)
        if row.state != "owed":
            return
        if self.error is not None:
            self.fail(context, row, self.error)
            return
        handler = context.registry.find(row.effect)
        if not isinstance(handler, EffectHandler):
            raise NotFound(kind="effect", id=row.effect)
        scoped = copy.copy(context)
        scoped.instance_id, scoped.element_id, scoped.task_id = row.instance_id, row.element_id, row.task_id
        variables = handler.finish(scoped, row.payload, dict(self.result or {}))
        row.state, row.delivered_at, row.result = "delivered", context.now, dict(self.result or {})
        row.attempts += 1
        context.audit("effect_delivered", f"effect:{row.id}", effect=row.effect)
        if row.task_id and row.instance_id:
            self.move(context, row.instance_id, row.task_id, variables)

    def move(self, context: Context, instance_id: str, task_id: str, variables: Mapping[str, Any] | None) -> None:
        try:
            live = LiveInstance.load(context, instance_id)
        except InstanceEnded:
            return
        if task_id in live.run.stuck_services():
            live.move(lambda: live.run.finish_service(task_id, variables))
            live.store()

    def fail(self, context: Context, row: Effect, error: str) -> None:
        row.attempts += 1
        row.last_error = error[:4000]
        if row.attempts <= len(BACK_OFF):
            row.next_attempt_at = context.now + BACK_OFF[row.attempts - 1]
            return
        row.state = "failed"
        place = ("", row.element_id or "", row.effect)
        add_incident(context, row.instance_id, place, row.task_id or "", PerformFailed(error), effect_id=row.id)
