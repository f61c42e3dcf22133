"""Activities that run once for each item or again and again, with the data of their instances put together safely.

SpiffWorkflow merges each instance's whole data into its parent: the item's variable stays behind (and stops the next
instance), stale copies win over changes, and an output list that is filled already refuses a second round. Here an
instance brings only what it changed, its item stays its own, and each round fills a new output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from SpiffWorkflow.spiff.specs.defaults import ParallelMultiInstanceTask, SequentialMultiInstanceTask, StandardLoopTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import ScriptFailed
from engine.spiff.joins import merge_changes


class Collecting:
    """How an instance's data come into the activity's."""

    data_input: Any
    data_output: Any
    input_item: Any
    output_item: Any

    def _update_hook(self, my_task: Task) -> Any:
        # Behind a boundary event the activity was only foreseen as possible; now it is reached, and instances need that.
        if my_task.has_state(TaskState.PREDICTED_MASK):
            my_task._set_state(TaskState.FUTURE)
        return super()._update_hook(my_task)  # type: ignore[misc]  # the mixin stands before SpiffWorkflow's class

    def check_input(self, my_task: Task) -> None:
        """Raise ``ScriptFailed`` with the task when there is no list to repeat for: SpiffWorkflow only says None."""
        if self.data_input is None:
            return
        given = self.data_input.get(my_task)
        if not isinstance(given, Iterable) or isinstance(given, str):
            error = ScriptFailed(expression=self.data_input.bpmn_id, reason="this is no list to repeat the step for")
            error.task = my_task  # type: ignore[attr-defined]  # the runner names the step by it
            raise error

    def take(self, my_task: Task, child: Task) -> None:
        """The output item into the output, or else all changes but the item itself."""
        if self.data_output is not None and self.output_item is not None:
            self.collect(my_task, child)
        else:
            own = {item.bpmn_id for item in (self.input_item, self.output_item) if item is not None}
            brought = {key: value for key, value in child.data.items() if key not in own}
            my_task.data = merge_changes(my_task.parent.data, [my_task.data, brought])
        my_task.internal_data["merged"].append(str(child.id))

    def collect(self, my_task: Task, child: Task) -> None:
        if not self.output_item.exists(child):
            self.raise_data_exception("Expected an output item", child)  # type: ignore[attr-defined]  # SpiffWorkflow's
        item, key = self.output_item.get(child), child.internal_data.get("key_or_index")
        output = self.data_output.get(my_task)
        if key is not None and (isinstance(output, Mapping) or self.in_place):
            output = dict(output) if isinstance(output, Mapping) else list(output)
            output[key] = item
        else:
            output = [*output, item]
        self.data_output.set(my_task, output)

    @property
    def in_place(self) -> bool:
        return self.data_input is not None and bool(self.data_input.bpmn_id == self.data_output.bpmn_id)

    def init_data_output_with_input_data(self, my_task: Task, input_data: Any) -> None:
        if not self.in_place:
            self.data_output.set(my_task, {} if isinstance(input_data, Mapping) else [])

    def init_data_output_with_cardinality(self, my_task: Task) -> None:
        self.data_output.set(my_task, [])


class FirmParallelLoop(Collecting, ParallelMultiInstanceTask):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """All items at once."""

    def create_children(self, my_task: Task) -> None:
        self.check_input(my_task)
        super().create_children(my_task)

    def merge_child(self, workflow: Any, child: Task) -> None:
        my_task = child.parent
        self.take(my_task, child)
        if self.check_completion_condition(my_task):
            for each in self._instances(my_task):
                each.cancel()
            my_task._set_state(TaskState.READY)
        elif self.children_complete(my_task):
            my_task._set_state(TaskState.READY)


class FirmSequentialLoop(Collecting, SequentialMultiInstanceTask):  # type: ignore[misc]
    """One item after the other."""

    def init_remaining_items(self, my_task: Task) -> Any:
        self.check_input(my_task)
        return super().init_remaining_items(my_task)

    def merge_child(self, workflow: Any, child: Task) -> None:
        my_task = child.parent
        self.take(my_task, child)
        if self.children_complete(my_task) or self.check_completion_condition(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.add_next_child(my_task)


class FirmStandardLoop(StandardLoopTask):  # type: ignore[misc]
    """Again while the condition holds."""

    def merge_child(self, workflow: Any, child: Task) -> None:
        my_task = child.parent
        my_task.data = {**my_task.data, **child.data}
        my_task.internal_data["merged"].append(str(child.id))
        if self.loop_complete(my_task):
            my_task._set_state(TaskState.READY)
        else:
            self.create_child(my_task)
