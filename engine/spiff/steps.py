"""Runs every step that needs nobody, as SpiffWorkflow's ``do_engine_steps`` does, and cuts history on the way.

SpiffWorkflow's own walks the whole tree for each step and overlooks what stands deeper than 1,000 levels, so a long
chain of steps would grow ever slower and then stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.history import cut
from engine.spiff.scopes import FirmEventStart

CUT_EVERY = 50  # steps of one workflow

Note = Callable[[Task], None]


def take_steps(workflow: BpmnWorkflow, enter: Note, passed: Note) -> None:
    """Run what is ready, subprocesses first, until only people and events are waited for."""
    moved = True
    while moved:
        active = workflow.get_active_subprocesses()
        for sub in sorted(active, key=lambda each: int(each.depth), reverse=True):
            run_ready(sub, enter, passed)
            parent = workflow.get_task_from_id(sub.parent_task_id)
            parent.task_spec._update(parent)
        moved = run_once(workflow, enter, passed) > 0 or len(workflow.get_active_subprocesses()) > len(active)
        if len(workflow.tasks) > CUT_EVERY:
            cut(workflow)
    workflow.refresh_timers()


def run_ready(workflow: Any, enter: Note, passed: Note) -> None:
    """Run one workflow's steps until none is ready."""
    count = 0
    while moved := run_once(workflow, enter, passed):
        count += moved
        if count > CUT_EVERY:
            cut(workflow)
            count = 0


def run_once(workflow: Any, enter: Note, passed: Note) -> int:
    """Run the steps that are ready now; how many they were."""
    count = 0
    ready = [each for each in workflow.get_tasks(state=TaskState.READY) if not each.task_spec.manual]
    ready.sort(key=lambda task: not isinstance(task.task_spec, FirmEventStart))  # one may interrupt the others
    for task in ready:
        if task._state == TaskState.READY:  # a terminate end among them may have cancelled the rest
            enter(task)
            task.run()
            passed(task)
            count += 1
    return count
