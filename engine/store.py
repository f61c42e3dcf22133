"""Reads of the engine's tables that several commands share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.tables import Definition, Incident, Setting, Task

CLOCK = "clock.offset"  # seconds by which the demo firm's clock runs ahead


def newest_definition(session: Session, process_key: str) -> Definition:
    """The newest version of a process. Raises ``NotFound``."""
    found = session.scalars(
        select(Definition).where(Definition.process_key == process_key).order_by(Definition.version.desc()).limit(1)
    ).first()
    if found is None:
        raise NotFound(kind="process", id=process_key)
    return found


def pin_called(session: Session, definition: Definition) -> dict[str, str]:
    """The newest versions of everything a version calls, directly or not: process key → definition id."""
    pins: dict[str, str] = {}
    front = list(definition.called)
    while front:
        key = front.pop()
        if key not in pins:
            called = definition if key == definition.process_key else newest_definition(session, key)
            pins[key] = called.id
            front += called.called
    return pins


def get_task(session: Session, task_id: str) -> Task:
    """A user task, open or not. Raises ``NotFound``."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound(kind="task", id=task_id)
    return task


def form_schema(session: Session, task: Task) -> dict[str, Any] | None:
    """The form of the version the task runs on, None for a task without a form."""
    if not task.form_key:
        return None
    forms = session.get_one(Definition, task.definition_id).forms
    schema: dict[str, Any] | None = forms.get(task.form_key)
    return schema


def get_open_incident(session: Session, incident_id: str) -> Incident:
    """An open incident. Raises ``NotFound``."""
    incident = session.get(Incident, incident_id)
    if incident is None or incident.state != "open":
        raise NotFound(kind="incident", id=incident_id)
    return incident


def read_setting(session: Session, key: str) -> Any:
    """A setting's value, None when it was never set."""
    return session.scalars(select(Setting.value).where(Setting.key == key)).first()


def write_setting(session: Session, key: str, value: Any) -> None:
    """Set a setting."""
    session.merge(Setting(key=key, value=value))
