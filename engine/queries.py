"""What pages read of the engine: frozen rows, keyset pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from engine import access, store
from engine.context import Actor
from engine.errors import NotAllowed, NotFound
from engine.tables import AuditLine, Definition, Effect, History, Incident, Instance, Subscription, Task, Timer


@dataclass(frozen=True)
class InboxRow:
    """One task in a list."""

    id: str
    instance_id: str
    name: str
    name_en: str
    process_key: str
    process_name: str
    title: str
    role: str
    assignee: str | None
    is_gate: bool
    created_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    has_draft: bool


@dataclass(frozen=True)
class TaskView:
    """One task with all a page needs to show it."""

    row: InboxRow
    element_id: str
    state: str
    definition_id: str
    schema: dict[str, Any] | None
    properties: Mapping[str, str]
    draft: dict[str, Any] | None
    submitted: dict[str, Any] | None
    completed_by: str | None
    completed_by_name: str | None
    excluded: Sequence[str]
    may_act: bool

    @property
    def panels(self) -> list[str]:
        """The names of the evidence panels."""
        return [part.strip() for part in self.properties.get("panels", "").split(",") if part.strip()]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which a task may stand in an inbox, but for exclusion."""
    return or_(Task.assignee == actor.id, and_(Task.assignee.is_(None), Task.role.in_(sorted(actor.roles))))


def _inbox_query(actor: Actor, view: str, now: datetime) -> Select[Task, Instance]:
    query = select(Task, Instance).join(Instance, Instance.id == Task.instance_id)
    if view == "done":
        return query.where(Task.state == "completed", Task.completed_by == actor.id)
    if view == "started":
        return query.where(Task.state == "open", Instance.started_by == actor.id)
    query = query.where(Task.state == "open", visible_to(actor))
    if view == "mine":
        query = query.where(Task.assignee == actor.id)
    elif view == "group":
        query = query.where(Task.assignee.is_(None))
    elif view == "gates":
        query = query.where(Task.is_gate)
    elif view == "late":
        query = query.where(Task.due_at <= now)
    return query


def inbox(
    session: Session, actor: Actor, *, now: datetime, view: str = "all", search: str = "", limit: int = 200
) -> list[InboxRow]:
    """The tasks of a person's inbox: ``all``, ``mine``, ``group``, ``gates``, ``late``, ``done`` or ``started``."""
    query = _inbox_query(actor, view, now)
    if search:
        pattern = f"%{search.replace('%', '')}%"
        query = query.where(or_(Task.name.ilike(pattern), Instance.title.ilike(pattern), Task.process_name.ilike(pattern)))
    order = (Task.completed_at.desc(),) if view == "done" else (Task.due_at.is_(None), Task.due_at, Task.created_at)
    rows = session.execute(query.order_by(*order).limit(limit))
    return [_row(task, instance) for task, instance in rows if actor.id not in task.excluded]


