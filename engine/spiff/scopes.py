"""Event subprocesses: their start events wait beside the path of a scope for as long as the scope is open.

SpiffWorkflow runs them as further subprocesses of the main process only, ignores whether they interrupt, and changes the
shared specification while it does. Here the start event is a task below the scope's own start, and what follows it is an
ordinary subprocess: an interrupting one ends every other token of the scope; one that does not interrupt works on a copy
of the scope's data, and when it ends every token of the scope sees what it changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import ScriptFailed
from engine.spiff.joins import ACTIVE, PREDICTED, USED, Joining, ancestry, common_ancestor, is_token, merge_changes, preorder
from engine.spiff.timers import MISSED, PLAN, CycleTimer

CAUGHT_UP = "caught_up"  # how many missed moments of a cycle were caught up with, in the task's internal data


class FirmEventStart(CatchingEvent, BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """The start event of an event subprocess, waiting in the scope that the subprocess belongs to."""

    waits_beside = True

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any, interrupting: bool, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, event_definition=event_definition, **kwargs)
        self.interrupting = interrupting

    def catches(self, my_task: Task, event: Any) -> bool:
        return bool(my_task._state == TaskState.WAITING and super().catches(my_task, event))

    def _predict_hook(self, my_task: Task) -> None:
        """Foresee nothing: an event that may never come must not hold the scope open."""

    def _update_hook(self, my_task: Task) -> bool:
        if not my_task.data:
            my_task._inherit_data()
        if self.fired(my_task):
            my_task.data = scope_data(my_task)
            return True
        if my_task._state != TaskState.WAITING:
            my_task._set_state(TaskState.WAITING)
        my_task.workflow.top_workflow.event_manager.add_task(my_task)
        return False

    def fired(self, my_task: Task) -> bool:
        definition = self.event_definition
        if isinstance(definition, CycleTimer) and definition.cycle_complete(my_task):
            my_task.internal_data["event_fired"] = True
        return bool(definition.has_fired(my_task))

    def _run_hook(self, my_task: Task) -> bool:
        if self.interrupting:
            interrupt(my_task)
        else:
            self.wait_again(my_task)
        super()._run_hook(my_task)
        my_task._sync_children(self.outputs, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
        return True

    def wait_again(self, my_task: Task) -> None:
        """Wait for the event once more; a timer only repeats as a cycle, and catches up with what it missed."""
        definition, internal = self.event_definition, {}
        if isinstance(definition, TimerEventDefinition):
            key = f"{PLAN}{definition.name}"
            kept = my_task.internal_data.get(key)
            if not isinstance(definition, CycleTimer) or kept is None or kept["left"] == 0:
                return
            count = my_task.internal_data.get(CAUGHT_UP, 0) + 1
            internal = {key: kept, CAUGHT_UP: count}
        again = my_task.parent._add_child(self, TaskState.FUTURE)
        again.internal_data.update(internal)
        if internal.get(CAUGHT_UP, 0) >= MISSED:
            definition.leave_out(again)
        self._update(again)
        if again._state == TaskState.WAITING:
            again.internal_data.pop(CAUGHT_UP, None)


class FirmEndJoin(Joining, _EndJoin):  # type: ignore[misc]
    """The end of a process: fires when nothing else is left to do in it; event starts that only wait do not count."""

    def _update_hook(self, my_task: Task) -> bool:
        start = beside(my_task)
        if start is None:
            return super()._update_hook(my_task)
        spread(start, my_task.parent.data)
        my_task.cancel()
        my_task.internal_data[USED] = True  # its changes have reached every token: there is nothing to join
        return False

    def may_fire(self, my_task: Task, others: list[Task]) -> bool:
        after = {self.name, *self._outputs}
        return not any(
            task._state & TaskState.NOT_FINISHED_MASK and task.task_spec.name not in after and not waits(task)
            for task in my_task.workflow.tasks.values()
        )

    def _run_hook(self, my_task: Task) -> bool:
        self.join(my_task)
        close(my_task.workflow)
        my_task.workflow.data.update(my_task.data)
        return True


def beside(task: Task) -> Task | None:
    """The event start, of one that does not interrupt, that a task comes from; None on the scope's own path."""
    for each in ancestry(task):
        if isinstance(each.task_spec, FirmEventStart) and not each.task_spec.interrupting:
            return each
    return None


def scope_data(my_task: Task) -> dict[str, Any]:
    """The data of the scope's tokens put together, as a join would; before there are any, what the scope began with."""
    found = [
        task.parent if is_token(task) else task
        for task in my_task.workflow.tasks.values()
        if (task._state & ACTIVE or is_token(task)) and task is not my_task and not waits(task) and beside(task) is None
    ]
    if not found:
        return dict(my_task.data or my_task.parent.data)
    found.sort(key=lambda task: task.last_state_change)
    return merge_changes(common_ancestor(found).data, [task.data for task in found])


def waits(task: Task) -> bool:
    """Whether a task is an event start that has not fired."""
    return isinstance(task.task_spec, FirmEventStart) and bool(task._state & (PREDICTED | TaskState.WAITING))


def interrupt(my_task: Task) -> None:
    """End everything else in the scope, the innermost first: nested processes end with the activity they run in."""
    kept = {each.id for each in ancestry(my_task)}
    for mask in (ACTIVE, TaskState.NOT_FINISHED_MASK):
        for task in reversed(preorder(my_task.workflow.task_tree)):
            if task._state & mask and task.id not in kept and task.id in my_task.workflow.tasks:
                task.cancel()


def close(workflow: Any) -> None:
    """Let a scope's event starts wait no longer: it is over."""
    for task in list(workflow.tasks.values()):
        if waits(task):
            task._set_state(TaskState.CANCELLED)
            task.task_spec._on_cancel(task)


def spread(start: Task, data: dict[str, Any]) -> None:
    """Let every token of a scope, and of what runs inside it, see what an event subprocess beside it changed."""
    own = {task.id for task in preorder(start)}
    before = start.data
    for task in scope_tasks(start.workflow):
        if task.id in own or not task.data:
            continue
        after = merge_changes(before, [task.data, data])
        if after != task.data:
            task.data = after
            task.workflow.script_engine.touched.add(task.id.hex)


def scope_tasks(workflow: Any) -> Iterator[Task]:
    """The tasks of a workflow and of the processes that run inside its activities."""
    for task in list(workflow.tasks.values()):
        yield task
        if isinstance(task.task_spec, SubWorkflowTask) and task._state == TaskState.STARTED:
            sub = workflow.top_workflow.subprocesses.get(task.id)
            if sub is not None:
                yield from scope_tasks(sub)


def correlate(task: Any, expression: str) -> str | None:
    """A correlation's value; None while an event beside a scope cannot know it yet."""
    engine = task.workflow.script_engine
    if not getattr(task.task_spec, "waits_beside", False):
        return str(engine.evaluate(task, expression))
    try:
        value = engine.evaluate_over(scope_data(task), expression)
    except ScriptFailed:
        return None
    return None if value is None else str(value)
