"""The only place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

FIRM_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time in UTC, aware."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock moved forward by an offset, for the demo firm."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class FrozenClock:
    """A clock that stands still until it is moved; tests and rehearsals use it."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move forward by a span."""
        self._at += by

    def move_to(self, at: datetime) -> None:
        """Move to a moment, aware."""
        self._at = at.astimezone(UTC)
