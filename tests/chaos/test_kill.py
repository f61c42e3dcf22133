"""The process is killed between any two statements: the database is as before or as after, never between."""

from __future__ import annotations

import os
import signal
import traceback
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event, select

from engine import CompleteTask, StartInstance
from engine.audit import verify
from engine.db import Base
from engine.tables import Effect, History, Message, Subscription, Timer
from tests.engine.diagrams import catches, diagram, message, operator, properties, timer
from tests.engine.house import TEXT, form, with_forms
from tests.people import DESK, LI

START, END = ("startEvent", "", ""), ("endEvent", "", "")
DONE, KILLED = 0, -signal.SIGKILL


def busy():
    """A completion that writes a record, runs a service, sends a message, owes an effect, sets timers and waits."""
    bundle = diagram(
        "busy",
        {
            "Begin": START,
            "First": ("userTask", "", properties(role="lawyer", form="busy/first", complete="draft.complete", due="2 WD")),
            "Late": ("boundaryEvent", 'attachedToRef="First" cancelActivity="false"', timer("P3D")),
            "Reminded": END,
            "Add": ("serviceTask", "", operator("notes.add", text='"added"')),
            "Tell": ("intermediateThrowEvent", "", catches("told")),
            "Fork": ("parallelGateway", "", ""),
            "Send": ("serviceTask", "", operator("mail.send")),
            "Second": ("userTask", "", properties(role="partner", not_same_as="First")),
            "Later": ("boundaryEvent", 'attachedToRef="Second" cancelActivity="true"', timer("P9D")),
            "Wait": ("intermediateCatchEvent", "", catches("answered")),
            "Join": ("parallelGateway", "", ""),
            "Lapsed": END,
            "Done": END,
        },
        [
            "Begin -> First", "First -> Add", "Late -> Reminded", "Add -> Tell", "Tell -> Fork", "Fork -> Send",
            "Fork -> Second", "Fork -> Wait", "Send -> Join", "Second -> Join", "Wait -> Join", "Join -> Done",
            "Later -> Lapsed",
        ],
        messages=message("told") + message("answered"),
    )  # fmt: skip
    return with_forms(bundle, busy__first=form(TEXT))


def contents(house):
    """Every row of every table."""
    with house.session() as session:
        return {name: sorted(map(repr, session.execute(select(table)))) for name, table in Base.metadata.tables.items()}


def kill_at(house, statement, action):
    """Do something in a child that is killed when it comes to its n-th statement, a commit being one; how it ended.

    Statement ``n`` is never begun, so the child dies between statements ``n - 1`` and ``n``.
    """
    house.engine.close()  # no connection may live in two processes
    child = os.fork()
    if child == 0:
        steps = count(1)

        def step(*_):
            if next(steps) == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            event.listen(house.engine.database, "before_cursor_execute", step)
            event.listen(house.engine.database, "commit", step)
            action()
            os._exit(DONE)
        except BaseException:  # noqa: BLE001 - the child must never return into pytest
            traceback.print_exc()
            os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def whole(house):
    """Whether the audit chain is unbroken."""
    with house.session() as session:
        return verify(session).broken_at is None


def after_first(house, instance_id):
    """Everything that the completion of the first task leaves, and whether all of it is there."""
    return (
        house.task(instance_id, "First").state,
        house.open(instance_id),
        house.notes(),
        house.rows(select(Timer.element_id)),
        house.rows(select(Subscription.name)),
        house.rows(select(Effect.effect)),
        house.rows(select(Message.name)),
        sorted(house.rows(select(History.element_id))),
    )


AFTER = (
    "completed", ["Second"], ["added", "typed"], ["Later"], ["answered"], ["mail.send"], ["told"],
    ["Add", "Begin", "First", "Fork", "Tell"],
)  # fmt: skip


def test_a_completion_is_done_whole_or_not_at_all(house):
    house.deploy(busy())
    instance_id = house.run(StartInstance("busy"), DESK)
    command = CompleteTask(house.task(instance_id, "First").id, {"text": "typed"})
    house.engine.deliver = lambda: None  # what is delivered after the commit is another transaction
    before = contents(house)
    for statement in count(1):
        ended = kill_at(house, statement, lambda: house.run(command, LI))
        if ended == DONE:
            break
        assert ended == KILLED
        assert contents(house) == before, f"killed at statement {statement}"
    assert statement > 20, "the completion has that many statements"
    assert after_first(house, instance_id) == AFTER
    assert whole(house)


def test_a_start_is_done_whole_or_not_at_all(house):
    house.deploy(busy())
    before = contents(house)
    for statement in count(1):
        ended = kill_at(house, statement, lambda: house.run(StartInstance("busy"), DESK))
        if ended == DONE:
            break
        assert (ended, contents(house)) == (KILLED, before), f"killed at statement {statement}"
    assert len(house.rows(select(Timer.element_id))) == 1


@pytest.fixture
def owing(house):
    """Makes an instance that owes an effect, a message and soon a timer; its id."""
    house.deploy(busy())
    deliver, house.engine.deliver = house.engine.deliver, lambda: None

    def make():
        instance_id = house.run(StartInstance("busy"), DESK)
        house.run(CompleteTask(house.task(instance_id, "First").id, {"text": "typed"}), LI)
        return instance_id

    yield make
    house.engine.deliver = deliver


def test_a_killed_sweep_is_made_up_for_by_the_next(house, owing):
    for statement in count(1):
        instance_id = owing()
        known, notes = set(house.world.reached()), house.notes()
        ended = kill_at(house, statement, house.sweep)
        assert ended in (DONE, KILLED)
        house.clock.advance(timedelta(minutes=11))  # the dead worker's lease ends
        house.sweep()
        keys = [key for key in house.world.reached() if key not in known]
        assert len(set(keys)) == 1, "performed at least once, always with the same key"
        assert house.notes() == sorted([*notes, f"mail {keys[0]}"]), "its result is stored once"
        assert house.rows(select(Effect.state).where(Effect.instance_id == instance_id)) == ["delivered"]
        assert house.open(instance_id) == ["Second"]
        assert house.incidents() == []
        if ended == DONE:
            break
    assert statement > 10
    assert whole(house)


def test_a_worker_that_dies_while_it_performs_is_followed_by_another(house, owing):
    instance_id = owing()
    perform = house.world.perform

    def die(payload, tools):
        perform(payload, tools)
        os.kill(os.getpid(), signal.SIGKILL)

    house.world.perform = die
    house.engine.registry = house.world.registry()
    assert kill_at(house, 0, house.sweep) == KILLED
    house.world.perform = perform
    house.engine.registry = house.world.registry()
    assert house.sweep() == 0, "the effect is leased to the dead worker"
    house.clock.advance(timedelta(minutes=11))
    assert house.sweep() == 1
    first, second = house.world.reached()
    assert first == second
    assert house.rows(select(Effect.state).where(Effect.instance_id == instance_id)) == ["delivered"]


def test_a_timer_fires_once_however_often_its_sweep_dies(house):
    house.deploy(busy())
    instance_id = house.run(StartInstance("busy"), DESK)
    house.clock.advance(timedelta(days=4))
    for statement in count(1):
        if kill_at(house, statement, house.sweep) == DONE:
            break
        assert house.rows(select(History.element_id)).count("Late") <= 1
    assert house.rows(select(History.element_id)).count("Late") == 1
    assert (house.open(instance_id), house.count(Timer)) == (["First"], 0)
    assert whole(house)
