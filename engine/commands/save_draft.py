"""Keep what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.access import check_claimed, check_open, may_see
from engine.audit import digest_of
from engine.context import AuditEntry, Context
from engine.errors import DataTooLarge, NotAllowed
from engine.store import SAVE_DRAFT, get_task

LIMIT = 1024 * 1024


@dataclass(frozen=True)
class SaveDraft:
    """Store a task's entries as they are, right or wrong. Raises ``NotAllowed`` and ``DataTooLarge``."""

    task_id: str
    values: Mapping[str, Any]

    def execute(self, context: Context) -> None:
        task = get_task(context.connection, self.task_id)
        check_open(task)
        check_claimed(task, context.actor)
        if not may_see(task, context.actor):
            raise NotAllowed(reason="this task is for somebody else")
        values = dict(self.values)
        size = len(orjson.dumps(values))
        if size > LIMIT:
            raise DataTooLarge(size=size, limit=LIMIT)
        given = {"row_id": self.task_id, "values": values, "by": context.actor.id, "at": context.now}
        context.connection.execute(SAVE_DRAFT, given)
        place = {"element": task.element_id}
        context.entries.append(AuditEntry("draft_saved", f"task:{self.task_id}", place, task.definition_id, digest_of(values)))
