"""Snapshots: the tokens and data of a running process as compact bytes, and back.

A snapshot never holds the specification. Before it is taken the finished history is cut away, so that its size and the
cost of a step do not grow with the number of steps done. Equal data of several tasks are stored once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, EventSplit, StartEventJoin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.parser import Model
from engine.spiff.script_engine import FirmScriptEngine

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
JOINS = (BoundaryEventJoin, StartEventJoin)


def cut_history(workflow: BpmnWorkflow, model: Model) -> None:
    """Drop what is finished and can no longer matter, in the main process and each running subprocess."""
    for parent_id, sub in list(workflow.subprocesses.items()):
        if sub.completed:
            del workflow.subprocesses[parent_id]
    for each in (workflow, *workflow.subprocesses.values()):
        if each.spec.name not in model.cyclic:
            cut(each)


def cut(workflow: Any) -> None:
    """Keep the subtree under the lowest common ancestor of all live tasks, its parent, and the root.

    Where an event split above that node still waits for its join, the split is kept too, because the join looks for it.
    """
    live = [task for task in workflow.tasks.values() if task._state & LIVE]
    if not live:
        return
    keep = lowest_common_ancestor(live)
    keep = open_split_above(keep, workflow)
    root = workflow.task_tree
    parent = keep.parent
    if parent is None or parent is root or parent.parent is root:
        return
    kept = {root.id, parent.id} | {task.id for task in subtree(keep)}
    root._children = [parent.id]
    parent._parent = root.id
    parent._children = [keep.id]
    workflow.tasks = {task_id: task for task_id, task in workflow.tasks.items() if task_id in kept}
    if workflow.last_task is not None and workflow.last_task.id not in kept:
        workflow.last_task = None


def lowest_common_ancestor(tasks: list[Task]) -> Task:
    """The deepest task that all given tasks are or descend from."""
    path = ancestry(tasks[0])
    for task in tasks[1:]:
        other = set(map(id, ancestry(task)))
        path = [each for each in path if id(each) in other]
    return path[0]


def ancestry(task: Task) -> list[Task]:
    """A task and its ancestors, from itself to the root."""
    path = []
    each: Task | None = task
    while each is not None:
        path.append(each)
        each = each.parent
    return path


def open_split_above(task: Task, workflow: Any) -> Task:
    """The highest event split above a task whose join is still to come, or the task itself.

    A join stands beside the flow that leaves its activity, so it need not lie on the way from the split to the task.
    """
    splits = {id(split_of(each)) for each in workflow.tasks.values() if isinstance(each.task_spec, JOINS) and is_unfinished(each)}
    highest = task
    for each in ancestry(task):
        if id(each) in splits:
            highest = each
    return highest


def is_unfinished(task: Task) -> bool:
    return not task._state & TaskState.FINISHED_MASK


def split_of(join: Task) -> Task | None:
    """The event split that a join belongs to: the nearest one of its name above it."""
    for each in ancestry(join):
        if isinstance(each.task_spec, EventSplit) and each.task_spec.name == join.task_spec.split_task:
            return each
    return None


def subtree(task: Task) -> list[Task]:
    """A task and all its descendants in the same workflow."""
    found, front = [], [task]
    while front:
        each = front.pop()
        found.append(each)
        front.extend(reversed(each.children))  # their order is theirs: gateways choose by it
    return found


class DataPool:
    """Distinct data of a snapshot, each stored once."""

    def __init__(self) -> None:
        self.index: dict[bytes, int] = {}

    def put(self, data: Any) -> int:
        """The place of some data; equal data share one."""
        return self.index.setdefault(orjson.dumps(data, option=orjson.OPT_SORT_KEYS), len(self.index))

    def dump(self) -> list[Any]:
        return [orjson.Fragment(each) for each in self.index]


def dump_tasks(workflow: Any, pool: DataPool) -> list[Any]:
    """Each task as [id, parent's place, specification, state, data's place, extra…], parents before children."""
    ordered = subtree(workflow.task_tree)
    place = {task.id: index for index, task in enumerate(ordered)}
    rows = []
    for task in ordered:
        parent = place.get(task._parent, -1)
        data = pool.put(task.data) if not task._state & TaskState.PREDICTED_MASK else -1
        rows.append([task.id.hex, parent, task.task_spec.name, task._state, data, task.triggered, task.internal_data])
    order = sorted(range(len(ordered)), key=lambda index: ordered[index].last_state_change)
    for rank, index in enumerate(order):
        rows[index].append(rank)
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
    return orjson.dumps({"v": 1, "pool": pool.dump(), "parts": parts})


def load(model: Model, snapshot: bytes, engine: FirmScriptEngine) -> BpmnWorkflow:
    """A workflow rebuilt from its snapshot."""
    stored = orjson.loads(snapshot)
    pool = [orjson.dumps(each) for each in stored["pool"]]
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
    for task_id, parent, spec, state, data, triggered, internal, rank in part["tasks"]:
        task = Task(workflow, specs[spec], state=state, id=UUID(task_id))
        if parent >= 0:
            task._parent = tasks[parent].id
            tasks[parent]._children.append(task.id)
        task.data = orjson.loads(pool[data]) if data >= 0 else {}
        task.internal_data = internal
        task.triggered = triggered
        task.last_state_change = rank
        tasks.append(task)
        if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            waiting.add_task(task)
    workflow.task_tree = tasks[0]
    workflow.data = orjson.loads(pool[part["data"]])
    workflow.completed = part["done"]
