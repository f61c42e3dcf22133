"""How often somebody may try a password: a few failures a quarter of an hour for a login and for an address.

Kept in memory, so each web process counts for itself: enough against guessing, and nothing to clean up.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
MOST = {"login": 5, "address": 20}
REMEMBERED = 10_000  # more keys than this are forgotten, the oldest first


class Attempts:
    """The failures of the last minutes, by login and by address."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, str], deque[datetime]] = {}
        self._lock = threading.Lock()

    def are_too_many(self, login: str, address: str, now: datetime) -> bool:
        """Whether a login or an address has failed too often lately."""
        with self._lock:
            return any(self._count((kind, value), now) >= MOST[kind] for kind, value in keys(login, address))

    def fail(self, login: str, address: str, now: datetime) -> None:
        """Remember a failure."""
        with self._lock:
            for key in keys(login, address):
                self._failed.setdefault(key, deque(maxlen=max(MOST.values()))).append(now)
            while len(self._failed) > REMEMBERED:
                self._failed.pop(next(iter(self._failed)))

    def succeed(self, login: str) -> None:
        """Forget a login's failures."""
        with self._lock:
            self._failed.pop(("login", login.casefold()), None)

    def _count(self, key: tuple[str, str], now: datetime) -> int:
        failed = self._failed.get(key, deque())
        while failed and failed[0] <= now - WINDOW:
            failed.popleft()
        return len(failed)


def keys(login: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What is counted."""
    return ("login", login.casefold()), ("address", address)
