"""Gateways that join, decided by the tokens that have arrived; the end of a process is one of them.

SpiffWorkflow decides them by the whole history: a join that is entered again in a loop counts the arrivals of the last
round and fires too early, and of data that a branch changed the last branch to arrive wins with what it never touched.
Here a join uses up its tokens when it fires, and of the data each branch brings only what it changed since the fork.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

USED = "used"  # the mark of a token that its join has used up, in the task's internal data
ACTIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
TOKEN = TaskState.WAITING | TaskState.CANCELLED
PREDICTED = TaskState.FUTURE | TaskState.PREDICTED_MASK


def same(first: Any, second: Any) -> bool:
    """Whether two values are equal and of one type: True is not 1."""
    return first is second or (type(first) is type(second) and first == second)


def merge_changes(base: Mapping[str, Any], versions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The base with what each version changed; where two changed the same value the later one wins."""
    result = dict(base)
    for version in versions:
        for key in base.keys() - version.keys():
            result.pop(key, None)
        for key, value in version.items():
            old = base.get(key)
            if key in base and same(old, value):
                continue
            if isinstance(value, dict) and isinstance(result.get(key), dict):
                result[key] = merge_changes(old if isinstance(old, dict) else {}, [result[key], value])
            else:
                result[key] = value
    return result


def preorder(root: Task) -> list[Task]:
    """A task and all below it in the same workflow, parents before children."""
    found, front = [], [root]
    while front:
        task = front.pop()
        found.append(task)
        front.extend(reversed(task.children))
    return found


def ancestry(task: Task) -> list[Task]:
    """A task and its ancestors, from itself to the root."""
    path = []
    each: Task | None = task
    while each is not None:
        path.append(each)
        each = each.parent
    return path


def common_ancestor(tasks: Iterable[Task]) -> Task:
    """The lowest task that all given tasks are or descend from."""
    first, *rest = tasks
    path = ancestry(first)
    for task in rest:
        other = {each.id for each in ancestry(task)}
        path = [each for each in path if each.id in other]
    return path[0]


def is_token(task: Task) -> bool:
    """Whether a task is a token that has come to a join and is not used up.

    SpiffWorkflow lets only the last one wait and cancels the ones before; they still count.
    """
    return bool(
        task._state & TOKEN
        and isinstance(task.task_spec, Joining)
        and USED not in task.internal_data
        and task.parent is not None
        and task.parent._state == TaskState.COMPLETED
    )


def waiting_tokens(spec: Any, workflow: Any) -> list[Task]:
    """The tokens at a join in the order they came."""
    found = [task for task in workflow.tasks.values() if task.task_spec is spec and is_token(task)]
    return sorted(found, key=lambda task: task.last_state_change)


class Joining:
    """What the joins share: take in tokens, and go on with their data put together."""

    def may_fire(self, my_task: Task, others: list[Task]) -> bool:
        """Whether the join may go on with the token that has come and the others that wait."""
        raise NotImplementedError

    def _update_hook(self, my_task: Task) -> bool:
        others = [task for task in waiting_tokens(self, my_task.workflow) if task is not my_task]
        fires = self.may_fire(my_task, others)
        for task in others:
            if task._state == TaskState.WAITING:
                task.cancel()
        if not fires:
            my_task._set_state(TaskState.WAITING)
        return fires

    def join(self, my_task: Task) -> None:
        """Put the data of all tokens together and use the tokens up."""
        others = [task for task in waiting_tokens(self, my_task.workflow) if task is not my_task]
        ends = [task.parent for task in (*others, my_task)]
        my_task.data = merge_changes(common_ancestor(ends).data, [end.data for end in ends])
        for task in (*others, my_task):
            task.internal_data[USED] = True


class FirmParallelGateway(Joining, ParallelGateway):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """Fires when a token has come on every incoming flow; flows that only return from itself are counted apart."""

    returning: frozenset[str] = frozenset()

    def may_fire(self, my_task: Task, others: list[Task]) -> bool:
        arrived = {task.parent.task_spec.name for task in (*others, my_task)}
        if my_task.parent.task_spec.name in self.returning:
            return self.returning <= arrived
        return set(self._inputs) - self.returning <= arrived

    def _run_hook(self, my_task: Task) -> bool:
        self.join(my_task)
        return True


class FirmInclusiveGateway(Joining, InclusiveGateway):  # type: ignore[misc]
    """Fires when no token that is still on its way can come on a flow that is empty (BPMN 2.0.2, table 13.3)."""

    sources: Mapping[str, frozenset[str]] = {}

    def may_fire(self, my_task: Task, others: list[Task]) -> bool:
        arrived = {task.parent.task_spec.name for task in (*others, my_task)}
        empty = set(self._inputs) - arrived
        if not empty:
            return True
        active = {task.task_spec.name for task in my_task.workflow.tasks.values() if self.on_its_way(task)}
        for name in arrived:
            active -= self.sources[name]
        return not any(active & self.sources[name] for name in empty)

    def on_its_way(self, task: Task) -> bool:
        """Whether a token stands on a task; one that its predecessor is just handing on counts too."""
        if task.task_spec is self:
            return False
        if task._state == TaskState.FUTURE:
            return task.parent is not None and bool(task.parent._state == TaskState.COMPLETED)
        return bool(task._state & ACTIVE)

    def _run_hook(self, my_task: Task) -> bool:
        if USED not in my_task.internal_data:  # one that could not decide has joined already
            self.join(my_task)
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise WorkflowTaskException("No conditions satisfied on gateway", task=my_task)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=PREDICTED)
        return True


def find_reaching(spec: Any, name: str, without: str) -> frozenset[str]:
    """The nodes from which a node can be reached without passing another, itself included."""
    seen, front = {name}, [name]
    while front:
        for source in spec.task_specs[front.pop()]._inputs:
            if source not in seen and source != without:
                seen.add(source)
                front.append(source)
    return frozenset(seen)


def prepare_joins(spec: Any) -> None:
    """Work out once for a specification what its joins ask at every arrival."""
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, FirmParallelGateway | FirmInclusiveGateway):
            sources = {name: find_reaching(spec, name, task_spec.name) for name in task_spec._inputs}
            if isinstance(task_spec, FirmInclusiveGateway):
                task_spec.sources = sources
            else:
                task_spec.returning = frozenset(name for name in sources if spec.start.name not in sources[name])
