"""Take owed effects for one worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import outbox
from engine.context import Context


@dataclass(frozen=True)
class ClaimedEffect:
    """An effect to perform now, by this worker."""

    id: str
    effect: str
    payload: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True)
class ClaimEffects:
    """Lease due effects to the caller; nobody else is given them until the lease ends."""

    limit: int = 50

    def execute(self, context: Context) -> list[ClaimedEffect]:
        rows = outbox.claim(context, self.limit)
        if rows:
            context.audit("effects_claimed", "outbox:effects", ids=[row.id for row in rows])
        return [ClaimedEffect(row.id, row.effect, row.payload, row.attempts + 1) for row in rows]
