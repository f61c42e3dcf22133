"""Stop a process for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from engine.access import check_person, check_power, identities
from engine.context import Context
from engine.errors import InstanceEnded, NotFound, StaleInstance
from engine.store import ADD_HISTORY, EFFECTS, INCIDENTS, INSTANCES, LOCK_INSTANCE, SUBSCRIPTIONS, TASKS, TIMERS


@dataclass(frozen=True)
class CancelInstance:
    """End a running instance with a reason; its tasks, timers, waits, incidents and the effects its tokens wait for end too.

    Who started it may, and who has the power to cancel. Raises ``NotAllowed`` and ``InstanceEnded``.
    """

    instance_id: str
    reason: str

    def execute(self, context: Context) -> None:
        check_person(context)
        connection = context.connection
        row = connection.execute(LOCK_INSTANCE, {"row_id": self.instance_id}).first()
        if row is None:
            raise NotFound(kind="process", id=self.instance_id)
        if row.started_by not in identities(context.actor):
            check_power(context, "cancel")
        if row.state != "running":
            raise InstanceEnded()
        values = {"state": "cancelled", "ended_at": context.now, "version": row.version + 1, "active": []}
        done = connection.execute(
            update(INSTANCES).where(INSTANCES.c.id == row.id, INSTANCES.c.version == row.version).values(values)
        )
        if done.rowcount != 1:
            raise StaleInstance()
        self.end_rows(context, connection)
        self.write_history(context, row)
        context.audit("instance_cancelled", f"instance:{row.id}", reason=self.reason)

    def end_rows(self, context: Context, connection: Connection) -> None:
        key = self.instance_id
        ended = {"resolved_at": context.now, "resolved_by": context.actor.id, "reason": self.reason}
        connection.execute(
            update(INCIDENTS).where(INCIDENTS.c.instance_id == key, INCIDENTS.c.state == "open").values(state="resolved", **ended)
        )
        connection.execute(
            update(EFFECTS)
            .where(EFFECTS.c.instance_id == key, EFFECTS.c.state.in_(("owed", "failed")), EFFECTS.c.task_id.is_not(None))
            .values(state="cancelled")
        )
        for table in (TIMERS, SUBSCRIPTIONS):
            connection.execute(delete(table).where(table.c.instance_id == key))

    def write_history(self, context: Context, row: Any) -> None:
        connection, actor = context.connection, context.actor
        open_tasks = connection.execute(select(TASKS).where(TASKS.c.instance_id == row.id, TASKS.c.state == "open")).all()
        change = update(TASKS).where(TASKS.c.instance_id == row.id, TASKS.c.state == "open")
        connection.execute(change.values(state="cancelled", completed_at=context.now, data=None))
        common = {"instance_id": row.id, "outcome": "cancelled", "at": context.now, "actor": actor.id, "actor_name": actor.name}
        lines = [
            {**common, "process_key": task.process_key, "element_id": task.element_id, "name": task.name, "kind": "user",
             "task_id": task.id, "data": None}
            for task in open_tasks
        ]  # fmt: skip
        whole = {"process_key": row.process_key, "element_id": "", "name": row.title, "kind": "process", "task_id": ""}
        connection.execute(ADD_HISTORY, [*lines, {**common, **whole, "data": {"reason": self.reason}}])
