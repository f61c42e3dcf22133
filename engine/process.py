"""One instance inside one command: load it, move it, and write what changed to the engine's tables."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine.bundle import Bundle
from engine.context import Context, EffectRequest
from engine.db import new_id
from engine.errors import DataTooLarge, HandlerFailed, InstanceEnded, JuanzongError, NotFound, ScriptFailed, StaleInstance
from engine.handlers import Effect, Operation, Prefill
from engine.spiff import runner, timers
from engine.spiff.parser import Model, load_model
from engine.spiff.runner import OpenTask, Run, StepFailed
from engine.spiff.script_engine import PENDING, Pending, StepError
from engine.tables import Definition, History, Incident, Instance, Subscription, Task, Timer

DATA_LIMIT = 256 * 1024
DEFAULT_ROLE = ""


@lru_cache(maxsize=512)
def _bundle(definition_id: str, name: str, source: bytes, decisions: tuple[tuple[str, str], ...]) -> Bundle:
    return Bundle(name, source, {key: text.encode() for key, text in decisions})


def definition_bundle(definition: Definition) -> Bundle:
    """A stored version as a bundle, without its forms, which the model does not need."""
    return _bundle(definition.id, definition.file_name, definition.source, tuple(sorted(definition.decisions.items())))


_MODELS: dict[tuple[str, ...], Model] = {}


def model_of(session: Session, definition_id: str, pins: Mapping[str, str]) -> Model:
    """The shared model of a version and the versions it is pinned to."""
    key = (definition_id, *sorted(pins.values()))
    found = _MODELS.get(key)
    if found is None:
        rows = {row.id: row for row in session.scalars(select(Definition).where(Definition.id.in_(key)))}
        called = {name: definition_bundle(rows[each]) for name, each in pins.items() if each != definition_id}
        found = _MODELS[key] = load_model(definition_bundle(rows[definition_id]), called)
    return found


class ProcessServices:
    """What a run may ask: handlers inside the transaction, owed effects, messages, incidents."""

    def __init__(self, context: Context, instance_id: str) -> None:
        self.context = context
        self.instance_id = instance_id

    def scoped(self, element_id: str, task_id: str) -> Context:
        """The context with the place of a step; effects and messages go into the same lists."""
        scoped = copy.copy(self.context)
        scoped.instance_id, scoped.element_id, scoped.task_id = self.instance_id, element_id, task_id
        return scoped

    def call(
        self, element: tuple[str, str, str], handler_id: str, parameters: dict[str, Any], data: Mapping[str, Any], task_id: str
    ) -> Mapping[str, Any] | Pending | None:
        handler = self.context.registry.find(handler_id)
        context = self.scoped(element[1], task_id)
        marks = len(context.effects), len(context.messages), len(context.entries)
        try:
            with context.session.begin_nested():
                if isinstance(handler, Operation):
                    return handler.run(context, **parameters)
                if isinstance(handler, Effect):
                    payload = handler.prepare(context, **parameters)
                    effect_id = new_id()
                    request = EffectRequest(effect_id, handler.id, payload, effect_id, self.instance_id, task_id, element[1])
                    context.effects.append(request)
                    return PENDING
                raise NotFound(kind="handler", id=handler_id)
        except StaleInstance:
            raise
        except Exception as error:
            del context.effects[marks[0] :], context.messages[marks[1] :], context.entries[marks[2] :]
            raise StepError(error) from error

    def send(self, name: str, correlation: str, payload: dict[str, Any]) -> None:
        self.scoped("", "").send_message(name, correlation=correlation, payload=payload)

    def fail(self, element: tuple[str, str, str], task_id: str, error: BaseException) -> None:
        add_incident(self.context, self.instance_id, element, task_id, error)


def add_incident(
    context: Context,
    instance_id: str | None,
    element: tuple[str, str, str],
    task_id: str,
    error: BaseException,
    effect_id: str | None = None,
) -> None:
    """Record a step that failed, once: a further failure of the same step counts its attempts."""
    trace = "".join(traceback.format_exception(error))[-8000:]
    message = str(error)[:2000] or type(error).__name__
    again = context.session.execute(
        update(Incident)
        .where(Incident.instance_id == instance_id, Incident.task_id == task_id, Incident.state == "open")
        .values(attempts=Incident.attempts + 1, message=message, trace=trace)
    )
    if again.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
        return
    context.session.execute(
        insert(Incident).values(
            id=new_id(), instance_id=instance_id, task_id=task_id, effect_id=effect_id, process_key=element[0],
            element_id=element[1], name=element[2], message=message, trace=trace, attempts=1, state="open",
            created_at=context.now,
        )
    )  # fmt: skip
    context.audit("incident_opened", f"instance:{instance_id}", element=element[1], message=message[:300])


class LiveInstance:
    """An instance loaded for one command."""

    def __init__(self, context: Context, row: Instance, run: Run) -> None:
        self.context = context
        self.row = row
        self.run = run

    @classmethod
    def load(cls, context: Context, instance_id: str) -> LiveInstance:
        """A running instance. Raises ``NotFound`` or ``InstanceEnded``."""
        row = context.session.get(Instance, instance_id)
        if row is None:
            raise NotFound(kind="process", id=instance_id)
        if row.state != "running":
            raise InstanceEnded()
        model = model_of(context.session, row.definition_id, row.pins)
        services = ProcessServices(context, instance_id)
        return cls(context, row, runner.resume(model, row.snapshot, services, context.now))

    @classmethod
    def create(
        cls,
        context: Context,
        definition: Definition,
        pins: dict[str, str],
        data: Mapping[str, Any],
        title: str,
        business_key: str | None,
    ) -> LiveInstance:
        """A new instance, already written so that records can point at it."""
        instance_id = new_id()
        model = model_of(context.session, definition.id, pins)
        run = runner.start(model, data, ProcessServices(context, instance_id), context.now)
        row = Instance(
            id=instance_id, process_key=definition.process_key, definition_id=definition.id, pins=pins, business_key=business_key,
            title=title, state="running", version=1, snapshot=b"", active=[], started_at=context.now, started_by=context.actor.id,
        )  # fmt: skip
        context.session.add(row)
        context.session.flush()
        return cls(context, row, run)

    def move(self, first: Any = None) -> None:
        """Do the first thing, then everything that follows by itself. Raises ``HandlerFailed``."""
        try:
            if first is not None:
                first()
            self.run.advance(self.context.now)
        except StepFailed as failed:
            if isinstance(failed.cause, JuanzongError) and not isinstance(failed.cause, ScriptFailed):
                raise failed.cause from failed
            error = HandlerFailed(element=failed.name, reason=str(failed.cause))
            error.place = (self.row.id, (failed.process_key, failed.element_id, failed.name), failed.task_id, failed.cause)
            raise error from failed

    def store(self) -> None:
        """Write the snapshot and the rows that follow from it. Raises ``StaleInstance`` and ``DataTooLarge``."""
        snapshot = self.run.snapshot()
        if len(snapshot) > DATA_LIMIT * 2:
            raise DataTooLarge(size=len(snapshot), limit=DATA_LIMIT * 2)
        finished = self.run.is_finished
        values: dict[str, Any] = {
            "snapshot": snapshot,
            "version": self.row.version + 1,
            "active": [list(place) for place in self.run.active_elements()],
        }
        if not self.row.title and self.run.data.get("title"):
            values["title"] = str(self.run.data["title"])[:300]  # a process may name its case once it knows it
        if finished:
            values |= {"state": "completed", "ended_at": self.context.now}
        done = self.context.session.execute(
            update(Instance)
            .where(Instance.id == self.row.id, Instance.version == self.row.version, Instance.state == "running")
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a cursor result
            raise StaleInstance()
        self.write_history()
        self.sync_tasks()
        self.sync_timers()
        self.sync_subscriptions()
        self.context.session.expire(self.row)

    def write_history(self) -> None:
        actor, now = self.context.actor, self.context.now
        rows = [
            {
                "instance_id": self.row.id, "process_key": step.process_key, "element_id": step.element_id, "name": step.name,
                "kind": step.kind, "outcome": "completed", "at": now, "actor": actor.id, "actor_name": actor.name,
                "task_id": step.task_id,
            }
            for step in self.run.steps
        ]  # fmt: skip
        if rows:
            self.context.session.execute(insert(History), rows)
        self.run.steps.clear()

    def sync_tasks(self) -> None:
        """Open rows for new user tasks, cancel rows whose token is gone."""
        session = self.context.session
        stored = set(session.scalars(select(Task.id).where(Task.instance_id == self.row.id, Task.state == "open")))
        open_tasks = {task.task_id: task for task in self.run.open_tasks()}
        for task_id in stored - open_tasks.keys():
            session.execute(
                update(Task).where(Task.id == task_id).values(state="cancelled", completed_at=self.context.now)
                .execution_options(synchronize_session=False)
            )  # fmt: skip
        rows = [self.task_row(open_tasks[task_id]) for task_id in open_tasks if task_id not in stored]
        if rows:
            session.execute(insert(Task), rows)

    def task_row(self, task: OpenTask) -> dict[str, Any]:
        given = task.properties
        evaluate = self.run.engine.evaluate_over
        assignee = evaluate(task.data, given["assignee"]) if given.get("assignee") else None
        excluded = evaluate(task.data, given["excluded"]) if given.get("excluded") else []
        definition_id = self.row.definition_id
        if task.process_key != self.row.process_key:
            definition_id = self.row.pins[task.process_key]
        return {
            "id": task.task_id, "instance_id": self.row.id, "definition_id": definition_id, "process_key": task.process_key,
            "process_name": task.process_name, "element_id": task.element_id, "name": task.name, "name_en": task.name_en,
            "role": given.get("role") or self.context.lane_roles.get(task.lane or "", task.lane or DEFAULT_ROLE),
            "assignee": assignee or None, "claimed_at": None, "state": "open", "created_at": self.context.now,
            "due_at": self.due(given.get("due", ""), task.data), "form_key": given.get("form", ""),
            "is_gate": given.get("gate") == "true", "properties": dict(given),
            "excluded": [each for each in excluded or [] if each],
        }  # fmt: skip

    def due(self, text: str, data: Mapping[str, Any]) -> datetime | None:
        """When a task is due: from ``2 WD``, ``4 h``, or an expression that gives such text or a moment."""
        if not text:
            return None
        literal = text.strip("\"' ")
        if not timers.LITERAL.fullmatch(literal):
            value = self.run.engine.evaluate_over(data, text)
            if not value:
                return None
            literal = str(value)
        try:
            return timers.after(literal, self.context.now)
        except ValueError:
            return self.context.now + timedelta(days=1)

    def sync_timers(self) -> None:
        session = self.context.session
        rows_now = session.execute(select(Timer.task_id, Timer.due_at).where(Timer.instance_id == self.row.id))
        stored = {task_id: due_at for task_id, due_at in rows_now}
        wanted = {timer.task_id: timer for timer in self.run.timers()}
        changed = [key for key, due_at in stored.items() if key not in wanted or wanted[key].due_at != due_at]
        if changed:
            session.execute(delete(Timer).where(Timer.task_id.in_(changed)).execution_options(synchronize_session=False))
        rows = [
            {**vars(timer), "instance_id": self.row.id} for key, timer in wanted.items() if key not in stored or key in changed
        ]
        if rows:
            session.execute(insert(Timer), rows)

    def sync_subscriptions(self) -> None:
        session = self.context.session
        columns = (Subscription.task_id, Subscription.name)
        stored = {
            (task_id, name) for task_id, name in session.execute(select(*columns).where(Subscription.instance_id == self.row.id))
        }
        wanted = {(each.task_id, each.name): each for each in self.run.subscriptions()}
        for task_id, name in stored - wanted.keys():
            session.execute(
                delete(Subscription).where(Subscription.task_id == task_id, Subscription.name == name)
                .execution_options(synchronize_session=False)
            )  # fmt: skip
        rows = [{**vars(wanted[key]), "instance_id": self.row.id} for key in wanted.keys() - stored]
        if rows:
            session.execute(insert(Subscription), rows)


def first_values(context: Context, task_id: str) -> dict[str, Any]:
    """What the prefill of a task gives its form; empty without one."""
    task = context.session.get(Task, task_id)
    handler = context.registry.find(task.properties.get("prefill", "")) if task is not None else None
    if task is None or not isinstance(handler, Prefill):
        return {}
    run = LiveInstance.load(context, task.instance_id).run
    return handler.load(context, dict(run.get(task_id).data))