def inbox_counts(session: Session, actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many tasks each view of the inbox holds."""
    return {view: len(inbox(session, actor, now=now, view=view)) for view in ("all", "mine", "group", "gates", "late")}


def _row(task: Task, instance: Instance) -> InboxRow:
    return InboxRow(
        task.id, task.instance_id, task.name, task.name_en, task.process_key, task.process_name, instance.title, task.role,
        task.assignee, task.is_gate, task.created_at, task.due_at, task.completed_at, task.draft is not None,
    )  # fmt: skip


def get_task(session: Session, task_id: str, actor: Actor) -> TaskView:
    """A task for somebody who may see it, or who did it. Raises ``NotFound`` and ``NotAllowed``."""
    task = store.get_task(session, task_id)
    instance = session.get_one(Instance, task.instance_id)
    may_act = task.state == "open" and access.may_see(task, actor)
    involved = actor.id in {task.completed_by, instance.started_by} or "admin" in actor.roles
    answered = task.state == "completed" and (task.role in actor.roles or task.assignee == actor.id)
    if not (may_act or involved or answered or access.may_see(task, actor)):
        raise NotAllowed(reason="this task is for somebody else")
    return TaskView(
        _row(task, instance), task.element_id, task.state, task.definition_id, store.form_schema(session, task),
        task.properties, task.draft, task.submitted, task.completed_by, task.completed_by_name, task.excluded, may_act,
    )  # fmt: skip


def find_open_task(session: Session, instance_id: str, element_id: str) -> str | None:
    """The open task of an element in an instance."""
    found = select(Task.id).where(Task.instance_id == instance_id, Task.element_id == element_id, Task.state == "open")
    return session.scalars(found.order_by(Task.id.desc())).first()


def list_open_tasks(session: Session, instance_id: str) -> list[Task]:
    """All open tasks of an instance."""
    return list(session.scalars(select(Task).where(Task.instance_id == instance_id, Task.state == "open").order_by(Task.id)))


@dataclass(frozen=True)
class InstanceView:
    """An instance with where its tokens are and what happened."""

    id: str
    process_key: str
    title: str
    state: str
    business_key: str | None
    started_at: datetime
    ended_at: datetime | None
    definitions: Mapping[str, str]
    active: Mapping[str, list[str]]
    history: Sequence[History]
    tasks: Sequence[Task]
    timers: Sequence[Timer]
    subscriptions: Sequence[Subscription]
    incidents: Sequence[Incident]


def get_instance(session: Session, instance_id: str, *, history: int = 500) -> InstanceView:
    """An instance whole. Raises ``NotFound``."""
    row = session.get(Instance, instance_id)
    if row is None:
        raise NotFound(kind="process", id=instance_id)
    active: dict[str, list[str]] = {}
    for key, element in row.active if row.state == "running" else []:
        active.setdefault(key, []).append(element)
    past = select(History).where(History.instance_id == instance_id).order_by(History.id.desc()).limit(history)
    return InstanceView(
        row.id, row.process_key, row.title, row.state, row.business_key, row.started_at, row.ended_at,
        {row.process_key: row.definition_id, **row.pins}, active, list(session.scalars(past)),
        list_open_tasks(session, instance_id), list_timers(session, instance_id=instance_id),
        list(session.scalars(select(Subscription).where(Subscription.instance_id == instance_id))),
        list_incidents(session, instance_id=instance_id, state=None),
    )  # fmt: skip


def list_instances(
    session: Session, *, process_key: str | None = None, state: str | None = None, before: str | None = None, limit: int = 50
) -> list[Instance]:
    """Instances, newest first; ``before`` is the id of the last one of the page before."""
    query = select(Instance).order_by(Instance.id.desc()).limit(limit)
    if process_key:
        query = query.where(Instance.process_key == process_key)
    if state:
        query = query.where(Instance.state == state)
    if before:
        query = query.where(Instance.id < before)
    return list(session.scalars(query))


def get_definition(session: Session, definition_id: str) -> Definition:
    """One version of a process. Raises ``NotFound``."""
    found = session.get(Definition, definition_id)
    if found is None:
        raise NotFound(kind="definition", id=definition_id)
    return found


def list_definitions(session: Session) -> list[tuple[Definition, int]]:
    """The newest version of each process with the number of its running instances."""
    rows = session.scalars(select(Definition).order_by(Definition.process_key, Definition.version.desc()))
    first: dict[str, Definition] = {}
    for row in rows:
        first.setdefault(row.process_key, row)
    counted = select(Instance.process_key, func.count()).where(Instance.state == "running").group_by(Instance.process_key)
    running = {key: count for key, count in session.execute(counted)}
    return [(row, running.get(key, 0)) for key, row in first.items()]


def list_versions(session: Session, process_key: str) -> list[Definition]:
    """All versions of a process, newest first."""
    return list(
        session.scalars(select(Definition).where(Definition.process_key == process_key).order_by(Definition.version.desc()))
    )


def list_effects(session: Session, *, state: str | None = None, limit: int = 100) -> list[Effect]:
    """Owed and delivered effects, newest first."""
    query = select(Effect).order_by(Effect.id.desc()).limit(limit)
    return list(session.scalars(query.where(Effect.state == state) if state else query))


def list_incidents(session: Session, *, instance_id: str | None = None, state: str | None = "open") -> list[Incident]:
    """Incidents, newest first."""
    query = select(Incident).order_by(Incident.id.desc()).limit(200)
    if state:
        query = query.where(Incident.state == state)
    if instance_id:
        query = query.where(Incident.instance_id == instance_id)
    return list(session.scalars(query))


def list_timers(session: Session, *, instance_id: str | None = None, limit: int = 200) -> list[Timer]:
    """Waiting timers, next first."""
    query = select(Timer).order_by(Timer.due_at).limit(limit)
    return list(session.scalars(query.where(Timer.instance_id == instance_id) if instance_id else query))


def next_timer_at(session: Session) -> datetime | None:
    """When the next timer of the firm is due."""
    return session.scalars(select(Timer.due_at).order_by(Timer.due_at).limit(1)).first()


def list_audit(session: Session, *, subject: str | None = None, before: int | None = None, limit: int = 100) -> list[AuditLine]:
    """Lines of the audit log, newest first."""
    query = select(AuditLine).order_by(AuditLine.seq.desc()).limit(limit)
    if subject:
        query = query.where(AuditLine.subject == subject)
    if before:
        query = query.where(AuditLine.seq < before)
    return list(session.scalars(query))
