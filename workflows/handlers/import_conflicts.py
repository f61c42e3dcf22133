"""Bring many names into the conflict register: in portions, then sorted into its index."""

from __future__ import annotations

from typing import Any

from engine import Context, Operation
from workflows.records import conflict_changes, conflict_register


def stage(context: Context, *, subjects: list[dict[str, Any]]) -> dict[str, int]:
    """Register a portion of new subjects; a search says that it is not complete until they are merged."""
    return {"new": conflict_register.stage(context.session, [conflict_register.Subject(**each) for each in subjects])}


def merge(context: Context, *, part: int, parts: int) -> None:
    """Sort one part of what was staged into the index, so that others can write between the parts.

    With the last part the names can be found: the monitor compares every open matter with them.
    """
    is_last = part == parts - 1 and conflict_register.has_staged(context.session)
    conflict_register.merge(context.session, part, parts)
    if is_last:
        conflict_changes.note(context, conflict_changes.EVERYTHING, "", "")


HANDLERS = (
    Operation("conflicts.stage", stage, "导入名称"),
    Operation("conflicts.merge", merge, "导入名称编入索引"),
)
