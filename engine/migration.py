"""Takes running instances over to another version of their process: first a look at what stands in the way, then the move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from engine import store
from engine.access import check_power
from engine.context import AuditEntry, Context
from engine.errors import InstanceEnded, MigrationRefused, NotFound
from engine.process import LiveInstance, model_of
from engine.spiff.migration import Mover, Obstacle
from engine.spiff.runner import Run, StepFailed
from engine.store import Version

log = structlog.get_logger()
AS_IS, NEEDS_MAPPING, CANNOT = "as_is", "needs_mapping", "cannot"


@dataclass(frozen=True)
class MigrationPreview:
    """Whether an instance can be moved: as it is (or with the mapping given), after naming new elements, or not at all."""

    instance_id: str
    verdict: str  # as_is | needs_mapping | cannot
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True)
class Target:
    """What an instance will run on."""

    version: Version
    definition_id: str
    pins: Mapping[str, str]


def find_target(context: Context, live: LiveInstance, version: Version) -> Target:
    """The version in place of the pinned one; other called processes stay on theirs, new ones come in their newest.

    Raises ``MigrationRefused`` for a process that the instance neither is nor calls.
    """
    head, key = live.head, version.process_key
    if key != head.process_key and key not in head.pins:
        reason = "the instance neither is nor calls this process"
        raise MigrationRefused([Obstacle(key, "", version.name, reason, mappable=False)])
    definition_id = version.id if key == head.process_key else head.definition_id
    pins = {name: version.id if name == key else pinned for name, pinned in head.pins.items()}
    main = store.get_version(context.connection, definition_id)
    needed, front = set(), [main]
    while front:
        for name in front.pop().called:
            if name not in needed:
                needed.add(name)
                newest = definition_id if name == head.process_key else None
                pins.setdefault(name, newest or store.newest_version(context.connection, name).id)
                front.append(store.get_version(context.connection, pins[name]))
    return Target(version, definition_id, {name: pinned for name, pinned in pins.items() if name in needed})


def look(context: Context, live: LiveInstance, target: Target, mapping: Mapping[str, str]) -> Mover:
    """The instance with its new model, nothing moved yet."""
    return Mover(live.run, model_of(context, target.definition_id, target.pins), mapping)


def move_over(context: Context, mover: Mover) -> Run:
    """The instance on its new model, in memory. Raises ``MigrationRefused`` with everything that stands in the way."""
    if obstacles := mover.obstacles():
        raise MigrationRefused(obstacles)
    try:
        return mover.move(context.now)
    except StepFailed as failed:
        where = (failed.process_key, failed.element_id, failed.name)
        raise MigrationRefused([Obstacle(*where, str(failed.cause), mappable=False)]) from failed


def preview(context: Context, instance_id: str, to_definition_id: str, mapping: Mapping[str, str]) -> MigrationPreview:
    """Whether an instance can be moved to a version, and what stands in the way; the move is tried in memory and not stored."""
    version = store.get_version(context.connection, to_definition_id)
    obstacles: list[Obstacle] = []
    try:
        live = LiveInstance.load(context, instance_id, store.GET_INSTANCE)
        move_over(context, look(context, live, find_target(context, live, version), mapping))
    except InstanceEnded:
        obstacles = [Obstacle("", "", "", "it has ended", mappable=False)]
    except MigrationRefused as refused:
        obstacles = refused.obstacles
    except Exception as error:  # one instance that cannot be read must not keep the others from being looked at
        log.exception("preview_failed", instance=instance_id)
        obstacles = [Obstacle("", "", "", f"its state cannot be read ({type(error).__name__})", mappable=False)]
    verdict = AS_IS if not obstacles else NEEDS_MAPPING if all(each.mappable for each in obstacles) else CANNOT
    return MigrationPreview(instance_id, verdict, tuple(obstacles))


def list_running(context: Context, process_key: str) -> list[str]:
    """The ids of the running instances that are, or call, a process, the oldest first."""
    columns = store.INSTANCES.c
    query = select(columns.id, columns.process_key, columns.pins).where(columns.state == "running").order_by(columns.id)
    return [row.id for row in context.connection.execute(query) if process_key == row.process_key or process_key in row.pins]


def migrate(context: Context, instance_id: str, to_definition_id: str, mapping: Mapping[str, str]) -> None:
    """Move a running instance to a version. Raises ``MigrationRefused`` with everything that stands in the way."""
    check_power(context, "migrate")
    version = store.get_version(context.connection, to_definition_id)
    live = LiveInstance.load(context, instance_id)
    before = live.head.definition_id if version.process_key == live.head.process_key else live.head.pins.get(version.process_key)
    target = find_target(context, live, version)
    if before is None:
        raise NotFound(kind="definition", id=to_definition_id)
    moved = move_over(context, look(context, live, target, mapping))
    live.change_run(moved, target.definition_id, target.pins)
    live.move()
    write_rows(context, live, target)
    live.store()
    old = store.get_version(context.connection, before)
    record(context, live, (old, version), mapping)


def write_rows(context: Context, live: LiveInstance, target: Target) -> None:
    """Pin the instance to its new versions; its timers and waits are written anew, its open tasks keep drafts and claims."""
    connection = context.connection
    pinned = update(store.INSTANCES).where(store.INSTANCES.c.id == live.id)
    connection.execute(pinned.values(definition_id=target.definition_id, pins=dict(target.pins)))
    for table in (store.TIMERS, store.SUBSCRIPTIONS):
        connection.execute(delete(table).where(table.c.instance_id == live.id))
    known = set(connection.execute(
        select(store.TASKS.c.id).where(store.TASKS.c.instance_id == live.id, store.TASKS.c.state == "open")
    ).scalars())  # fmt: skip
    for task in live.run.open_tasks():
        if task.task_id in known:
            row = live.task_row(task)
            kept = ("id", "state", "created_at", "due_at", "assignee", "assignee_name", "data")
            changed: dict[str, Any] = {name: value for name, value in row.items() if name not in kept}
            connection.execute(update(store.TASKS).where(store.TASKS.c.id == task.task_id).values(changed))
    for table in (store.EFFECTS, store.INCIDENTS):
        waiting = table.c.state.in_(("owed", "failed", "open"))
        found = connection.execute(select(table.c.id, table.c.task_id).where(table.c.instance_id == live.id, waiting)).all()
        for row_id, task_id in found:
            if task_id and (place := live.place_of(task_id)):
                connection.execute(update(table).where(table.c.id == row_id).values(element_id=place[1]))


def record(context: Context, live: LiveInstance, versions: tuple[Version, Version], mapping: Mapping[str, str]) -> None:
    """Name both versions in the history and in the audit log."""
    old, new = versions
    context.connection.execute(store.ADD_HISTORY, {
        "instance_id": live.id, "process_key": new.process_key, "element_id": "",
        "name": f"{new.name} {old.version} → {new.version}",
        "kind": "process", "outcome": "migrated", "at": context.now, "actor": context.actor.id,
        "actor_name": context.actor.name, "task_id": "", "data": {"from": old.version, "to": new.version},
    })  # fmt: skip
    place = {
        "process": new.process_key, "from": old.version, "from_definition": old.id, "to": new.version, "mapping": dict(mapping),
    }  # fmt: skip
    context.entries.append(AuditEntry("instance_migrated", f"instance:{live.id}", place, new.id))
