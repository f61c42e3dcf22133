"""What pages read of the engine: frozen rows, keyset pages."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session

from engine import access, store
from engine.context import Actor
from engine.errors import NotAllowed, NotFound
from engine.store import DEFINITIONS, EFFECTS, HISTORY, INCIDENTS, INSTANCES, SUBSCRIPTIONS, TASKS, TIMERS
from engine.tables import AuditLine
from engine.views import (
    FAR,
    AuditRow,
    DefinitionRow,
    EffectRow,
    HistoryRow,
    InboxRow,
    IncidentRow,
    InstanceRow,
    InstanceView,
    SubscriptionRow,
    TaskView,
    TimerRow,
)

__all__ = [
    "AuditRow", "DefinitionRow", "EffectRow", "HistoryRow", "InboxRow", "IncidentRow", "InstanceRow", "InstanceView",
    "SubscriptionRow", "TaskView", "TimerRow", "definition_source", "find_open_task", "get_definition", "get_instance",
    "get_task", "inbox", "inbox_counts", "list_audit", "list_definitions", "list_effects", "list_incidents",
    "list_instances", "list_new_tasks", "list_open_tasks", "list_timers", "list_versions", "next_timer_at", "queue_counts",
]  # fmt: skip

AUDIT = store.table(AuditLine)
T = TypeVar("T")


def _columns(of: type[Any], table: Any) -> Select[Any]:
    """A query for exactly the fields of a row class."""
    return select(*(table.c[field.name] for field in fields(of)))


def _read(session: Session, of: type[T], query: Select[Any]) -> list[T]:
    return [of(**row._mapping) for row in session.execute(query)]


INBOX = select(
    *(TASKS.c[field.name] for field in fields(InboxRow) if field.name not in {"title", "has_draft"}),
    INSTANCES.c.title,
    TASKS.c.draft.is_not(None).label("has_draft"),
).join(INSTANCES, INSTANCES.c.id == TASKS.c.instance_id)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which an open task stands in somebody's inbox."""
    if actor.kind == "link":
        return false()
    people = sorted(access.identities(actor))
    mine = TASKS.c.assignee.in_(people)
    group = and_(TASKS.c.assignee.is_(None), TASKS.c.role.in_(sorted(actor.roles)))
    free = [TASKS.c.barred.not_like("%|" + person.replace("%", "/%").replace("_", "/_") + "|%", escape="/") for person in people]
    return and_(or_(mine, group), *free)


def _view(actor: Actor, view: str, now: datetime) -> ColumnElement[bool]:
    """The condition of one view of the inbox."""
    if view == "done":
        return and_(TASKS.c.state == "completed", TASKS.c.completed_by == actor.id)
    if view == "started":
        return and_(TASKS.c.state == "open", INSTANCES.c.started_by == actor.id)
    narrower = {
        "all": true(),
        "mine": TASKS.c.assignee.in_(sorted(access.identities(actor))),
        "group": TASKS.c.assignee.is_(None),
        "gates": TASKS.c.is_gate,
        "late": TASKS.c.due_at <= now,
    }
    return and_(TASKS.c.state == "open", visible_to(actor), narrower.get(view, false()))


def _after(cursor: str, view: str) -> ColumnElement[bool]:
    """What comes after a row, in the order of a view."""
    moment, _, task_id = cursor.partition(" ")
    if moment == FAR:
        return and_(TASKS.c.due_at.is_(None), TASKS.c.id > task_id)
    at = datetime.fromisoformat(moment)
    if view == "done":
        return or_(TASKS.c.completed_at < at, and_(TASKS.c.completed_at == at, TASKS.c.id < task_id))
    return or_(TASKS.c.due_at.is_(None), TASKS.c.due_at > at, and_(TASKS.c.due_at == at, TASKS.c.id > task_id))


def inbox(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    view: str = "all",
    search: str = "",
    role: str = "",
    limit: int = 200,
    cursor: str | None = None,
) -> list[InboxRow]:
    """The tasks of a person's inbox: ``all``, ``mine``, ``group``, ``gates``, ``late``, ``done`` or ``started``.

    Soonest due first, done ones newest first; ``role`` keeps one role's queue; ``cursor`` is the ``cursor`` of the last
    row of the page before.
    """
    query = INBOX.where(_view(actor, view, now))
    if role:
        query = query.where(TASKS.c.role == role)
    if search.strip():
        pattern = "%" + search.strip().replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
        texts = (TASKS.c.name, TASKS.c.name_en, TASKS.c.process_name, INSTANCES.c.title, INSTANCES.c.business_key)
        query = query.where(or_(*(text.ilike(pattern, escape="/") for text in texts)))
    if cursor:
        query = query.where(_after(cursor, view))
    if view == "done":
        query = query.order_by(TASKS.c.completed_at.desc(), TASKS.c.id.desc())
    else:
        query = query.order_by(TASKS.c.due_at.is_(None), TASKS.c.due_at, TASKS.c.id)
    return _read(session, InboxRow, query.limit(limit))


