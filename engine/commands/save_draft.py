"""Keep what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.access import check_open, may_see
from engine.context import Context
from engine.errors import DataTooLarge, NotAllowed
from engine.store import get_task

LIMIT = 1024 * 1024


@dataclass(frozen=True)
class SaveDraft:
    """Store a task's entries as they are, right or wrong. Raises ``NotAllowed`` and ``DataTooLarge``."""

    task_id: str
    values: Mapping[str, Any]

    def execute(self, context: Context) -> None:
        task = get_task(context.session, self.task_id)
        check_open(task)
        if not may_see(task, context.actor):
            raise NotAllowed(reason="this task is for somebody else")
        size = len(orjson.dumps(dict(self.values)))
        if size > LIMIT:
            raise DataTooLarge(size=size, limit=LIMIT)
        task.draft, task.draft_by, task.draft_at = dict(self.values), context.actor.id, context.now
