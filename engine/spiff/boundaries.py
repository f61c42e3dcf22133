"""Events at the edge of an activity that do not interrupt it: they fire every time, not only the first."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


class FirmBoundaryEvent(BoundaryEvent):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """A boundary event that waits again after it fired, while its activity is open and it is no timer.

    SpiffWorkflow drops the second message or escalation in silence. A timer repeats only as a cycle.
    """

    def _run_hook(self, my_task: Task) -> Any:
        result = super()._run_hook(my_task)
        if not self.cancel_activity and not isinstance(self.event_definition, TimerEventDefinition) and self.is_open(my_task):
            again = my_task.parent._add_child(self, TaskState.WAITING)
            self._predict(again, mask=TaskState.NOT_FINISHED_MASK)
            self._update(again)
        return result

    def _on_complete_hook(self, my_task: Task) -> None:
        """Leave no join behind: the activity's own one closes the split, those of events that fired would pile up."""
        super()._on_complete_hook(my_task)
        if not self.cancel_activity:
            for child in my_task.children:
                if isinstance(child.task_spec, BoundaryEventJoin):
                    my_task.workflow._remove_task(child.id)

    def is_open(self, my_task: Task) -> bool:
        """Whether the activity it is attached to goes on."""
        return any(
            task._state & TaskState.NOT_FINISHED_MASK
            for task in my_task.parent.children
            if not isinstance(task.task_spec, BoundaryEvent)
        )
