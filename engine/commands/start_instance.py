"""Start a process on its newest version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.context import Context
from engine.process import LiveInstance
from engine.store import newest_definition, pin_called


@dataclass(frozen=True)
class StartInstance:
    """Start a process; everything it calls stays on the versions that are newest now. Returns the instance's id."""

    process_key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    business_key: str | None = None

    def execute(self, context: Context) -> str:
        definition = newest_definition(context.session, self.process_key)
        pins = pin_called(context.session, definition)
        live = LiveInstance.create(context, definition, pins, self.data, self.title, self.business_key)
        context.audit("instance_started", f"instance:{live.row.id}", process=self.process_key, version=definition.version)
        live.move()
        live.store()
        return live.row.id
