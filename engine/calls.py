"""Calls a diagram's handlers: each call's changes are undone when it fails, and the failure becomes an incident."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError

from engine.context import Context, EffectRequest
from engine.db import new_id
from engine.errors import HandlerFailed, JuanzongError, NotFound, StaleInstance
from engine.handlers import Completion, Effect, Operation
from engine.spiff.script_engine import PENDING, Pending, StepError
from engine.store import INCIDENTS

Place = tuple[str, str, str]  # process key, element id, name
DEADLOCKS = ("40P01", "40001")  # PostgreSQL: deadlock detected, serialization failure

COUNT_AGAIN = update(INCIDENTS).where(INCIDENTS.c.state == "open")
ADD_INCIDENT = insert(INCIDENTS)


def is_clash(error: BaseException | None) -> bool:
    """Whether an error only means that another transaction was faster: the whole command may go again."""
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", "") in DEADLOCKS or "database is locked" in str(error.orig)
    return isinstance(error, StaleInstance)


class ProcessServices:
    """What a run may ask: handlers inside the transaction, owed effects, messages, incidents."""

    def __init__(self, context: Context, instance_id: str) -> None:
        self.context = context
        self.instance_id = instance_id

    def call(
        self, element: Place, handler_id: str, parameters: dict[str, Any], data: Mapping[str, Any], task_id: str
    ) -> Mapping[str, Any] | Pending | None:
        """Run an operation, or owe an effect. Raises ``StepError``."""
        context = self.context.at(self.instance_id, element[1], task_id)
        marks = len(context.effects), len(context.messages), len(context.entries)
        try:
            with context.session.begin_nested():
                return self.run(context, handler_id, parameters)
        except Exception as error:
            if is_clash(error):
                raise
            del context.effects[marks[0] :], context.messages[marks[1] :], context.entries[marks[2] :]
            raise StepError(error) from error

    def run(self, context: Context, handler_id: str, parameters: dict[str, Any]) -> Mapping[str, Any] | Pending | None:
        handler = context.registry.find(handler_id)
        if isinstance(handler, Operation):
            return handler.run(context, **parameters)
        if isinstance(handler, Effect):
            payload = handler.prepare(context, **parameters)
            effect_id = new_id()
            place = (self.instance_id, context.task_id, context.element_id)
            context.effects.append(EffectRequest(effect_id, handler.id, payload, effect_id, *place))
            return PENDING
        raise NotFound(kind="handler", id=handler_id)

    def send(self, name: str, correlation: str, payload: dict[str, Any]) -> None:
        """Send a message that the process throws."""
        self.context.send_message(name, correlation=correlation, payload=payload)

    def fail(self, element: Place, task_id: str, error: BaseException) -> None:
        """Record a step that failed; its token stays where it is."""
        add_incident(self.context, self.instance_id, element, task_id, error)


def complete_form(context: Context, task: Any, values: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What a form gives to the process: its completion's variables, or the keys it names.

    A refusal of the completion (any ``JuanzongError``) leaves as it is; anything else becomes ``HandlerFailed``, with the
    incident to record and the entries to keep.
    """
    name = task.properties.get("complete", "")
    if not name:
        keys = [key.strip() for key in task.properties.get("variables", "").split(",") if key.strip()]
        return {key: value for key, value in values.items() if key in keys or keys == ["*"]}
    handler = context.registry.find(name)
    if not isinstance(handler, Completion):
        raise NotFound(kind="completion", id=name)
    try:
        return dict(handler.apply(context.at(task.instance_id, task.element_id, task.id), values, data) or {})
    except JuanzongError:
        raise
    except Exception as error:
        if is_clash(error):
            raise
        place = (task.process_key, task.element_id, task.name)
        raise failure(task.instance_id, place, task.id, error) from error


def failure(instance_id: str, element: Place, task_id: str, cause: BaseException) -> HandlerFailed:
    """The error of a failed step that takes its whole transaction back; the executor records the incident afterwards."""
    error = HandlerFailed(element=element[2], reason=str(cause))
    error.place = (instance_id, element, task_id, cause)
    return error


def add_incident(
    context: Context,
    instance_id: str | None,
    element: Place,
    task_id: str,
    error: BaseException,
    effect_id: str | None = None,
) -> None:
    """Record a step that failed, once: a further failure of the same step counts its attempts."""
    trace = "".join(traceback.format_exception(error))[-8000:]
    message = str(error)[:2000] or type(error).__name__
    same = COUNT_AGAIN.where(INCIDENTS.c.instance_id == instance_id, INCIDENTS.c.process_key == element[0])
    same = same.where(INCIDENTS.c.effect_id == effect_id) if effect_id else same.where(INCIDENTS.c.task_id == task_id)
    values = {"attempts": INCIDENTS.c.attempts + 1, "message": message, "trace": trace}
    if context.connection.execute(same.values(values)).rowcount:
        return
    context.connection.execute(ADD_INCIDENT, {
        "id": new_id(), "instance_id": instance_id, "task_id": task_id or None, "effect_id": effect_id,
        "process_key": element[0], "element_id": element[1], "name": element[2], "message": message, "trace": trace,
        "attempts": 1, "state": "open", "created_at": context.now,
    })  # fmt: skip
    context.audit("incident_opened", f"instance:{instance_id}", element=element[1], message=message[:300])
