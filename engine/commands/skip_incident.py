"""Pass a step that failed without running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from engine.access import check_power
from engine.audit import digest_of
from engine.context import AuditEntry, Context
from engine.errors import NotAllowed
from engine.process import LiveInstance
from engine.store import ADD_HISTORY, EFFECTS, MESSAGES, close_incident, get_open_incident


@dataclass(frozen=True)
class SkipIncident:
    """Move the token past the failed step, with the variables it should have given, for a stated reason."""

    incident_id: str
    reason: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    def execute(self, context: Context) -> None:
        check_power(context, "repair")
        if not self.reason.strip():
            raise NotAllowed(reason="skipping a step needs a reason")
        connection = context.connection
        incident = get_open_incident(connection, self.incident_id)
        if incident.effect_id:
            for table in (EFFECTS, MESSAGES):
                connection.execute(update(table).where(table.c.id == incident.effect_id).values(state="cancelled"))
        if incident.instance_id and incident.task_id:
            self.pass_by(context, incident)
        close_incident(connection, incident.id, state="skipped", at=context.now, by=context.actor.id, reason=self.reason)
        what = {"element": incident.element_id, "instance": incident.instance_id, "reason": self.reason}
        digest = digest_of(dict(self.variables))
        context.entries.append(AuditEntry("incident_skipped", f"incident:{incident.id}", what, None, digest))

    def pass_by(self, context: Context, incident: Any) -> None:
        live = LiveInstance.load(context, incident.instance_id)
        if incident.task_id not in live.run.stuck():
            return  # the step was taken back whole, or the process has gone another way: only the incident is left
        live.move(lambda: live.run.skip(incident.task_id, self.variables))
        live.store()
        actor = context.actor
        context.connection.execute(ADD_HISTORY, [{
            "instance_id": incident.instance_id, "process_key": incident.process_key, "element_id": incident.element_id,
            "name": incident.name, "kind": "repair", "outcome": "skipped", "at": context.now, "actor": actor.id,
            "actor_name": actor.name, "task_id": incident.task_id, "data": {"reason": self.reason},
        }])  # fmt: skip