def inbox_counts(session: Session, actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many tasks each view of the inbox holds."""
    views = ("all", "mine", "group", "gates", "late")
    sums = [func.coalesce(func.sum(case((_view(actor, view, now), 1), else_=0)), 0).label(view) for view in views]
    row = session.execute(select(*sums).select_from(TASKS).where(TASKS.c.state == "open")).one()
    return {view: int(row._mapping[view]) for view in views}


def queue_counts(session: Session, actor: Actor, *, now: datetime) -> dict[str, int]:
    """How many tasks wait to be claimed in the queue of each of somebody's roles."""
    query = select(TASKS.c.role, func.count()).where(_view(actor, "group", now)).group_by(TASKS.c.role)
    return {role: int(count) for role, count in session.execute(query)}


def get_task(session: Session, task_id: str, actor: Actor) -> TaskView:
    """A task for somebody who may see it, or who did it. Raises ``NotFound`` and ``NotAllowed``."""
    connection = session.connection()
    task = store.get_whole_task(connection, task_id)
    instance = connection.execute(store.GET_INSTANCE, {"row_id": task.instance_id}).one()
    sees = access.may_see(task, actor)
    barred = access.is_barred(task, actor)
    involved = actor.id in {task.completed_by, instance.started_by} or "admin" in actor.roles
    answered = task.state == "completed" and (task.role in actor.roles or task.assignee == actor.id)
    if not (sees or involved or answered):
        raise NotAllowed(reason="this task is for somebody else")
    given: dict[str, Any] = {field.name: task._mapping.get(field.name) for field in fields(InboxRow)}
    row = InboxRow(**given | {"title": instance.title, "has_draft": task.draft is not None})
    known = {field.name: task._mapping[field.name] for field in fields(TaskView) if field.name in task._mapping}
    own = {"row": row, "schema": store.form_schema(connection, task), "data": task.data or {}, "is_barred": barred}
    return TaskView(**known | own | {"may_act": task.state == "open" and sees and not barred})


def find_open_task(session: Session, instance_id: str, element_id: str) -> str | None:
    """The open task of an element in an instance."""
    found = select(TASKS.c.id).where(
        TASKS.c.instance_id == instance_id, TASKS.c.element_id == element_id, TASKS.c.state == "open"
    )
    return session.scalars(found.order_by(TASKS.c.created_at.desc(), TASKS.c.id.desc())).first()


def list_open_tasks(session: Session, instance_id: str) -> list[InboxRow]:
    """All open tasks of an instance, the oldest first."""
    query = INBOX.where(TASKS.c.instance_id == instance_id, TASKS.c.state == "open")
    return _read(session, InboxRow, query.order_by(TASKS.c.created_at, TASKS.c.id))


def list_new_tasks(session: Session, since: datetime, limit: int = 2000) -> list[InboxRow]:
    """Open tasks of all instances made at a moment or later, oldest first; for whoever watches the whole firm."""
    query = INBOX.where(TASKS.c.created_at >= since, TASKS.c.state == "open")
    return _read(session, InboxRow, query.order_by(TASKS.c.created_at, TASKS.c.id).limit(limit))


def get_instance(session: Session, instance_id: str, *, history: int = 500) -> InstanceView:
    """An instance whole. Raises ``NotFound``."""
    row = session.connection().execute(store.GET_INSTANCE, {"row_id": instance_id}).first()
    if row is None:
        raise NotFound(kind="process", id=instance_id)
    active: dict[str, list[str]] = {}
    for key, element in row.active if row.state == "running" else []:
        active.setdefault(key, []).append(element)
    past = _columns(HistoryRow, HISTORY).where(HISTORY.c.instance_id == instance_id).order_by(HISTORY.c.id.desc()).limit(history)
    waits = _columns(SubscriptionRow, SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.instance_id == instance_id)
    return InstanceView(
        row.id, row.process_key, row.title, row.state, row.business_key, row.started_at, row.started_by, row.ended_at,
        {**row.pins, row.process_key: row.definition_id}, active, _read(session, HistoryRow, past),
        list_open_tasks(session, instance_id), list_timers(session, instance_id=instance_id),
        _read(session, SubscriptionRow, waits), list_incidents(session, instance_id=instance_id, state=None),
    )  # fmt: skip


def list_instances(
    session: Session,
    *,
    process_key: str | None = None,
    state: str | None = None,
    business_key: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[InstanceRow]:
    """Instances, newest first; ``before`` is the id of the last one of the page before."""
    query = _columns(InstanceRow, INSTANCES).order_by(INSTANCES.c.id.desc()).limit(limit)
    for column, value in (
        (INSTANCES.c.process_key, process_key),
        (INSTANCES.c.state, state),
        (INSTANCES.c.business_key, business_key),
    ):
        if value:
            query = query.where(column == value)
    if before:
        query = query.where(INSTANCES.c.id < before)
    return _read(session, InstanceRow, query)


def get_definition(session: Session, definition_id: str) -> DefinitionRow:
    """One version of a process. Raises ``NotFound``."""
    found = _read(session, DefinitionRow, _columns(DefinitionRow, DEFINITIONS).where(DEFINITIONS.c.id == definition_id))
    if not found:
        raise NotFound(kind="definition", id=definition_id)
    return found[0]


def definition_source(session: Session, definition_id: str) -> bytes:
    """The BPMN of one version. Raises ``NotFound``."""
    return get_definition(session, definition_id).source


def list_definitions(session: Session) -> list[tuple[DefinitionRow, int]]:
    """The newest version of each process with the number of its running instances."""
    newest = select(DEFINITIONS.c.process_key, func.max(DEFINITIONS.c.version).label("version"))
    latest = newest.group_by(DEFINITIONS.c.process_key).subquery()
    same = and_(latest.c.process_key == DEFINITIONS.c.process_key, latest.c.version == DEFINITIONS.c.version)
    rows = _read(
        session, DefinitionRow, _columns(DefinitionRow, DEFINITIONS).join(latest, same).order_by(DEFINITIONS.c.process_key)
    )
    running = (
        select(INSTANCES.c.process_key, func.count()).where(INSTANCES.c.state == "running").group_by(INSTANCES.c.process_key)
    )
    counts = {key: int(count) for key, count in session.execute(running)}
    return [(row, counts.get(row.process_key, 0)) for row in rows]


def list_versions(session: Session, process_key: str) -> list[DefinitionRow]:
    """All versions of a process, newest first."""
    query = _columns(DefinitionRow, DEFINITIONS).where(DEFINITIONS.c.process_key == process_key)
    return _read(session, DefinitionRow, query.order_by(DEFINITIONS.c.version.desc()))


def list_effects(session: Session, *, state: str | None = None, before: str | None = None, limit: int = 100) -> list[EffectRow]:
    """Owed and delivered effects, newest first; ``before`` is the id of the last one of the page before."""
    query = _columns(EffectRow, EFFECTS).order_by(EFFECTS.c.id.desc()).limit(limit)
    if state:
        query = query.where(EFFECTS.c.state == state)
    if before:
        query = query.where(EFFECTS.c.id < before)
    return _read(session, EffectRow, query)


def list_incidents(session: Session, *, instance_id: str | None = None, state: str | None = "open") -> list[IncidentRow]:
    """Incidents, newest first."""
    query = _columns(IncidentRow, INCIDENTS).order_by(INCIDENTS.c.id.desc()).limit(200)
    if state:
        query = query.where(INCIDENTS.c.state == state)
    if instance_id:
        query = query.where(INCIDENTS.c.instance_id == instance_id)
    return _read(session, IncidentRow, query)


def list_timers(session: Session, *, instance_id: str | None = None, limit: int = 200) -> list[TimerRow]:
    """Waiting timers, next first."""
    query = _columns(TimerRow, TIMERS).order_by(TIMERS.c.due_at).limit(limit)
    return _read(session, TimerRow, query.where(TIMERS.c.instance_id == instance_id) if instance_id else query)


def next_timer_at(session: Session) -> datetime | None:
    """When the next timer of the firm is due."""
    return session.scalars(select(TIMERS.c.due_at).order_by(TIMERS.c.due_at).limit(1)).first()


def list_audit(session: Session, *, subject: str | None = None, before: int | None = None, limit: int = 100) -> list[AuditRow]:
    """Lines of the audit log, newest first; ``before`` is the number of the last one of the page before."""
    query = _columns(AuditRow, AUDIT).order_by(AUDIT.c.seq.desc()).limit(limit)
    if subject:
        query = query.where(AUDIT.c.subject == subject)
    if before:
        query = query.where(AUDIT.c.seq < before)
    return _read(session, AuditRow, query)
