"""The same diagram, driven by the same random moves, kept in three ways: in memory, through SpiffWorkflow's own
serializer after every move, and through our snapshots after every move. All three must show the same traces.
"""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.event_definition import TimerConditionalEventDefinitionConverter
from SpiffWorkflow.bpmn.serializer.default.task_spec import EventConverter
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.spiff.serializer.event_definition import (
    ErrorEscalationEventDefinitionConverter,
    ItemAwareEventDefinitionConverter,
    MessageEventDefinitionConverter,
)
from SpiffWorkflow.spiff.serializer.task_spec import ScriptTaskConverter, ServiceTaskConverter

from engine.bundle import read_bundles
from engine.spiff import runner, timers
from engine.spiff.joins import prepare_joins
from engine.spiff.messages import FirmMessage
from engine.spiff.parser import OURS, FirmScriptTask, FirmServiceTask, load_model
from engine.spiff.scopes import FirmEventStart
from engine.spiff.script_engine import PENDING
from engine.spiff.thrown import FirmError, FirmEscalation, FirmSignal

DIAGRAMS = Path(__file__).parent / "diagrams"
BUNDLES = {bundle.name: bundle for bundle in read_bundles(DIAGRAMS, DIAGRAMS, DIAGRAMS)}
NOW = datetime(2026, 9, 18, 1, 0, tzinfo=UTC)
DATA = {"case_id": "c1", "people": ["ann", "bob", "cai"], "days": 2, "until": "2026-11-02T09:00+08:00", "notes": {"a": [1]}}
CALLED = {name: BUNDLES.pop(name) for name in ("called", "deepest")}


class Services:
    """Answers by handler id and remembers everything it was asked."""

    def __init__(self):
        self.log = []

    def call(self, element, handler_id, parameters, data, task_id):
        self.log.append(("call", element, handler_id, deepcopy(parameters)))
        if handler_id == "slow.render":
            return PENDING
        return {"found": parameters.get("total", 0)} if handler_id == "look.up" else {}

    def fail(self, element, task_id, error):
        self.log.append(("fail", element, str(error)))

    def send(self, name, correlation, payload):
        self.log.append(("send", name, correlation, deepcopy(payload)))


class Kept:
    """A run that stays in memory from the first move to the last."""

    def __init__(self, name):
        self.model = load_model(BUNDLES[name], CALLED if name in ("caller", "each") else {})
        self.services = Services()
        self.now = NOW
        self.run = runner.start(self.model, deepcopy(DATA), self.services, NOW)
        self.steps = []
        self.settle()

    def settle(self):
        self.run.advance(self.now)
        self.steps = [(step.process_key, step.element_id, step.kind) for step in self.run.steps]
        self.run.steps = []
        self.keep()

    def keep(self):
        """Nothing to do in memory."""

    def open_tasks(self):
        return sorted(self.run.open_tasks(), key=lambda task: (task.process_key, task.element_id, dump(task.data)))

    def pending(self):
        return sorted(self.run.stuck_services(), key=lambda task_id: self.run.get(task_id).task_spec.name)

    def stuck(self):
        return sorted(self.run.stuck(), key=lambda task_id: self.run.get(task_id).task_spec.name)

    def messages(self):
        return sorted({(each.name, each.correlation) for each in self.run.subscriptions()})

    def move(self, kind, index, number):
        """One move of the driver; one that is not possible now waits a little instead."""
        if kind == "complete" and (tasks := self.open_tasks()):
            task = tasks[index % len(tasks)]
            self.run.complete(task.task_id, {"n": number, "answer": number, f"by_{task.element_id}": index})
        elif kind == "finish" and (ids := self.pending()):
            self.run.finish_service(ids[index % len(ids)], {"rendered": number})
        elif kind == "finish" and (ids := self.stuck()):
            self.run.edit_data(ids[0], {"mended": number, "total": number, "chosen": index})
            self.run.retry(ids[0])
        elif kind == "receive" and (known := self.messages()):
            name, correlation = known[index % len(known)]
            self.run.receive(self.now, name, correlation if number else "another", {"said": number})
        else:
            self.now += timedelta(hours=(5, 30, 60, 200)[number])
        self.settle()

    def seen(self):
        """Everything that can be asked of a run, in an order that does not depend on identifiers."""
        run = self.run
        return {
            "steps": self.steps,
            "open": [(task.process_key, task.element_id, task.name, dump(task.data)) for task in self.open_tasks()],
            "timers": sorted((each.process_key, each.element_id, each.due_at) for each in run.timers()),
            "messages": sorted((each.element_id, each.name, each.correlation) for each in run.subscriptions()),
            "places": run.active_elements(),
            "pending": len(run.stuck_services()),
            "stuck": [run.place_of(task_id) for task_id in self.stuck()],
            "finished": run.is_finished,
            "data": dump(run.data) if run.is_finished else None,
            "asked": self.services.log,
        }


