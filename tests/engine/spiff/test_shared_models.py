"""A model is shared by every thread of the server: running on it changes nothing in it, and nobody disturbs another."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from copy import deepcopy

import pytest

from engine.spiff import runner
from engine.spiff.parser import load_model
from tests.engine.diagrams import diagram, operator, properties, timer
from tests.engine.spiff.test_differential import BUNDLES, CALLED, DATA, NOW, Services, Snapshots, useful
from tests.engine.spiff.test_runner import END, START

THREADS, RUNS = 6, 8
NAMES = ("boundary_timers", "each", "loop_beside", "many", "subprocess", "boundary_in_fork", "either_event", "events_around")


def drawn(thing, seen=None):
    """Everything a model holds, as text: lists, dictionaries, and the attributes of SpiffWorkflow's objects and ours."""
    seen = {} if seen is None else seen
    if isinstance(thing, Mapping):
        return {str(key): drawn(value, seen) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [drawn(each, seen) for each in thing]
    if isinstance(thing, set | frozenset):
        return sorted(map(str, thing))
    if not type(thing).__module__.startswith(("SpiffWorkflow", "engine")):
        return getattr(thing, "__qualname__", None) or repr(thing)
    if id(thing) in seen:
        return seen[id(thing)]
    seen[id(thing)] = f"{type(thing).__name__} {len(seen)}"
    return [seen[id(thing)], drawn(vars(thing), seen)]


def drive(name):
    """What one run shows on a way of forty moves."""
    run, shown = Snapshots(name), []
    for step in range(40):
        run.move(useful(run, step), step % 3, (0, 2, 1, 3)[step % 4])
        seen = run.seen()
        seen["asked"] = sorted(map(repr, seen["asked"]))
        shown.append({**seen, "steps": sorted(seen["steps"])})
        if run.run.is_finished:
            break
    return shown


def at_once(work):
    """Do work in several threads that take turns as often as the interpreter can; what failed."""
    failures = []

    def do():
        try:
            for _ in range(RUNS):
                work()
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=do) for _ in range(THREADS)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    return failures


@pytest.mark.parametrize("name", NAMES)
def test_threads_that_share_a_model_see_what_one_alone_sees_and_leave_it_as_it_was(name):
    model = load_model(BUNDLES[name], CALLED if name in ("caller", "each") else {})
    alone = drive(name)
    before = drawn(model)

    def work():
        assert drive(name) == alone

    assert at_once(work) == []
    assert drawn(model) == before


def declaring():
    """The shape of the conflict check: everybody declares at once, reminded each day, given up after three."""
    return diagram(
        "declaring",
        {
            "Begin": START,
            "Assemble": ("serviceTask", "", operator("look.up", total="1")),
            "Declare": (
                "userTask",
                "",
                properties(assignee="member")
                + '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:loopDataInputRef>people'
                '</bpmn:loopDataInputRef><bpmn:inputDataItem id="member" name="member"/></bpmn:multiInstanceLoopCharacteristics>',
            ),
            "Daily": ("boundaryEvent", 'attachedToRef="Declare" cancelActivity="false"', timer("R/1 WD", "timeCycle")),
            "Over": ("boundaryEvent", 'attachedToRef="Declare"', timer("3 WD")),
            "Remind": ("serviceTask", "", operator("look.up", total="2")),
            "Reminded": END,
            "Settle": ("userTask", "", ""),
            "Done": END,
        },
        ["Begin -> Assemble", "Assemble -> Declare", "Declare -> Done", "Daily -> Remind", "Remind -> Reminded",
         "Over -> Settle", "Settle -> Declare"],
    )  # fmt: skip


def test_a_list_that_is_missing_is_named_with_its_step():
    run = runner.start(load_model(declaring(), {}), {**deepcopy(DATA), "people": None}, Services(), NOW)
    with pytest.raises(runner.StepFailed) as failed:
        run.advance(NOW)
    assert (failed.value.element_id, failed.value.name) == ("Declare", "Declare")
    assert "people" in str(failed.value.cause)


def test_threads_that_need_a_model_at_the_same_time_get_the_same_one():
    bundle = diagram("met_at_once", {"Begin": START, "T": ("userTask", "", ""), "Done": END}, ["Begin -> T", "T -> Done"])
    found = set()
    assert at_once(lambda: found.add(load_model(bundle, {}))) == []
    assert len(found) == 1
