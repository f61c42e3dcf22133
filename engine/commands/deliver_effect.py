"""Store what an effect brought back, and move the token that waited for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from engine.calls import add_incident
from engine.context import Context
from engine.errors import InstanceEnded, NotFound
from engine.handlers import Effect
from engine.outbox import next_attempt
from engine.process import LiveInstance
from engine.store import EFFECTS


class EffectFailed(Exception):
    """What an effect's last failure said."""


@dataclass(frozen=True)
class DeliverEffect:
    """Finish an effect with its result, or count a failed attempt: back-off, then an incident."""

    effect_id: str
    result: Mapping[str, Any] | None = None
    error: str | None = None

    def execute(self, context: Context) -> None:
        look = select(EFFECTS).where(EFFECTS.c.id == self.effect_id)
        row = context.connection.execute(look).first()
        if row is None:
            raise NotFound(kind="effect", id=self.effect_id)
        live = self.load(context, row)  # the instance is locked before its effect, as everywhere
        row = context.connection.execute(look.with_for_update()).one()
        if row.state != "owed":
            return
        if self.error is not None:
            self.fail(context, row, live, self.error)
        else:
            self.finish(context, row, live)

    def load(self, context: Context, row: Any) -> LiveInstance | None:
        if not row.instance_id or not row.task_id:
            return None
        try:
            return LiveInstance.load(context, row.instance_id)
        except InstanceEnded:
            return None

    def finish(self, context: Context, row: Any, live: LiveInstance | None) -> None:
        handler = context.registry.find(row.effect)
        if not isinstance(handler, Effect):
            raise NotFound(kind="effect", id=row.effect)
        result = dict(self.result or {})
        at_step = context.at(row.instance_id, row.element_id, row.task_id)
        variables = handler.finish(at_step, row.payload, result)
        done = {"state": "delivered", "delivered_at": context.now, "result": result, "last_error": None}
        context.connection.execute(update(EFFECTS).where(EFFECTS.c.id == row.id).values(done))
        context.audit("effect_delivered", f"effect:{row.id}", effect=row.effect, instance=row.instance_id)
        if live is not None and row.task_id in live.run.stuck():
            live.move(lambda: live.run.finish_service(row.task_id, variables))
            live.store()

    def fail(self, context: Context, row: Any, live: LiveInstance | None, error: str) -> None:
        attempts = max(row.attempts, 1)
        again = next_attempt(attempts, context.now)
        values = {"attempts": attempts, "last_error": error[-4000:], "next_attempt_at": again or context.now}
        change = update(EFFECTS).where(EFFECTS.c.id == row.id)
        context.connection.execute(change.values(values | ({} if again else {"state": "failed"})))
        context.audit("effect_failed", f"effect:{row.id}", effect=row.effect, attempts=attempts)
        if again is None:
            place = ("", row.element_id or "", row.effect)
            if live is not None:
                place = live.place_of(row.task_id) or place
            add_incident(context, row.instance_id, place, row.task_id or "", EffectFailed(error), effect_id=row.id)
