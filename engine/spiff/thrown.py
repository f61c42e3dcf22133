"""Errors and escalations go to the innermost scope that catches them; signals leave the instance, as messages do.

SpiffWorkflow lets every waiting event of the instance catch an error, and keeps a signal inside the instance.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.spiff.specs.event_definitions import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    SignalEventDefinition,
)
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.context import SIGNAL
from engine.spiff.joins import ancestry


def find_catching(my_task: Task, event: BpmnEvent) -> list[Task]:
    """The waiting events of the innermost scope around a task that catch what it throws; none starts itself again."""
    workflow, own = my_task.workflow, ancestry(my_task)
    while True:
        begun = {task.task_spec.name for task in own if getattr(task.task_spec, "waits_beside", False)}
        beside = [task for task in workflow.tasks.values() if getattr(task.task_spec, "waits_beside", False)]
        if found := catching([task for task in beside if task.task_spec.name not in begun], event):
            return found
        if workflow.parent_workflow is None:
            return []
        outer = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        if found := catching(events_at(outer), event):
            return found
        workflow, own = outer.workflow, ancestry(outer)


def catching(tasks: list[Task], event: BpmnEvent) -> list[Task]:
    """Those of some tasks that wait for an event."""
    return [task for task in tasks if task._state == TaskState.WAITING and task.task_spec.catches(task, event)]


def events_at(activity: Task) -> list[Task]:
    """The boundary events of an activity, or of the loop it is an instance of."""
    above = activity.parent
    while above is not None and isinstance(above.task_spec, LoopTask):
        above = above.parent
    if above is None or not isinstance(above.task_spec, BoundaryEventSplit):
        return []
    return [child for child in above.children if isinstance(child.task_spec, BoundaryEvent)]


class Rising:
    """An event that rises from the scope where it is thrown until one catches it."""

    expression: str | None

    def throw(self, my_task: Task) -> None:
        engine = my_task.workflow.script_engine
        event = BpmnEvent(self, payload=engine.evaluate(my_task, self.expression) if self.expression else None)
        found = find_catching(my_task, event)
        for task in found:
            task.task_spec.catch(task, event)
            task.task_spec._update(task)
        if not found:
            my_task.workflow.top_workflow.bpmn_events.append(event)


class FirmError(Rising, ErrorEventDefinition):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """An error."""


class FirmEscalation(Rising, EscalationEventDefinition):  # type: ignore[misc]
    """An escalation; one that nothing catches is let go."""


class FirmSignal(SignalEventDefinition):  # type: ignore[misc]
    """A signal by name: thrown after the commit to every instance that waits for it, this one included."""

    def throw(self, my_task: Task) -> None:
        my_task.workflow.script_engine.services.send(f"{SIGNAL}{self.name}", "", {})

    def update_task_data(self, my_task: Task) -> None:
        """What came with the signal goes into the data."""
        my_task.data.update(my_task.internal_data.pop(self.name, None) or {})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FirmSignal) and self.name == other.name

    __hash__ = None  # type: ignore[assignment]  # like the class it extends


def incoming_signal(name: str, payload: dict[str, Any]) -> BpmnEvent:
    """An event that delivers a signal to the tasks waiting for it."""
    return BpmnEvent(FirmSignal(name), payload=payload)


def ours_thrown(definition: Any) -> Any:
    """Our error, escalation or signal for one of SpiffWorkflow's."""
    if isinstance(definition, SignalEventDefinition) and not isinstance(definition, FirmSignal):
        return FirmSignal(definition.name, description=definition.description)
    for theirs, mine in ((ErrorEventDefinition, FirmError), (EscalationEventDefinition, FirmEscalation)):
        if isinstance(definition, theirs) and not isinstance(definition, Rising):
            return mine(
                definition.name,
                expression=definition.expression,
                variable=definition.variable,
                code=definition.code,
                description=definition.description,
            )
    return definition
