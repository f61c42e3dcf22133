"""Send a signal to every instance that waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.access import check_person
from engine.context import Context


@dataclass(frozen=True)
class SendSignal:
    """Send a BPMN signal by its name: after the commit every instance that waits for it hears it, each on its own."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)

    def execute(self, context: Context) -> None:
        check_person(context)
        context.send_signal(self.name, payload=dict(self.payload))
