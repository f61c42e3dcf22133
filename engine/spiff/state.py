"""Snapshots: the tokens and data of a running process as compact bytes, and back.

A snapshot never holds the specification. Before it is taken the finished history is cut away, so that its size and the
cost of a step do not grow with the number of steps done. Equal data of several tasks are stored once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.identifiers import order_ids
from engine.spiff.joins import preorder
from engine.spiff.parser import Model
from engine.spiff.script_engine import FirmScriptEngine

KEYS = orjson.OPT_SORT_KEYS

order_ids()


class DataPool:
    """The data of a snapshot's tasks: equal ones are stored once, others as what sets them apart from the first."""

    def __init__(self) -> None:
        self.index: dict[bytes, int] = {}
        self.entries: list[Any] = []
        self.first: dict[str, bytes] = {}

    def put(self, data: dict[str, Any]) -> int:
        """The place of some data; equal data share one."""
        whole = orjson.dumps(data, option=KEYS)
        place = self.index.setdefault(whole, len(self.entries))
        if place == len(self.entries):
            self.entries.append(self.entry(data, whole))
        return place

    def entry(self, data: dict[str, Any], whole: bytes) -> Any:
        """The data whole, or as [what differs from the first, what it lacks of the first]."""
        parts = {key: orjson.dumps(value, option=KEYS) for key, value in data.items()}
        if not self.entries:
            self.first = parts
            return orjson.Fragment(whole)
        other = {key: orjson.Fragment(part) for key, part in parts.items() if self.first.get(key) != part}
        return [other, [key for key in self.first if key not in parts]]


def read_pool(entries: list[Any]) -> list[bytes]:
    """The data of a snapshot, each whole again."""
    if not entries:
        return []
    first, *others = entries
    whole = [{key: value for key, value in first.items() if key not in lacking} | differing for differing, lacking in others]
    return [orjson.dumps(data) for data in (first, *whole)]


def dump_tasks(workflow: Any, pool: DataPool) -> list[Any]:
    """Each task as [id, parent's place, specification, state, data's place, rank, internal data, triggered].

    Parents stand before their children; the rank is the order in which the tasks last changed; what is empty at the end
    of a row is left out.
    """
    ordered = preorder(workflow.task_tree)
    place = {task.id: index for index, task in enumerate(ordered)}
    by_age = sorted(range(len(ordered)), key=lambda index: ordered[index].last_state_change)
    rank = {index: position for position, index in enumerate(by_age)}
    rows = []
    for index, task in enumerate(ordered):
        finished = task._state & TaskState.FINISHED_MASK
        data = pool.put(task.data) if task.data else -1
        row = [task.id.hex, place.get(task._parent, -1), task.task_spec.name, task._state, data, rank[index]]
        internal = {} if finished else task.internal_data
        if internal or task.triggered:
            row.append(internal)
        if task.triggered:
            row.append(True)
        rows.append(row)
    return rows


def dump(workflow: BpmnWorkflow) -> bytes:
    """The snapshot of a workflow whose history is cut."""
    pool = DataPool()
    parts = [{"tasks": dump_tasks(workflow, pool), "data": pool.put(workflow.data), "done": workflow.completed}]
    ordered = sorted(workflow.subprocesses.items(), key=lambda item: item[1].depth)
    parts += [
        {"parent": parent.hex, "tasks": dump_tasks(sub, pool), "data": pool.put(sub.data), "done": sub.completed}
        for parent, sub in ordered
    ]
    return orjson.dumps({"v": 1, "pool": pool.entries, "parts": parts})


def load(model: Model, snapshot: bytes, engine: FirmScriptEngine) -> BpmnWorkflow:
    """A workflow rebuilt from its snapshot."""
    stored = orjson.loads(snapshot)
    pool = read_pool(stored["pool"])
    main, *subs = stored["parts"]
    workflow = BpmnWorkflow(model.spec, model.subprocesses, script_engine=engine, deserializing=True)
    load_part(workflow, main, pool)
    for part in subs:
        parent_id = UUID(part["parent"])
        task = workflow.get_task_from_id(parent_id)
        sub = BpmnSubWorkflow(model.subprocesses[task.task_spec.spec], parent_id, workflow, deserializing=True)
        workflow.subprocesses[parent_id] = sub
        load_part(sub, part, pool)
        if isinstance(task.task_spec, SubWorkflowTask):
            sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    return workflow


def load_part(workflow: Any, part: dict[str, Any], pool: list[bytes]) -> None:
    """Fill one workflow with its tasks and data."""
    specs = workflow.spec.task_specs
    waiting = workflow.top_workflow.event_manager
    tasks: list[Task] = []
    for task_id, parent, spec, state, data, rank, *rest in part["tasks"]:
        task = Task(workflow, specs[spec], state=state, id=UUID(task_id))
        if parent >= 0:
            task._parent = tasks[parent].id
            tasks[parent]._children.append(task.id)
        task.data = orjson.loads(pool[data]) if data >= 0 else {}
        task.internal_data = rest[0] if rest else {}
        task.triggered = len(rest) > 1
        task.last_state_change = rank
        tasks.append(task)
        if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            waiting.add_task(task)
    workflow.task_tree = tasks[0]
    workflow.data = orjson.loads(pool[part["data"]])
    workflow.completed = part["done"]
