"""Takes a running process over to another version of its diagram: the same tokens and data on the new specification.

First everything that stands in the way is found; only when nothing does are the tokens moved. Finished steps that are
still kept, because branches parted there, stay where they were; events that are new at an open activity or scope begin
to wait at the moment of the move; those that were there before keep their moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff import runner
from engine.spiff.joins import ACTIVE, PREDICTED, FirmParallelGateway, find_reaching, is_token, preorder
from engine.spiff.parser import Model
from engine.spiff.runner import Run
from engine.spiff.scopes import FirmEventStart, waits
from engine.spiff.timers import PLAN

SPLIT = ".BoundaryEventSplit"


@dataclass(frozen=True)
class Obstacle:
    """Why a token cannot be moved; ``mappable`` when naming its new element would mend it."""

    process_key: str
    element_id: str
    name: str
    reason: str
    mappable: bool


class Mover:
    """One running process on its way to another model.

    ``mapping`` gives new element ids by old ones; an empty one lets go an event that waits beside something else.
    """

    def __init__(self, run: Run, model: Model, mapping: Mapping[str, str]) -> None:
        self.run = run
        self.model = model
        self.mapping = mapping
        self.added: list[tuple[Any, Any, list[str]]] = []  # (parent task of the scope, split or root, names of new events)

    # -- looking ------------------------------------------------------------------------------------------------------
    def scopes(self) -> Iterator[tuple[Any, Any]]:
        """Each workflow that runs, outermost first, with its new specification where there is one."""
        specs = {None: self.model.spec}
        yield self.run.workflow, self.model.spec
        for parent_id, sub in sorted(self.run.workflow.subprocesses.items(), key=lambda item: int(item[1].depth)):
            if sub.completed:
                continue
            outer = self.run.workflow.get_task_from_id(parent_id)
            around = specs.get(outer.workflow.parent_task_id)
            activity = around.task_specs.get(self.new_name(outer, around)) if around is not None else None
            specs[parent_id] = self.model.subprocesses.get(activity.spec) if isinstance(activity, SubWorkflowTask) else None
            if specs[parent_id] is not None:
                yield sub, specs[parent_id]

    def new_name(self, task: Task, spec: Any) -> str:
        """What a task's specification is called in the new version."""
        name, old = str(task.task_spec.name), task.workflow.spec
        if name == old.end.name:
            return str(spec.end.name)
        for before, after in self.mapping.items():
            if name == before or name.startswith((f"{before}.", f"{before} [")):
                return after + name[len(before) :] if after else ""
        return name

    def obstacles(self) -> list[Obstacle]:
        """Everything that stands in the way."""
        found: dict[Obstacle, None] = {}
        for workflow, spec in self.scopes():
            over = any(interrupted(task) for task in workflow.tasks.values())
            tokens = [
                task
                for task in workflow.tasks.values()
                if task._state & ACTIVE or (is_token(task) and (not over or task.task_spec is workflow.spec.end))
            ]
            for task in tokens:
                reason = self.hindrance(task, spec)
                if reason:
                    found[self.obstacle(task, reason)] = None
            if not found and not over:
                found.update(dict.fromkeys(self.starving(workflow, spec, tokens)))
        return sorted(found, key=lambda each: (each.process_key, each.element_id))

    def obstacle(self, task: Task, reason: str) -> Obstacle:
        spec = task.task_spec
        element = self.run.element_id(spec) if spec.bpmn_id else spec.name
        return Obstacle(self.run.process_key(task.workflow), element, spec.bpmn_name or element, reason, mappable=True)

    def hindrance(self, task: Task, spec: Any) -> str:
        """Why one token has no place in the new version; empty when it has one."""
        if task.task_spec.bpmn_id is None and not is_token(task):
            return ""
        name = self.new_name(task, spec)
        if not name:
            return "" if self.may_go(task) else "only an event that waits can be let go"
        other = spec.task_specs.get(name)
        if other is None:
            return "the new version has no such element"
        return next((reason for differs, reason in self.differences(task, other, spec) if differs), "")

    def differences(self, task: Task, other: Any, spec: Any) -> Iterator[tuple[bool, str]]:
        """In what a token's new element may differ too much from the old one; each is asked only when those before agree."""
        yield type(other) is not type(task.task_spec), "it is another kind of element in the new version"
        mine, theirs = (getattr(each, "event_definition", None) for each in (task.task_spec, other))
        yield type(mine) is not type(theirs), "it waits for something else in the new version"
        if isinstance(other, SubWorkflowTask):
            yield other.spec not in self.model.subprocesses, "the process it calls is missing"
            called = task.task_spec.spec in self.run.model.processes
            yield called and other.spec != task.task_spec.spec, "it calls another process in the new version"
        if isinstance(other, BoundaryEvent):
            yield other.name not in self.events_of(task, spec), "it stands at another activity in the new version"

    def may_go(self, task: Task) -> bool:
        """Whether a token is an event that waits beside something else, which goes on without it."""
        return task._state == TaskState.WAITING and isinstance(task.task_spec, BoundaryEvent | FirmEventStart)

    def events_of(self, task: Task, spec: Any) -> list[str]:
        """The events that stand at the new place of the activity to which an event is attached."""
        main = next(each for each in task.parent.children if not isinstance(each.task_spec, BoundaryEvent))
        split = spec.task_specs.get(f"{self.new_name(main, spec)}{SPLIT}")
        return [] if split is None else list(split._outputs)

    def starving(self, workflow: Any, spec: Any, tokens: list[Task]) -> Iterator[Obstacle]:
        """Joins of the new version that would wait for ever for a branch on which no token is or can come."""
        places = {self.new_name(task, spec) for task in tokens if task._state & ACTIVE and not waits(task)}
        for join in spec.task_specs.values():
            if not isinstance(join, FirmParallelGateway) or len(join._inputs) < 2:
                continue
            wanted = set(join._inputs) - join.returning
            here = [task for task in tokens if is_token(task) and self.new_name(task, spec) == join.name]
            came = {self.new_name(task.parent, spec) for task in here}
            others = places - {join.name}
            near = {name: find_reaching(spec, name, join.name) for name in wanted}
            if not came and not any(others & reaching for reaching in near.values()):
                continue
            if came - set(join._inputs) or any(not others & near[name] for name in wanted - came):
                name, key = join.bpmn_name or join.bpmn_id, self.run.process_key(workflow)
                yield Obstacle(key, join.bpmn_id, name, "it would wait for ever for a branch that never began", mappable=False)

    # -- moving -------------------------------------------------------------------------------------------------------
    def move(self, now: datetime) -> Run:
        """The process on the new model; only when there are no obstacles."""
        scopes = list(self.scopes())
        for workflow, spec in scopes:
            self.move_scope(workflow, spec)
        for workflow, spec in scopes:
            workflow.spec = spec
            for task in preorder(workflow.task_tree):
                if task._state & ACTIVE:
                    task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
        added = [(workflow.parent_task_id, above.id, names) for workflow, above, names in self.added]
        moved = runner.resume(self.model, self.run.snapshot(), self.run.engine.services, now)
        for parent_id, above_id, names in added:
            sub = moved.workflow if parent_id is None else moved.workflow.subprocesses[parent_id]
            moved.guard(partial(begin_to_wait, sub.tasks[above_id], names))
        return moved

    def move_scope(self, workflow: Any, spec: Any) -> None:
        """Give every kept task of one workflow its new specification."""
        old = workflow.spec
        for task in preorder(workflow.task_tree):
            if task._state & PREDICTED and task.id in workflow.tasks:
                workflow._remove_task(task.id)
        names = {task.id: self.new_name(task, spec) for task in workflow.tasks.values()}
        for task in preorder(workflow.task_tree):
            before, name = task.task_spec, names[task.id]
            if not name and self.may_go(task):
                self.let_go(task)
                continue
            other = spec.task_specs.get(name, spec.start)  # a step that is over may be gone: it is only kept for its data
            rename_plans(task, before, other)
            task.task_spec = other
            if task._state & ACTIVE and f"{name}{SPLIT}" in spec.task_specs and not is_instance(task):
                self.surround(task, spec.task_specs[f"{name}{SPLIT}"], old.task_specs.get(f"{before.name}{SPLIT}"))
        self.add_starts(workflow, old, spec)

    def let_go(self, task: Task) -> None:
        task.workflow.top_workflow.event_manager.remove_task(task)
        task.workflow._remove_task(task.id)

    def surround(self, task: Task, split: Any, before: Any) -> None:
        """Put an open activity below the split of its boundary events, and remember which of them are new."""
        kept = {self.mapping.get(name, name) for name in before._outputs} if before is not None else set()
        if before is None:
            parent = task.parent
            above = Task(task.workflow, split, state=TaskState.COMPLETED)
            above._parent, above.data = parent.id, dict(parent.data)
            parent._children[parent._children.index(task.id)] = above.id
            above._children, task._parent = [task.id], above.id
        else:
            above = task.parent
        specs = task.task_spec._wf_spec.task_specs
        new = [name for name in split._outputs if name not in kept and isinstance(specs[name], BoundaryEvent)]
        if new:
            self.added.append((task.workflow, above, new))

    def add_starts(self, workflow: Any, old: Any, spec: Any) -> None:
        """Remember the event subprocesses that are new in a scope which none has interrupted."""
        if any(interrupted(task) for task in workflow.tasks.values()):
            return
        kept = {self.mapping.get(name, name) for name in old.start._outputs}
        new = [name for name in spec.start._outputs if name not in kept and isinstance(spec.task_specs[name], FirmEventStart)]
        if new:
            self.added.append((workflow, workflow.task_tree, new))


def interrupted(task: Task) -> bool:
    """Whether a task is the start of an event subprocess that has taken its scope over."""
    return isinstance(task.task_spec, FirmEventStart) and task.task_spec.interrupting and not waits(task)


def is_instance(task: Task) -> bool:
    """Whether a task is one of a loop's instances: the events stand at the loop."""
    return str(task.task_spec.name).endswith("[child]")


def rename_plans(task: Task, before: Any, after: Any) -> None:
    """Let a waiting timer keep its moment when only its name has changed."""
    mine, theirs = (getattr(each, "event_definition", None) for each in (before, after))
    kept = task.internal_data.pop(f"{PLAN}{getattr(mine, 'name', None)}", None)
    if kept is not None and theirs is not None and isinstance(after, CatchingEvent):
        task.internal_data[f"{PLAN}{theirs.name}"] = kept


def begin_to_wait(above: Task, names: list[str]) -> None:
    """Let events begin to wait below a split or a scope's start."""
    specs = above.workflow.spec.task_specs
    for name in names:
        task = above._add_child(specs[name], TaskState.WAITING)
        specs[name]._predict(task, mask=TaskState.NOT_FINISHED_MASK)
        specs[name]._update(task)
