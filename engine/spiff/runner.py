"""One running process: start or resume it, move it, ask what it waits for, and take its snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import ErrorEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.context import SIGNAL
from engine.spiff import state, timers
from engine.spiff.history import LIVE, cut_history
from engine.spiff.messages import FirmMessage, incoming
from engine.spiff.parser import FirmScriptTask, FirmServiceTask, Model
from engine.spiff.reports import DueTimer, EndlessLoop, OpenTask, Step, StepFailed, Subscription, UncaughtError, root_cause
from engine.spiff.scopes import waits
from engine.spiff.script_engine import FirmScriptEngine, Services, plain
from engine.spiff.steps import take_steps
from engine.spiff.stops import GATEWAYS, STOPS, GatewayNotSkipped
from engine.spiff.thrown import FirmSignal

__all__ = ["DueTimer", "OpenTask", "Run", "Step", "StepFailed", "Subscription", "resume", "start"]

STEPS = 10_000  # in one command
KINDS = {
    "UserTask": "user",
    "ManualTask": "user",
    "FirmServiceTask": "service",
    "FirmScriptTask": "script",
    "FirmBusinessRuleTask": "decision",
    "CallActivity": "call",
    "SubWorkflowTask": "subprocess",
    "EventSubprocess": "subprocess",
    "NoneTask": "task",
    "SendTask": "event",
    "ReceiveTask": "event",
}


class Run:
    """A process in memory for the length of one command."""

    def __init__(self, model: Model, workflow: BpmnWorkflow, engine: FirmScriptEngine) -> None:
        self.model = model
        self.workflow = workflow
        self.engine = engine
        self.steps: list[Step] = []
        self.current: Task | None = None
        self.count = 0

    # -- moving -------------------------------------------------------------------------------------------------------
    def advance(self, now: datetime) -> None:
        """Run everything that can move, due timers included, until nothing moves. Raises ``StepFailed``."""
        self.engine.now = now
        self.count = 0
        while True:
            moved = self.count
            self.guard(lambda: take_steps(self.workflow, self.enter, self.passed))
            self.refuse_uncaught_errors()
            ready = any(not task.task_spec.manual for task in self.tasks(TaskState.READY))
            if not ready and self.count == moved:
                return

    def enter(self, task: Task) -> None:
        """Count a step that is about to run."""
        self.current = task
        self.count += 1
        if self.count > STEPS:
            raise EndlessLoop(steps=STEPS)

    def refuse_uncaught_errors(self) -> None:
        """An error event that nothing catches must not pass for a good end."""
        for event in self.workflow.get_events():
            if isinstance(event.event_definition, ErrorEventDefinition):
                cause = UncaughtError(code=event.event_definition.code or event.event_definition.name)
                raise self.failure(self.current, cause)

    def passed(self, task: Task) -> None:
        spec = task.task_spec
        if spec.bpmn_id is None or isinstance(spec, LoopTask) or not task.has_state(TaskState.COMPLETED):
            return
        kind = KINDS.get(type(spec).__name__, "event" if "Event" in type(spec).__name__ else "gateway")
        name = spec.bpmn_name or spec.bpmn_id
        self.steps.append(Step(self.process_key(task.workflow), spec.bpmn_id, name, kind, task.id.hex))

    def guard(self, action: Callable[[], object]) -> None:
        """Run an action of SpiffWorkflow and name the step that failed."""
        try:
            action()
        except StepFailed:
            raise
        except Exception as error:
            raise self.failure(getattr(error, "task", None) or self.current, root_cause(error)) from error

    def failure(self, task: Task | None, cause: BaseException) -> StepFailed:
        """What is raised when a step fails."""
        if task is None:
            return StepFailed(self.model.key, "", "", "", cause)
        spec = task.task_spec
        element = spec.bpmn_id or spec.name
        return StepFailed(self.process_key(task.workflow), element, spec.bpmn_name or element, task.id.hex, cause)

    def complete(self, task_id: str, variables: Mapping[str, Any]) -> None:
        """Complete a user task with what it gives to the data. Raises ``KeyError`` when it is not open."""
        task = self.get(task_id)
        if task._state != TaskState.READY:
            raise KeyError(task_id)
        self.current = task
        task.data.update(plain(variables))
        self.guard(task.run)
        self.passed(task)

    def finish_service(self, task_id: str, variables: Mapping[str, Any] | None) -> None:
        """Complete a service task that waited for its effect."""
        task = self.get(task_id)
        self.current = task
        task.task_spec.take(task, variables)
        self.guard(task.complete)
        self.passed(task)

    def skip(self, task_id: str, variables: Mapping[str, Any]) -> None:
        """Pass a stuck service, script or decision task without running it. Raises ``GatewayNotSkipped``."""
        task = self.get(task_id)
        if isinstance(task.task_spec, GATEWAYS):
            raise GatewayNotSkipped()
        self.current = task
        task.data.update(plain(variables))
        self.guard(task.complete)
        self.passed(task)

    def retry(self, task_id: str) -> None:
        """Let a stuck step run again at the next ``advance``."""
        self.get(task_id)._set_state(TaskState.READY)

    def edit_data(self, task_id: str, data: Mapping[str, Any]) -> None:
        """Change the data that a stuck step sees."""
        self.get(task_id).data.update(plain(data))

    def receive(self, now: datetime, name: str, correlation: str, payload: dict[str, Any]) -> bool:
        """Deliver a message to the tasks waiting for it; False when none was."""
        self.engine.now = now
        event = incoming(name, correlation, plain(payload))
        caught = 0

        def catch() -> None:
            nonlocal caught
            caught = self.workflow.event_manager.catch(event, internal=False)

        self.guard(catch)
        return caught > 0

    # -- asking -------------------------------------------------------------------------------------------------------
    def get(self, task_id: str) -> Task:
        """A task by its id. Raises ``KeyError``."""
        key = UUID(task_id)
        for workflow in self.workflows():
            if key in workflow.tasks:
                return workflow.tasks[key]
        raise KeyError(task_id)

    def workflows(self) -> Iterator[Any]:
        yield self.workflow
        yield from self.workflow.subprocesses.values()

    def tasks(self, mask: int) -> Iterator[Task]:
        """All tasks in a state, in no order; unlike SpiffWorkflow's iterator it has no depth limit."""
        for workflow in list(self.workflows()):
            if not workflow.completed:
                yield from (task for task in list(workflow.tasks.values()) if task._state & mask)

    def process_key(self, workflow: Any) -> str:
        """The called process a workflow belongs to: embedded subprocesses belong to their diagram's process."""
        return self.engine.process_key(workflow)

    def open_tasks(self) -> list[OpenTask]:
        """The user tasks that wait for a person."""
        found = []
        for task in self.tasks(TaskState.READY):
            spec = task.task_spec
            if spec.manual and spec.bpmn_id:
                key = self.process_key(task.workflow)
                properties = (spec.extensions or {}).get("properties", {}) if hasattr(spec, "extensions") else {}
                name, english = spec.bpmn_name or spec.bpmn_id, properties.get("name_en", "")
                found.append(OpenTask(
                    task.id.hex, key, self.element_id(spec), name, english, spec.lane, properties, task.data,
                    self.process_name(key),
                ))  # fmt: skip
        return found

    def element_id(self, spec: Any) -> str:
        """The diagram's element id: multi-instance children carry their parent's."""
        return str(spec.bpmn_id).split(" [")[0]

    def process_name(self, key: str) -> str:
        spec = self.model.spec if key == self.model.key else self.model.subprocesses[key]
        return str(spec.description or key)

    def waiting(self) -> Iterator[tuple[Task, Any]]:
        """Waiting catching tasks with each of their event definitions."""
        for task in self.tasks(TaskState.WAITING):
            if isinstance(task.task_spec, CatchingEvent):
                definition = task.task_spec.event_definition
                for each in getattr(definition, "event_definitions", [definition]):
                    yield task, each

    def timers(self) -> list[DueTimer]:
        """The timers that wait for their moment."""
        found = {}
        for task, _ in self.waiting():
            due = timers.next_due(task)
            if due is not None:
                spec = task.task_spec
                name = spec.bpmn_name or spec.bpmn_id
                found[task.id] = DueTimer(task.id.hex, self.process_key(task.workflow), spec.bpmn_id, name, due)
        return list(found.values())

    def count_again(self) -> list[DueTimer]:
        """Count working days again after a change of the holidays; the timers that moved, at their new moments."""
        moved = {task.id.hex for task, _ in list(self.waiting()) if timers.count_again(task)}
        return [timer for timer in self.timers() if timer.task_id in moved]

    def subscriptions(self) -> list[Subscription]:
        """The waits for messages and signals."""
        found = []
        for task, definition in self.waiting():
            place = task.id.hex, self.process_key(task.workflow), task.task_spec.bpmn_id
            if isinstance(definition, FirmSignal):
                found.append(Subscription(*place, f"{SIGNAL}{definition.name}", ""))
            elif isinstance(definition, FirmMessage) and (value := definition.correlate(task)) is not None:
                found.append(Subscription(*place, definition.name, value))
        return found

    def active_elements(self) -> list[tuple[str, str]]:
        """Where the tokens are: (process key, element id) of everything that is ready, started or waiting."""
        places = set()
        for task in self.tasks(LIVE):
            if task.task_spec.bpmn_id:
                places.add((self.process_key(task.workflow), self.element_id(task.task_spec)))
        return sorted(places)

    def stuck_services(self) -> list[str]:
        """The ids of service tasks that wait for an effect."""
        return [task.id.hex for task in self.tasks(TaskState.STARTED) if isinstance(task.task_spec, FirmServiceTask)]

    def stuck(self) -> list[str]:
        """The ids of steps that wait for an effect, or failed and wait for a person."""
        kinds = (FirmServiceTask, FirmScriptTask, *STOPS)
        return [task.id.hex for task in self.tasks(TaskState.STARTED) if isinstance(task.task_spec, kinds)]

    def live_ids(self) -> set[str]:
        """The ids of all tokens."""
        return {task.id.hex for task in self.tasks(LIVE)}

    def place_of(self, task_id: str) -> tuple[str, str, str] | None:
        """The process key, element id and name of a token, None when it is gone."""
        try:
            task = self.get(task_id)
        except KeyError:
            return None
        spec = task.task_spec
        return self.process_key(task.workflow), self.element_id(spec), spec.bpmn_name or spec.bpmn_id

    @property
    def is_finished(self) -> bool:
        return bool(self.workflow.is_completed())

    @property
    def data(self) -> dict[str, Any]:
        """The data at the end, or of the last live token."""
        if self.is_finished:
            return dict(self.workflow.data)
        merged: dict[str, Any] = {}
        for task in self.tasks(LIVE):
            if not waits(task):
                merged.update(task.data)
        return merged

    def snapshot(self) -> bytes:
        """Tokens and data as bytes, with the finished history cut away."""
        cut_history(self.workflow)
        return state.dump(self.workflow)


def start(model: Model, data: Mapping[str, Any], services: Services, now: datetime) -> Run:
    """A new process before its first step."""
    engine = FirmScriptEngine(now, services, model.processes)
    workflow = BpmnWorkflow(model.spec, model.subprocesses, script_engine=engine)
    workflow.task_tree.data.update(plain(data))
    return Run(model, workflow, engine)


def resume(model: Model, snapshot: bytes, services: Services, now: datetime) -> Run:
    """A process as its snapshot left it."""
    engine = FirmScriptEngine(now, services, model.processes)
    return Run(model, state.load(model, snapshot, engine), engine)
