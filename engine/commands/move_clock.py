"""Move the demo firm's clock forward."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.context import Context
from engine.errors import NotAllowed
from engine.store import CLOCK, read_setting, write_setting


@dataclass(frozen=True)
class MoveClock:
    """Move the firm's clock to a later moment; only where the clock is the demo's."""

    to: datetime

    def execute(self, context: Context) -> None:
        if not context.tools.get("demo"):
            raise NotAllowed(reason="only the demo firm's clock can be moved")
        if self.to < context.now:
            raise NotAllowed(reason="the clock only moves forward")
        offset = float(read_setting(context.session, CLOCK) or 0.0)
        write_setting(context.session, CLOCK, offset + (self.to - context.now).total_seconds())
        context.audit("clock_moved", "clock:firm", to=self.to.isoformat())
