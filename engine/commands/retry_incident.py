"""Let a step that failed run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.context import Context
from engine.process import LiveInstance
from engine.store import get_open_incident
from engine.tables import Effect


@dataclass(frozen=True)
class RetryIncident:
    """Run the failed step again, with changed data if given; the incident stays open if it fails again."""

    incident_id: str
    data: Mapping[str, Any] | None = None

    def execute(self, context: Context) -> None:
        incident = get_open_incident(context.session, self.incident_id)
        context.audit("incident_retried", f"incident:{incident.id}", data=dict(self.data or {}))
        attempts = incident.attempts
        if incident.effect_id:
            effect = context.session.get_one(Effect, incident.effect_id)
            effect.state, effect.attempts, effect.next_attempt_at = "owed", 0, context.now
        elif incident.instance_id:
            self.run_again(context, incident.instance_id, incident.task_id or "")
        context.session.flush()
        context.session.refresh(incident)
        if incident.attempts == attempts:
            incident.state, incident.resolved_at, incident.resolved_by = "resolved", context.now, context.actor.id

    def run_again(self, context: Context, instance_id: str, task_id: str) -> None:
        live = LiveInstance.load(context, instance_id)

        def first() -> None:
            if self.data:
                live.run.edit_data(task_id, self.data)
            live.run.retry(task_id)

        live.move(first if task_id in live.run.stuck_services() else None)
        live.store()
