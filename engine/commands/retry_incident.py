"""Let a step that failed run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from engine.access import check_power
from engine.audit import digest_of
from engine.context import AuditEntry, Context
from engine.process import LiveInstance
from engine.store import EFFECTS, INCIDENTS, MESSAGES, close_incident, get_open_incident


@dataclass(frozen=True)
class RetryIncident:
    """Run the failed step again, with changed data if given; the incident stays open, and counts, if it fails again."""

    incident_id: str
    data: Mapping[str, Any] | None = None

    def execute(self, context: Context) -> None:
        check_power(context, "repair")
        incident = get_open_incident(context.connection, self.incident_id)
        what = {"element": incident.element_id, "instance": incident.instance_id, "changed": sorted(self.data or {})}
        digest = digest_of(dict(self.data or {}))
        context.entries.append(AuditEntry("incident_retried", f"incident:{incident.id}", what, None, digest))
        if incident.effect_id:
            self.owe_again(context, incident.effect_id)
        elif incident.instance_id:
            self.run_again(context, incident.instance_id, incident.task_id or "")
        attempts = select(INCIDENTS.c.attempts).where(INCIDENTS.c.id == incident.id)
        if context.connection.execute(attempts).scalar() == incident.attempts:
            close_incident(context.connection, incident.id, state="resolved", at=context.now, by=context.actor.id)

    def owe_again(self, context: Context, owed_id: str) -> None:
        """Let the outbox try an effect or a message from the first attempt."""
        connection = context.connection
        for table in (EFFECTS, MESSAGES):
            query = select(table.c.payload).where(table.c.id == owed_id)
            payload = connection.execute(query).scalar()
            if payload is not None:
                values = {
                    "state": "owed",
                    "attempts": 0,
                    "next_attempt_at": context.now,
                    "payload": {**payload, **(self.data or {})},
                }
                connection.execute(update(table).where(table.c.id == owed_id).values(values))

    def run_again(self, context: Context, instance_id: str, task_id: str) -> None:
        live = LiveInstance.load(context, instance_id)

        def first() -> None:
            if task_id in live.run.stuck():
                live.run.edit_data(task_id, self.data or {})
                live.run.retry(task_id)
            elif self.data:
                # The step that failed was taken back whole: its token stands where it stood before.
                for task in live.run.open_tasks():
                    live.change_data(task, self.data)

        live.move(first)
        live.store()