class Stock(Kept):
    """A run that goes through SpiffWorkflow's own serializer after every move."""

    def keep(self):
        text = SERIALIZER.serialize_json(self.run.workflow)
        self.run.workflow = workflow = SERIALIZER.deserialize_json(text)
        workflow.script_engine = self.run.engine
        # the stock serializer forgets that instances report to their loop
        for spec in (workflow.spec, *workflow.subprocess_specs.values()):
            prepare_joins(spec)
            for loop in [each for each in spec.task_specs.values() if isinstance(each, LoopTask)]:
                child = spec.task_specs[loop.task_spec]
                if not child.completed_event.is_connected(loop.merge_child):
                    child.completed_event.connect(loop.merge_child)


class Snapshots(Kept):
    """A run that goes through our snapshot after every move."""

    def keep(self):
        self.snapshot = self.run.snapshot()
        self.run = runner.resume(self.model, self.snapshot, self.services, self.now)


class FirmMessageConverter(MessageEventDefinitionConverter):
    """Our messages for the stock serializer."""

    def to_dict(self, spec):
        return {
            "name": spec.name, "correlation": spec.correlation, "payload": spec.expression,
            "variable": spec.message_var, "description": spec.description,
        }  # fmt: skip

    def from_dict(self, dct):
        return self.target_class(**dct)


class EventStartConverter(EventConverter):
    """Our start events of event subprocesses for the stock serializer."""

    def to_dict(self, spec):
        return super().to_dict(spec) | {"interrupting": spec.interrupting}


CONFIG = {
    **SPIFF_CONFIG,
    **{mine: SPIFF_CONFIG[theirs] for theirs, mine in OURS.items()},
    FirmEventStart: EventStartConverter,
    FirmSignal: ItemAwareEventDefinitionConverter,
    FirmError: ErrorEscalationEventDefinitionConverter,
    FirmEscalation: ErrorEscalationEventDefinitionConverter,
    FirmMessage: FirmMessageConverter,
    FirmServiceTask: ServiceTaskConverter,
    FirmScriptTask: ScriptTaskConverter,
    timers.DateTimer: TimerConditionalEventDefinitionConverter,
    timers.DurationTimer: TimerConditionalEventDefinitionConverter,
    timers.CycleTimer: TimerConditionalEventDefinitionConverter,
}
SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(CONFIG))


def dump(data):
    return json.dumps(data, sort_keys=True, default=str)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["complete", "complete", "complete", "wait", "receive", "finish"]), st.integers(0, 3), st.integers(0, 3)
    ),
    max_size=14,
)


def check_same(name, kept, stock, ours):
    """All three show the same; the stock serializer forgets in which order calls that run side by side were made."""
    seen, theirs = kept.seen(), stock.seen()
    assert ours.seen() == seen
    if name == "each":
        for each in (seen, theirs):
            each.update(steps=sorted(each["steps"]), asked=sorted(each["asked"], key=dump))
    assert theirs == seen


@pytest.mark.parametrize("name", sorted(BUNDLES))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES)
def test_it_shows_the_same_traces_however_it_is_kept(name, moves):
    runs = Kept(name), Stock(name), Snapshots(name)
    check_same(name, *runs)
    for move in moves:
        for run in runs:
            run.move(*move)
        check_same(name, *runs)


def useful(run, step):
    """A move that leads on: whoever can do something does, in turn."""
    if run.open_tasks() and step % 5 != 4:
        return "complete"
    if run.stuck():
        return "finish"
    return "receive" if run.messages() else "wait"


@pytest.mark.parametrize("name", sorted(BUNDLES))
def test_it_shows_the_same_traces_on_a_long_way(name):
    runs = Kept(name), Stock(name), Snapshots(name)
    for step in range(40):
        move = useful(runs[0], step), step % 3, (0, 2, 1, 3)[step % 4]
        for run in runs:
            run.move(*move)
        check_same(name, *runs)
        if runs[0].run.is_finished:
            return
