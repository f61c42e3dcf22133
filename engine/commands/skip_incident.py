"""Pass a step that failed without running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.context import Context
from engine.process import LiveInstance
from engine.store import get_open_incident
from engine.tables import Effect


@dataclass(frozen=True)
class SkipIncident:
    """Move the token past the failed step, with the variables it should have given, for a stated reason."""

    incident_id: str
    reason: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def execute(self, context: Context) -> None:
        incident = get_open_incident(context.session, self.incident_id)
        if incident.effect_id:
            context.session.get_one(Effect, incident.effect_id).state = "cancelled"
        if incident.instance_id and incident.task_id:
            live = LiveInstance.load(context, incident.instance_id)
            task_id = incident.task_id
            live.move(lambda: live.run.skip(task_id, self.variables))
            live.store()
        incident.state, incident.reason = "skipped", self.reason
        incident.resolved_at, incident.resolved_by = context.now, context.actor.id
        context.audit("incident_skipped", f"incident:{incident.id}", reason=self.reason, variables=dict(self.variables))
