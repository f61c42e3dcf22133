"""Start a process on its newest version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.access import check_person
from engine.audit import digest_of
from engine.context import AuditEntry, Context
from engine.process import LiveInstance
from engine.store import newest_version


@dataclass(frozen=True)
class StartInstance:
    """Start a process; everything it calls stays on the versions that are newest now. Returns the instance's id."""

    process_key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    business_key: str | None = None

    def execute(self, context: Context) -> str:
        check_person(context)
        version = newest_version(context.connection, self.process_key)
        live = LiveInstance.create(context, version, self.data, self.title, self.business_key)
        place = {"process": self.process_key, "version": version.version}
        digest = digest_of(dict(self.data))
        context.entries.append(AuditEntry("instance_started", f"instance:{live.id}", place, version.id, digest))
        live.move()
        live.store()
        return live.id
