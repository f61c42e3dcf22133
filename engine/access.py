"""Who may see, claim and complete a task, and who may repair; the commands ask here, so no page can pass round it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import select, update

from engine.context import Actor, Context
from engine.errors import FourEyes, NotAllowed, TaskAlreadyDone, TaskClaimed, TaskGone
from engine.store import DID, TASKS

# What a role may do beyond its own tasks; open_engine(powers=…) replaces it.
POWERS: Mapping[str, frozenset[str]] = {
    "deploy": frozenset({"designer", "admin"}),
    "assign": frozenset({"admin", "director"}),
    "repair": frozenset({"admin", "director"}),
    "cancel": frozenset({"admin", "director"}),
    "migrate": frozenset({"designer", "admin"}),
}


def identities(actor: Actor) -> frozenset[str]:
    """The people an actor stands for: themselves, and whom they act for."""
    return frozenset({actor.id, actor.on_behalf_of or actor.id})


def has_power(context: Context, power: str) -> bool:
    """Whether the actor may do something beyond their own tasks; the system may."""
    if context.actor.kind == "system":
        return True
    return context.actor.kind == "person" and bool(context.actor.roles & context.powers.get(power, frozenset()))


def check_power(context: Context, power: str) -> None:
    """Raise ``NotAllowed`` unless the actor has a power."""
    if not has_power(context, power):
        raise NotAllowed(reason="your roles do not include this")


def check_person(context: Context) -> None:
    """Raise ``NotAllowed`` for somebody outside: a link opens one task and nothing else."""
    if context.actor.kind == "link":
        raise NotAllowed(reason="a link opens one task only")


def is_for_link(task: Any, actor: Actor) -> bool:
    """Whether a link actor holds the link to exactly this task."""
    return actor.kind == "link" and f"task:{task.instance_id}:{task.element_id}" in actor.roles


def may_see(task: Any, actor: Actor) -> bool:
    """Whether a task may stand in somebody's inbox; ``task`` is a row of the tasks table."""
    if actor.kind == "system":
        return True
    if actor.kind == "link":
        return is_for_link(task, actor)
    people = identities(actor)
    if not people.isdisjoint(task.excluded):
        return False
    return task.assignee in people or (task.assignee is None and task.role in actor.roles)


def is_barred(task: Any, actor: Actor) -> bool:
    """Whether four-eyes or an exclusion keeps somebody from a task, as far as was known when it was written down."""
    return any(f"|{person}|" in task.barred for person in identities(actor))


def check_open(task: Any) -> None:
    """Raise ``TaskAlreadyDone`` or ``TaskGone`` unless a task is open."""
    if task.state == "completed":
        raise TaskAlreadyDone(who=task.completed_by_name, when=task.completed_at)
    if task.state != "open":
        raise TaskGone()


def check_claimed(task: Any, actor: Actor) -> None:
    """Raise ``TaskClaimed`` when somebody else holds a task."""
    if task.assignee is not None and task.assignee not in identities(actor) and not is_for_link(task, actor):
        raise TaskClaimed(who=task.assignee_name or task.assignee, when=task.claimed_at or task.created_at)


def check_may_act(context: Context, task: Any) -> None:
    """Raise unless the actor may claim or complete a task."""
    actor = context.actor
    check_open(task)
    if actor.kind == "system":
        return
    if not identities(actor).isdisjoint(task.excluded):
        raise NotAllowed(reason="you work on this matter yourself")
    in_reach = task.role in actor.roles or task.assignee in identities(actor) or is_for_link(task, actor)
    if not in_reach:
        raise NotAllowed(reason="this task is for somebody else")
    check_claimed(task, actor)
    check_four_eyes(context, task, identities(actor))


def exclude(
    context: Context, concerns: Callable[[Mapping[str, Any]], bool], *, people: Collection[str], kept: Collection[str]
) -> None:
    """Close the open tasks that something concerns to some people; those who are not ``kept`` away any more come back.

    Whoever is kept away also loses such a task.
    """
    query = select(TASKS.c.id, TASKS.c.data, TASKS.c.excluded, TASKS.c.barred, TASKS.c.assignee).where(TASKS.c.state == "open")
    for row in context.connection.execute(query).all():
        if not concerns(row.data or {}):
            continue
        out = [person for person in people if person in kept]
        back = [person for person in people if person not in kept]
        excluded = [*(each for each in row.excluded if each not in people), *out]
        barred = [each for each in row.barred.split("|") if each and each not in back and each not in out]
        values: dict[str, Any] = {"excluded": excluded, "barred": "|" + "".join(f"{each}|" for each in [*barred, *out])}
        if row.assignee in out:
            values |= {"assignee": None, "assignee_name": None, "claimed_at": None}
        context.connection.execute(update(TASKS).where(TASKS.c.id == row.id).values(**values))


def hand_on(context: Context, person_id: str) -> int:
    """Give the open tasks that wait for somebody by name to who stands in for them; returns how many went."""
    query = select(TASKS.c.id, TASKS.c.data, TASKS.c.barred, TASKS.c.element_id).where(
        TASKS.c.state == "open", TASKS.c.assignee == person_id
    )
    moved = 0
    for row in context.connection.execute(query).all():
        found = context.registry.find_stand_in(context, row.data or {}, person_id)
        if found == person_id:
            continue
        found = None if f"|{found}|" in row.barred else found
        values = {"assignee": found, "assignee_name": context.name_of(found), "claimed_at": None}
        context.connection.execute(update(TASKS).where(TASKS.c.id == row.id).values(**values))
        context.audit("task_handed_on", f"task:{row.id}", was=person_id, to=found, element=row.element_id)
        moved += 1
    return moved


def four_eyes_elements(properties: Mapping[str, str]) -> list[str]:
    """The steps whose doers may not do this one."""
    return [part.strip() for part in properties.get("not_same_as", "").split(",") if part.strip()]


def check_four_eyes(context: Context, task: Any, people: frozenset[str]) -> None:
    """Raise ``FourEyes`` when one of some people did a step that a second person must check."""
    elements = four_eyes_elements(task.properties)
    if not elements:
        return
    given = {"row_id": task.instance_id, "elements": elements, "people": sorted(people)}
    done = context.connection.execute(DID, given).first()
    if done is not None:
        raise FourEyes(who=done.actor_name, task=done.name)
