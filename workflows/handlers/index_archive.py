"""Operation ``archive.reindex``: the search over the archive built afresh, for volumes written before there was one."""

from __future__ import annotations

from engine import Context, Operation
from engine.errors import NotAllowed
from workflows.records import archive_index


def reindex(context: Context) -> dict[str, int]:
    """Index every volume afresh; the administrator's repair."""
    if context.actor.kind != "system" and "admin" not in context.actor.roles:
        raise NotAllowed(reason="your roles do not include this")
    return {"volumes": archive_index.rebuild(context)}


HANDLERS = (Operation("archive.reindex", reindex, "重建档案检索索引"),)
