"""Cuts finished history out of a running process, so that its cost does not grow with the number of steps done.

SpiffWorkflow keeps every task it ever ran in one tree and looks only 1,000 levels deep. What the open tasks can still
ask for is little: their parents, the events around an activity that is still open, tokens that wait at a join, and the
points where open branches parted. Everything else is taken out of the tree; its place in the story is the history table.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, EventSplit, StartEventJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.joins import common_ancestor, is_token, merge_changes, preorder, waiting_tokens
from engine.spiff.scopes import FirmEndJoin

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
UNFINISHED = TaskState.NOT_FINISHED_MASK


def cut_history(workflow: Any) -> None:
    """Take finished history out of a process and its running subprocesses."""
    for parent_id, sub in list(workflow.subprocesses.items()):
        if sub.completed:
            del workflow.subprocesses[parent_id]
    for each in (workflow, *workflow.subprocesses.values()):
        cut(each)


def cut(workflow: Any) -> None:
    """Keep what open tasks need of one workflow's tree, and join up the ends."""
    if workflow.completed or not any(task._state & LIVE for task in workflow.tasks.values()):
        return
    fold_ends(workflow)
    ordered = preorder(workflow.task_tree)
    kept = with_branchings(ordered, needed(workflow))
    if len(kept) == len(workflow.tasks):
        return
    above: dict[UUID | None, Task] = {}  # each task's nearest kept task, itself included
    for task in ordered:
        parent = above.get(task._parent)
        if task.id not in kept:
            above[task.id] = parent
            continue
        above[task.id] = task
        task._children = []
        if parent is not None:
            task._parent = parent.id
            parent._children.append(task.id)
    workflow.tasks = {task.id: task for task in ordered if task.id in kept}
    root = workflow.task_tree
    if len(root._children) == 1 and not (root._state | root.children[0]._state) & UNFINISHED:
        root.data = {}  # nobody inherits from it, no branches parted there
    if workflow.last_task is not None and workflow.last_task.id not in kept:
        workflow.last_task = None


def needed(workflow: Any) -> set[UUID]:
    """The tasks that something open can still ask for."""
    found = {workflow.task_tree.id}
    for task in workflow.tasks.values():
        spec = task.task_spec
        if task._state & UNFINISHED:
            found.add(task.id)
            if isinstance(spec, BoundaryEventJoin | StartEventJoin):
                found |= split_of(task)
        elif is_token(task):
            found.add(task.id)
        else:
            continue
        if task._parent is not None:
            found.add(task._parent)
    return found


def split_of(join: Task) -> set[UUID]:
    """The split above a join that is still open, with the activity and the events that the join looks at."""
    each = join.parent
    while each is not None and each.task_spec.name != join.task_spec.split_task:
        each = each.parent
    if each is None:
        return set()
    started = {*each.task_spec._outputs}
    return {each.id} | {child.id for child in each.children if child.task_spec.name in started and not is_over(child)}


def is_over(task: Task) -> bool:
    """Whether an event beside an activity has fired without interrupting it: it has no more say."""
    return bool(task._state & TaskState.FINISHED_MASK and not getattr(task.task_spec, "cancel_activity", True))


def with_branchings(ordered: list[Task], wanted: set[UUID]) -> set[UUID]:
    """The wanted tasks, and every task below which two of them stand in different branches: joins ask for its data.

    What lies below an open split stays below the event it came from, because the split's join looks at its children.
    """
    kept = set(wanted)
    leads: set[UUID] = set()
    splits = {task.id for task in ordered if task.id in wanted and isinstance(task.task_spec, EventSplit)}
    for task in reversed(ordered):
        branches = sum(child in leads for child in task._children)
        if branches or task.id in wanted:
            leads.add(task.id)
        if branches > 1 or (branches and task._parent in splits):
            kept.add(task.id)
    return kept


def fold_ends(workflow: Any) -> None:
    """Put branches that have ended into one, so that a reminder sent a hundred times leaves one trace."""
    spec = workflow.spec.end
    if not isinstance(spec, FirmEndJoin):
        return
    ended = [
        task for task in waiting_tokens(spec, workflow) if task._state == TaskState.CANCELLED and len(task.parent._children) == 1
    ]
    if len(ended) < 2:
        return
    live = [task for task in workflow.tasks.values() if task._state & LIVE]
    base = common_ancestor([*live, *ended]).data
    *earlier, last = ended
    last.parent.data = merge_changes(base, [task.parent.data for task in ended])
    for task in earlier:
        task.parent._children.remove(task.id)
        del workflow.tasks[task.id]
