"""One instance inside one command: load it, move it, and write what changed to the engine's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, select

from engine import store
from engine.access import four_eyes_elements
from engine.calls import ProcessServices, failure, is_clash
from engine.context import SIGNAL, SYSTEM, Context
from engine.db import new_id
from engine.errors import DataTooLarge, InstanceEnded, NotFound, ScriptFailed, StaleInstance
from engine.handlers import Prefill
from engine.outbox import HEARD_LATE
from engine.spiff import runner, timers
from engine.spiff.parser import Model, load_model
from engine.spiff.runner import OpenTask, Run, StepFailed, Subscription
from engine.store import Version, get_version

DATA_LIMIT = 256 * 1024
_MODELS: dict[tuple[str, ...], Model] = {}
_MODELS_KEPT = 256


def model_of(context: Context, definition_id: str, pins: Mapping[str, str]) -> Model:
    """The shared model of a version and the versions it is pinned to."""
    key = (definition_id, *sorted(pins.values()))
    found = _MODELS.get(key)
    if found is None:
        connection = context.connection
        called = {name: get_version(connection, each).bundle for name, each in pins.items() if each != definition_id}
        found = load_model(get_version(connection, definition_id).bundle, called)
        if len(_MODELS) >= _MODELS_KEPT:
            _MODELS.clear()
        _MODELS[key] = found
    return found


@dataclass(frozen=True)
class Head:
    """The columns of an instance that a move needs."""

    id: str
    process_key: str
    definition_id: str
    pins: Mapping[str, str]
    version: int
    title: str


class LiveInstance:
    """An instance loaded for one command."""

    def __init__(self, context: Context, head: Head, run: Run) -> None:
        self.context = context
        self.head = head
        self.run = run
        self.done: set[str] = set()  # the elements that people have completed in this command

    @property
    def id(self) -> str:
        return self.head.id

    @classmethod
    def load(cls, context: Context, instance_id: str, query: Select[Any] = store.LOCK_INSTANCE) -> LiveInstance:
        """A running instance, locked until the commit. Raises ``NotFound`` or ``InstanceEnded``."""
        row = context.connection.execute(query, {"row_id": instance_id}).first()
        if row is None:
            raise NotFound(kind="process", id=instance_id)
        if row.state != "running":
            raise InstanceEnded()
        head = Head(row.id, row.process_key, row.definition_id, row.pins, row.version, row.title)
        model = model_of(context, row.definition_id, row.pins)
        return cls(context, head, runner.resume(model, row.snapshot, ProcessServices(context, instance_id), context.now))

    @classmethod
    def create(
        cls, context: Context, version: Version, data: Mapping[str, Any], title: str, business_key: str | None
    ) -> LiveInstance:
        """A new instance on a version and the newest ones it calls, already written so that records can point at it."""
        pins = store.pin_called(context.connection, version)
        head = Head(new_id(), version.process_key, version.id, pins, 1, title)
        run = runner.start(model_of(context, version.id, pins), data, ProcessServices(context, head.id), context.now)
        context.connection.execute(store.ADD_INSTANCE, {
            **vars(head), "business_key": business_key, "state": "running", "snapshot": b"", "active": [],
            "started_at": context.now, "started_by": context.actor.id,
        })  # fmt: skip
        return cls(context, head, run)

    def change_run(self, run: Run, definition_id: str, pins: Mapping[str, str]) -> None:
        """Go on with the same tokens on other versions."""
        self.run = run
        self.head = replace(self.head, definition_id=definition_id, pins=pins)

    def move(self, first: Callable[[], object] | None = None) -> None:
        """Do the first thing, then everything that follows by itself. Raises ``HandlerFailed``."""
        try:
            if first is not None:
                first()
            self.run.advance(self.context.now)
        except StepFailed as failed:
            if is_clash(failed.cause):
                raise failed.cause from failed
            element = (failed.process_key, failed.element_id, failed.name)
            raise failure(self.id, element, failed.task_id, failed.cause) from failed

    def store(self) -> None:
        """Write the snapshot and the rows that follow from it. Raises ``StaleInstance`` and ``DataTooLarge``."""
        open_tasks = {task.task_id: task for task in self.run.open_tasks()}
        snapshot = self.run.snapshot()
        self.check_size(snapshot)
        finished = self.run.is_finished
        done = self.context.connection.execute(store.SAVE_INSTANCE, {
            "row_id": self.id, "loaded": self.head.version, "next": self.head.version + 1, "bytes": snapshot,
            "places": self.run.active_elements(), "titled": self.title(open_tasks.values()),
            "becomes": "completed" if finished else "running", "ended": self.context.now if finished else None,
        })  # fmt: skip
        if done.rowcount != 1:
            raise StaleInstance()
        self.write_history()
        self.sync(open_tasks)
        self.write_touched(open_tasks)

    def write_touched(self, open_tasks: Mapping[str, OpenTask]) -> None:
        """Show open tasks the data that an event subprocess beside them changed."""
        if touched := [
            {"row_id": task_id, "values": open_tasks[task_id].data} for task_id in self.run.engine.touched & open_tasks.keys()
        ]:
            self.context.connection.execute(store.CHANGE_DATA, touched)

    def check_size(self, snapshot: bytes) -> None:
        """Raise ``DataTooLarge`` when the data are; a snapshot below the limit proves that they are not."""
        if len(snapshot) > DATA_LIMIT and (size := len(orjson.dumps(self.run.data))) > DATA_LIMIT:
            raise DataTooLarge(size=size, limit=DATA_LIMIT)

    def title(self, tasks: Iterable[OpenTask]) -> str:
        """The instance's title: the variable of that name, once a step has set it."""
        given = next((task.data["title"] for task in tasks if isinstance(task.data.get("title"), str)), None)
        if given is None and self.run.is_finished:
            given = self.run.data.get("title")
        return (given if isinstance(given, str) and given else self.head.title)[:300]

    def write_history(self) -> None:
        """Keep the steps that were passed; the system did those that are no person's."""
        actor, now = self.context.actor, self.context.now
        rows = []
        for step in self.run.steps:
            who = actor if step.kind == "user" else SYSTEM
            if step.kind == "user":
                self.done.add(step.element_id)
            rows.append({
                "instance_id": self.id, "process_key": step.process_key, "element_id": step.element_id, "name": step.name,
                "kind": step.kind, "outcome": "completed", "at": now, "actor": who.id, "actor_name": who.name,
                "task_id": step.task_id, "data": None,
            })  # fmt: skip
        if rows:
            self.context.connection.execute(store.ADD_HISTORY, rows)
        self.run.steps.clear()

    # -- rows that follow from the tokens -----------------------------------------------------------------------------
    def sync(self, open_tasks: Mapping[str, OpenTask]) -> None:
        """Bring inbox rows, timers, message waits, owed effects and incidents in line with the tokens."""
        stored: dict[str, dict[str, datetime | None]] = {"open": {}, "timer": {}, "effect": {}, "incident": {}}
        messages = set()
        for task_id, kind, due_at in self.context.connection.execute(store.WAITING_ROWS, {"row_id": self.id}):
            if kind in stored:
                stored[kind][task_id] = due_at
            else:
                messages.add((task_id, *kind.removeprefix("message:").split("\n", 1)))
        self.sync_tasks(stored["open"].keys(), open_tasks)
        self.sync_timers(stored["timer"])
        self.sync_subscriptions(messages)
        if stored["effect"] or stored["incident"]:
            self.drop_lost(stored["effect"].keys(), stored["incident"].keys())

    def sync_tasks(self, stored: Iterable[str], open_tasks: Mapping[str, OpenTask]) -> None:
        """Open rows for new user tasks, cancel rows whose token is gone."""
        connection, known = self.context.connection, set(stored)
        if gone := known - open_tasks.keys():
            self.cancel_tasks(gone)
        if rows := [self.task_row(task) for task_id, task in open_tasks.items() if task_id not in known]:
            connection.execute(store.ADD_TASKS, rows)
        for task_id in known & open_tasks.keys():
            task = open_tasks[task_id]
            elements = four_eyes_elements(task.properties)
            if not self.done.isdisjoint(elements):  # who did a step in a parallel branch is now barred from this task
                barred = self.barred(elements, self.excluded(task))
                connection.execute(store.BAR, {"row_id": task_id, "people": barred})

    def cancel_tasks(self, gone: set[str]) -> None:
        connection, now = self.context.connection, self.context.now
        rows = connection.execute(select(store.TASKS).where(store.TASKS.c.id.in_(gone))).all()
        connection.execute(store.CANCEL_TASK, [{"row_id": task_id, "at": now} for task_id in gone])
        common = {"instance_id": self.id, "kind": "user", "outcome": "cancelled", "at": now, "data": None}
        who = {"actor": SYSTEM.id, "actor_name": SYSTEM.name}
        lines = [
            {"process_key": row.process_key, "element_id": row.element_id, "name": row.name, "task_id": row.id} for row in rows
        ]
        connection.execute(store.ADD_HISTORY, [{**common, **who, **line} for line in lines])

    def task_row(self, task: OpenTask) -> dict[str, Any]:
        given = task.properties
        excluded = self.excluded(task)
        elements = four_eyes_elements(given)
        own = task.process_key == self.head.process_key
        barred = self.barred(elements, excluded)
        assignee = self.assignee(task, barred)
        return {
            "id": task.task_id, "instance_id": self.id, "process_key": task.process_key, "process_name": task.process_name,
            "definition_id": self.head.definition_id if own else self.head.pins[task.process_key],
            "element_id": task.element_id, "name": task.name, "name_en": task.name_en,
            "role": given.get("role") or self.context.lane_roles.get(task.lane or "", task.lane or ""),
            "assignee": assignee, "assignee_name": self.context.name_of(assignee),
            "state": "open", "created_at": self.context.now, "due_at": self.due(task), "form_key": given.get("form", ""),
            "is_gate": given.get("gate") == "true", "properties": dict(given), "data": task.data, "excluded": excluded,
            "barred": barred,
        }  # fmt: skip

    def assignee(self, task: OpenTask, barred: str) -> str | None:
        """Whom a task waits for by name: whom its diagram names, or who stands in for them, if that person may do it."""
        given = task.properties.get("assignee")
        named = self.evaluate(task, given) or None if given else None
        if named is None:
            return None
        found = self.context.registry.find_stand_in(self.context, task.data, named)
        return found if found == named or f"|{found}|" not in barred else None

    def evaluate(self, task: OpenTask, expression: str) -> Any:
        """A property's expression over the task's data. Raises ``HandlerFailed``."""
        try:
            return self.run.engine.evaluate_over(task.data, expression)
        except ScriptFailed as error:
            raise failure(self.id, (task.process_key, task.element_id, task.name), task.task_id, error) from error

    def people(self, task: OpenTask, name: str) -> list[str]:
        """The people a property's expression gives: a list, or one alone."""
        found = self.evaluate(task, task.properties[name]) if task.properties.get(name) else []
        return [each for each in ([found] if isinstance(found, str) else found or []) if each]

    def excluded(self, task: OpenTask) -> list[str]:
        """Whom the diagram keeps from a task, and whom the firm does."""
        kept = self.context.registry.list_kept_away(self.context, task.data)
        return list(dict.fromkeys([*self.people(task, "excluded"), *kept]))

    def barred(self, elements: list[str], excluded: list[str]) -> str:
        """Who may not do a task, as text that a query can search."""
        people = [*excluded, *(store.who_did(self.context.connection, self.id, elements) if elements else ())]
        return "|" + "".join(f"{person}|" for person in dict.fromkeys(people))

    def due(self, task: OpenTask, since: datetime | None = None) -> datetime | None:
        """When a task is due: from ``2 WD``, ``4 h``, or an expression that gives such text or a moment."""
        text = task.properties.get("due", "")
        if not text:
            return None
        literal = text.strip("\"' ")
        if not timers.LITERAL.fullmatch(literal):
            value = self.evaluate(task, text)
            if not value:
                return None
            literal = value.isoformat() if isinstance(value, datetime) else str(value)
        try:
            return timers.after(literal, since or self.context.now)
        except ValueError as error:
            wrong = ScriptFailed(expression=text, reason=f"this is no due date ({error})")
            raise failure(self.id, (task.process_key, task.element_id, task.name), task.task_id, wrong) from error

    def sync_timers(self, stored: Mapping[str, datetime | None]) -> None:
        wanted = {timer.task_id: timer for timer in self.run.timers()}
        old = [key for key, due_at in stored.items() if key not in wanted or wanted[key].due_at != due_at]
        if old:
            self.context.connection.execute(store.DROP_TIMER, [{"row_id": key} for key in old])
        rows = [{**vars(timer), "instance_id": self.id} for key, timer in wanted.items() if key not in stored or key in old]
        if rows:
            self.context.connection.execute(store.ADD_TIMERS, rows)

    def waits(self) -> Iterator[Subscription]:
        """The waits for messages and signals; a signal is handed on to each instance under the instance's id."""
        for each in self.run.subscriptions():
            yield replace(each, correlation=self.id) if each.name.startswith(SIGNAL) else each

    def sync_subscriptions(self, stored: set[tuple[str, ...]]) -> None:
        connection, now = self.context.connection, self.context.now
        wanted: dict[tuple[str, ...], Subscription] = {(each.task_id, each.name, each.correlation): each for each in self.waits()}
        if old := stored - wanted.keys():
            connection.execute(store.DROP_SUBSCRIPTION, [{"row_id": task_id, "message": name} for task_id, name, _ in old])
        new = [wanted[key] for key in wanted.keys() - stored]
        if new:
            connection.execute(store.ADD_SUBSCRIPTIONS, [{**vars(each), "instance_id": self.id} for each in new])
        for each in new:  # a message may have come before its listener
            given = {"message": each.name, "value": each.correlation, "since": now - HEARD_LATE, "at": now}
            if connection.execute(store.WAKE_MESSAGES, given).rowcount:
                self.context.wakes_messages = True

    def drop_lost(self, effects: Iterable[str], incidents: Iterable[str]) -> None:
        """Cancel effects and close incidents whose token has gone another way."""
        live = self.run.live_ids()
        connection, now = self.context.connection, self.context.now
        if lost := [{"row_id": task_id} for task_id in set(effects) - live]:
            connection.execute(store.DROP_EFFECT, lost)
        if over := [{"row_id": task_id, "at": now, "by": self.context.actor.id} for task_id in set(incidents) - live]:
            connection.execute(store.CLOSE_INCIDENT, over)

    # -- repairs ------------------------------------------------------------------------------------------------------
    def place_of(self, task_id: str) -> tuple[str, str, str] | None:
        """The process key, element id and name of a live token, None when it is gone."""
        return self.run.place_of(task_id)

    def change_data(self, task: OpenTask, data: Mapping[str, Any]) -> None:
        """Change what an open user task sees."""
        self.run.edit_data(task.task_id, data)
        self.context.connection.execute(store.CHANGE_DATA, {"row_id": task.task_id, "values": {**task.data, **data}})


def first_values(context: Context, task_id: str) -> dict[str, Any]:
    """What the prefill of a task gives its form; empty without one."""
    task = store.get_whole_task(context.connection, task_id)
    handler = context.registry.find(task.properties.get("prefill", ""))
    if not isinstance(handler, Prefill):
        return {}
    return handler.load(context.at(task.instance_id, task.element_id, task.id), task.data or {})
