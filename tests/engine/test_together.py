"""Several at once: people at one task, workers at one database."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import select

from engine import (
    ClaimTask,
    CompleteTask,
    DeployProcess,
    MigrateInstance,
    RunOperation,
    StartInstance,
    open_engine,
    perform_effects,
    sweep,
)
from engine.errors import JuanzongError, TaskAlreadyDone, TaskClaimed
from engine.tables import Effect, History, Task, Timer
from tests.engine.diagrams import diagram, properties, timer
from tests.engine.house import LANES, review
from tests.people import DESIGNER, DESK, LI, WANG

TRIES = 100
START, END = ("startEvent", "", ""), ("endEvent", "", "")


def at_once(*actions):
    """Do things in threads that start at the same moment; what each returned or raised."""
    barrier = threading.Barrier(len(actions))
    results = [None] * len(actions)

    def do(index, action):
        barrier.wait()
        try:
            results[index] = action()
        except JuanzongError as error:
            results[index] = error

    threads = [threading.Thread(target=do, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def compete(house, make, *, rounds=TRIES):
    """Let two people do the same to a fresh task, again and again: (winner, what the other heard, the task) each time."""
    house.run(DeployProcess((review(),)), DESIGNER)
    for _ in range(rounds):
        task_id = house.task(house.run(StartInstance("review"), DESK), "Draft").id
        outcome = at_once(*(partial(house.run, make(task_id, who), who) for who in (LI, WANG)))
        lost = [index for index, each in enumerate(outcome) if isinstance(each, JuanzongError)]
        assert len(lost) == 1, outcome
        yield (LI, WANG)[1 - lost[0]], outcome[lost[0]], task_id


def test_of_two_people_who_complete_a_task_exactly_one_wins_each_time(house):
    for winner, heard, task_id in compete(house, lambda task_id, who: CompleteTask(task_id, {"text": who.name})):
        assert isinstance(heard, TaskAlreadyDone)
        assert heard.fields == {"who": winner.name, "when": house.clock.now()}
        (row,) = house.rows(select(Task).where(Task.id == task_id))
        assert (row.state, row.completed_by, row.submitted) == ("completed", winner.id, {"text": winner.name})
    assert house.rows(select(History.element_id)).count("Draft") == TRIES, "the process moved once for each task"


def test_of_two_people_who_claim_a_task_exactly_one_gets_it(house):
    for winner, heard, _ in compete(house, lambda task_id, who: ClaimTask(task_id), rounds=30):
        assert isinstance(heard, TaskClaimed)
        assert heard.fields["who"] == winner.name


@pytest.fixture
def workers(house, database_url):
    """Two more engines on the house's database, as in two processes."""
    engines = [open_engine(database_url, clock=house.clock, registry=house.world.registry(), lane_roles=LANES) for _ in range(2)]
    yield engines
    for engine in engines:
        engine.close()


def test_two_workers_perform_each_effect_once(house, workers):
    for _ in range(40):
        house.run(RunOperation("mails.emit"), DESK)
    moved = at_once(*(lambda engine=engine: [perform_effects(engine, 5) for _ in range(8)] for engine in workers))
    assert sum(map(sum, moved)) + perform_effects(house.engine) == 40
    assert Counter(Counter(mail["key"] for mail in house.world.sent).values()) == {1: 40}
    assert {effect.state for effect in house.rows(select(Effect))} == {"delivered"}


def test_two_workers_fire_each_timer_once(house, workers):
    bundle = diagram(
        "reminded",
        {
            "Begin": ("startEvent", "", ""),
            "T": ("userTask", "", properties(role="desk")),
            "Late": ("boundaryEvent", 'attachedToRef="T" cancelActivity="false"', timer("P3D")),
            "Remind": ("userTask", "", properties(role="desk")),
            "Reminded": ("endEvent", "", ""),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> T", "T -> Done", "Late -> Remind", "Remind -> Reminded"],
    )
    instances = [house.start(bundle), *(house.start("reminded") for _ in range(19))]
    house.clock.advance(timedelta(days=4))
    at_once(*(lambda engine=engine: sweep(engine) for engine in (*workers, *workers)))
    sweep(house.engine)
    assert house.count(Timer) == 0
    assert [house.open(instance_id) for instance_id in instances] == [["Remind", "T"]] * 20


@pytest.mark.parametrize("turn", range(6))
def test_a_completion_and_a_migration_at_once_lose_neither(house, turn):
    def drawn(*path):
        nodes = {"Begin": START, **dict.fromkeys(path, ("userTask", "", properties(role="desk", variables="*"))), "Done": END}
        return diagram("moving", nodes, [f"{a} -> {b}" for a, b in pairwise(nodes)])

    instance_id = house.start(drawn("Draft", "Send"))
    (newest,) = house.run(DeployProcess((drawn("Draft", "Approve", "Send"),)), DESIGNER)
    task_id = house.task(instance_id, "Draft").id
    actions = [
        partial(house.run, CompleteTask(task_id, {"n": 1}), DESK),
        partial(house.run, MigrateInstance(instance_id, newest.definition_id), DESIGNER),
    ]
    results = at_once(*actions[:: -1 if turn % 2 else 1])
    assert not [each for each in results if isinstance(each, Exception)]
    row = house.instance(instance_id)
    assert row.definition_id == newest.definition_id
    assert house.open(instance_id) in (["Approve"], ["Send"])  # whichever came first
    assert house.task(instance_id, house.open(instance_id)[0]).data == {"n": 1}
