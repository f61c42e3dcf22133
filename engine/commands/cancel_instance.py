"""Stop a process for good."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, update

from engine.context import Context
from engine.errors import InstanceEnded, NotFound, StaleInstance
from engine.tables import Effect, Instance, Subscription, Task, Timer


@dataclass(frozen=True)
class CancelInstance:
    """End a running instance with a reason; its tasks, timers, waits and the effects its token waits for are cancelled."""

    instance_id: str
    reason: str

    def execute(self, context: Context) -> None:
        session = context.session
        row = session.get(Instance, self.instance_id)
        if row is None:
            raise NotFound(kind="process", id=self.instance_id)
        if row.state != "running":
            raise InstanceEnded()
        done = session.execute(
            update(Instance)
            .where(Instance.id == row.id, Instance.version == row.version)
            .values(state="cancelled", ended_at=context.now, version=row.version + 1, active=[])
            .execution_options(synchronize_session=False)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            raise StaleInstance()
        open_tasks = update(Task).where(Task.instance_id == row.id, Task.state == "open")
        session.execute(open_tasks.values(state="cancelled", completed_at=context.now))
        waited = update(Effect).where(Effect.instance_id == row.id, Effect.state == "owed", Effect.task_id.is_not(None))
        session.execute(waited.values(state="cancelled"))
        for table in (Timer, Subscription):
            session.execute(delete(table).where(table.instance_id == row.id))
        context.audit("instance_cancelled", f"instance:{row.id}", reason=self.reason)
