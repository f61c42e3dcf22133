"""Event subprocesses: what starts them, what they end, and what the rest of the scope sees of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.spiff.runner import StepFailed
from tests.engine.diagrams import (
    aside,
    catches,
    diagram,
    elements,
    error,
    errors,
    message,
    operator,
    properties,
    signal,
    signals,
    timer,
)
from tests.engine.spiff.test_runner import END, START, Driven

TASK = ("userTask", "", properties(variables="*"))
BESIDE = 'isInterrupting="false"'
MESSAGE = message("asked", "case")


def scope(event, *, attributes="", messages=MESSAGE, path=(TASK,), **nodes):
    """Begin → Work → After → Done, with an event subprocess On: its tasks are On_A, On_B …"""
    return diagram(
        "scope",
        {
            "Begin": START,
            "Work": TASK,
            "After": TASK,
            "Done": END,
            **nodes,
            "Aside": aside("On", event, *path, attributes=attributes),
        },
        ["Begin -> Work", "Work -> After", "After -> Done"],
        messages=messages,
    )


def names(run):
    return sorted((each.element_id, each.name, each.correlation) for each in run.run.subscriptions())


def steps(run):
    return [step.element_id for step in run.steps]


def test_an_interrupting_one_ends_the_path_and_the_process_ends_with_it():
    run = Driven(scope(catches("asked")), {"case": "A", "seen": 1})
    assert (run.open(), names(run)) == (["Work"], [("On", "asked", "A")])
    run.do("Work", n=2)
    assert run.receive("asked", "B") is False
    assert run.receive("asked", "A", who="x")
    assert (run.open(), names(run), steps(run)) == (["On_A"], [], ["On"])
    (task,) = run.run.open_tasks()
    assert task.data == {"case": "A", "seen": 1, "n": 2, "who": "x"}
    assert run.run.active_elements() == [("scope", "Aside"), ("scope", "On_A")]
    run.do("On_A", said="yes")
    assert run.run.is_finished
    assert run.run.data == {"case": "A", "seen": 1, "n": 2, "who": "x", "said": "yes"}
    assert steps(run) == ["On_A", "On_done", "Aside"]


def test_one_that_does_not_interrupt_runs_beside_the_path_as_often_as_its_event_comes():
    run = Driven(scope(catches("asked"), attributes=BESIDE), {"case": "A"})
    assert run.receive("asked", "A", who=1)
    assert run.receive("asked", "A", who=2)
    assert run.open() == ["On_A", "On_A", "Work"]
    run.do("Work")
    run.do("On_A", said=1)
    assert run.open() == ["After", "On_A"]
    run.do("After")
    assert not run.run.is_finished, "the second one is still at work"
    assert names(run) == [("On", "asked", "A")]
    run.do("On_A", said=2)
    assert run.run.is_finished
    assert names(run) == []


def test_it_ends_with_its_scope_when_its_event_never_comes():
    run = Driven(scope(catches("asked")), {"case": "A"})
    run.do("Work")
    run.do("After")
    assert run.run.is_finished
    assert names(run) == []
    assert run.receive("asked", "A") is False


def test_what_it_changed_reaches_every_token_and_nothing_else_does():
    run = Driven(scope(catches("asked"), attributes=BESIDE), {"case": "A", "lawyer": "old", "fee": 1})
    run.receive("asked", "A")
    run.do("Work", fee=2)
    run.do("On_A", lawyer="new")
    (after,) = run.run.open_tasks()
    assert (after.data["lawyer"], after.data["fee"]) == ("new", 2)
    run.do("After")
    assert (run.run.data["lawyer"], run.run.data["fee"]) == ("new", 2)


def test_it_tells_whose_data_it_changed():
    run = Driven(scope(catches("asked"), attributes=BESIDE), {"case": "A", "lawyer": "old"})
    run.receive("asked", "A")
    work = next(task.task_id for task in run.run.open_tasks() if task.element_id == "Work")
    aside_task = next(task.task_id for task in run.run.open_tasks() if task.element_id == "On_A")
    run.run.complete(aside_task, {"lawyer": "new"})
    run.run.advance(run.now)
    assert work in run.run.engine.touched


def test_its_correlation_is_looked_up_in_what_the_scope_knows_now():
    run = Driven(scope(catches("asked")), {})
    assert names(run) == [], "there is no case yet"
    run.do("Work", case="late")
    assert names(run) == [("On", "asked", "late")]
    assert run.receive("asked", "late")
    assert run.open() == ["On_A"]


def test_a_timer_starts_it_once():
    run = Driven(scope(timer("P2D")), {})
    assert [(each.element_id, each.due_at - run.now) for each in run.run.timers()] == [("On", timedelta(days=2))]
    run.wait(days=1)
    assert run.open() == ["Work"]
    run.wait(days=1)
    assert run.open() == ["On_A"]
    assert run.run.timers() == []


def test_a_timer_that_does_not_interrupt_leaves_the_path_alone_and_does_not_come_again():
    run = Driven(scope(timer("P2D"), attributes=BESIDE), {})
    run.wait(days=9)
    assert (run.open(), run.run.timers()) == (["On_A", "Work"], [])


def test_a_cycle_starts_it_again_and_again():
    run = Driven(scope(timer("R3/P1D", "timeCycle"), attributes=BESIDE, path=(("serviceTask", "", operator("remind")),)), {})
    for day in (1, 2, 3):
        run.wait(days=1)
        assert len(run.services.calls) == day
    run.wait(days=5)
    assert (len(run.services.calls), run.run.timers()) == (3, [])
    assert run.open() == ["Work"]


def test_a_cycle_catches_up_with_what_it_missed_and_leaves_one_trace():
    run = Driven(scope(timer("R/P1D", "timeCycle"), attributes=BESIDE, path=(("serviceTask", "", operator("remind")),)), {})
    run.wait(days=1)
    size = len(run.snapshot)
    run.wait(days=3)
    assert len(run.services.calls) == 4
    run.wait(days=1000)
    assert len(run.services.calls) == 104
    assert abs(len(run.snapshot) - size) < 10
    (left,) = run.run.timers()
    assert run.now < left.due_at <= run.now + timedelta(days=1)


def test_a_signal_starts_it():
    run = Driven(scope(signals("alarm"), messages=signal("alarm")), {})
    assert names(run) == [("On", "signal:alarm", "")]
    assert run.receive("signal:alarm", "", why="fire")
    assert run.open() == ["On_A"]
    assert run.run.open_tasks()[0].data == {"why": "fire"}


def test_an_error_of_the_scope_starts_it():
    bundle = diagram(
        "scope",
        {
            "Begin": START, "Work": TASK, "Fails": ("endEvent", "", errors("no")),
            "Aside": aside("On", errors("no"), TASK), "Other": aside("Off", errors("other"), TASK),
        },
        ["Begin -> Work", "Work -> Fails"],
        messages=error("no") + error("other"),
    )  # fmt: skip
    run = Driven(bundle, {})
    run.do("Work", n=1)
    assert run.open() == ["On_A"]
    assert run.run.open_tasks()[0].data == {"n": 1}
    run.do("On_A")
    assert run.run.is_finished


def inner(*, attributes="", event=None):
    """Begin → Part (Begin2 → Work → Done2, with an event subprocess) → After → Done."""
    part = elements(
        {
            "Begin2": START,
            "Work": TASK,
            "Done2": END,
            "Aside": aside("On", event or catches("asked"), TASK, attributes=attributes),
        },
        ["Begin2 -> Work", "Work -> Done2"],
        "P",
    )
    return diagram(
        "outer",
        {"Begin": START, "Part": ("subProcess", "", part), "After": TASK, "Done": END},
        ["Begin -> Part", "Part -> After", "After -> Done"],
        messages=MESSAGE + error("no"),
    )


def test_inside_a_subprocess_an_interrupting_one_ends_that_and_the_process_goes_on():
    run = Driven(inner(), {"case": "A"})
    assert run.open() == ["Work"]
    run.receive("asked", "A")
    assert run.open() == ["On_A"]
    run.do("On_A", said=1)
    assert run.open() == ["After"]
    assert run.run.open_tasks()[0].data == {"case": "A", "said": 1}
    assert names(run) == []


def test_inside_a_subprocess_one_that_does_not_interrupt_holds_it_open():
    run = Driven(inner(attributes=BESIDE), {"case": "A"})
    run.receive("asked", "A")
    run.do("Work", n=1)
    assert run.open() == ["On_A"]
    run.do("On_A", said=1)
    assert run.open() == ["After"]
    assert run.run.open_tasks()[0].data == {"case": "A", "n": 1, "said": 1}


def failing(*handlers):
    """A subprocess Part that ends with an error, and who catches it: inside, at its edge, around it, or at its neighbour."""
    inside = {"Begin2": START, "Work": TASK, "Fails": ("endEvent", "", errors("no"))}
    if "inside" in handlers:
        inside["Inside"] = aside("In", errors("no"), TASK)
    part = elements(inside, ["Begin2 -> Work", "Work -> Fails"], "P")
    twin = elements({"Begin3": START, "Wait": TASK, "Done3": END}, ["Begin3 -> Wait", "Wait -> Done3"], "T")
    nodes = {
        "Begin": START, "Fork": ("parallelGateway", "", ""), "Part": ("subProcess", "", part), "Twin": ("subProcess", "", twin),
        "Done": END, "DoneTwin": END,
    }  # fmt: skip
    flows = ["Begin -> Fork", "Fork -> Part", "Fork -> Twin", "Part -> Done", "Twin -> DoneTwin"]
    for name, at in (("edge", "Part"), ("twin", "Twin")):
        if name in handlers:
            nodes |= {name: ("boundaryEvent", f'attachedToRef="{at}"', errors("no")), f"{name}_A": TASK, f"{name}_done": END}
            flows += [f"{name} -> {name}_A", f"{name}_A -> {name}_done"]
    if "around" in handlers:
        nodes["Around"] = aside("Out", errors("no"), TASK)
    return diagram("outer", nodes, flows, messages=error("no"))


@pytest.mark.parametrize(
    ("handlers", "caught"),
    [
        (("inside", "edge", "around", "twin"), ["In_A", "Wait"]),
        (("edge", "around", "twin"), ["Wait", "edge_A"]),
        (("around", "twin"), ["Out_A"]),
    ],
)
def test_an_error_is_caught_by_the_innermost_scope_only(handlers, caught):
    run = Driven(failing(*handlers), {})
    run.do("Work")
    assert run.open() == caught


def test_one_that_interrupts_ends_others_that_run_beside():
    bundle = diagram(
        "scope",
        {
            "Begin": START, "Work": TASK, "Done": END,
            "One": aside("On", catches("asked"), TASK, attributes=BESIDE),
            "Two": aside("Stop", catches("stopped"), TASK),
        },
        ["Begin -> Work", "Work -> Done"],
        messages=MESSAGE + message("stopped", "case"),
    )  # fmt: skip
    run = Driven(bundle, {"case": "A"})
    run.receive("asked", "A")
    assert run.open() == ["On_A", "Work"]
    run.receive("stopped", "A")
    assert run.open() == ["Stop_A"]
    assert names(run) == []
    run.do("Stop_A")
    assert run.run.is_finished


def test_a_terminate_end_of_the_path_ends_everything():
    bundle = scope(catches("asked"), attributes=BESIDE, Done=("endEvent", "", "<bpmn:terminateEventDefinition/>"))
    run = Driven(bundle, {"case": "A"})
    run.receive("asked", "A")
    run.do("Work")
    run.do("After")
    assert run.run.is_finished
    assert names(run) == []


def test_interrupting_a_loop_of_subprocesses_leaves_nothing_behind():
    part = elements({"Begin2": START, "Each": TASK, "Done2": END}, ["Begin2 -> Each", "Each -> Done2"], "P")
    repeat = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    bundle = diagram(
        "scope",
        {"Begin": START, "Many": ("subProcess", "", part + repeat), "Done": END, "Aside": aside("On", catches("asked"), TASK)},
        ["Begin -> Many", "Many -> Done"],
        messages=MESSAGE,
    )
    run = Driven(bundle, {"case": "A"})
    assert run.open() == ["Each", "Each", "Each"]
    run.receive("asked", "A")
    assert run.open() == ["On_A"]
    assert len(run.run.workflow.subprocesses) == 1
    run.do("On_A")
    assert run.run.is_finished


def test_its_events_cost_nothing_however_often_they_come():
    run = Driven(scope(catches("asked"), attributes=BESIDE), {"case": "A"})
    run.receive("asked", "A")
    run.do("On_A")
    size = len(run.snapshot)
    for _ in range(30):
        run.receive("asked", "A")
        run.do("On_A")
    assert len(run.snapshot) == size


def test_what_it_changed_reaches_tokens_inside_subprocesses_and_called_processes():
    called = diagram("called_one", {"Begin": START, "Deep": TASK, "Done": END}, ["Begin -> Deep", "Deep -> Done"])
    part = elements({"Begin2": START, "Flat": TASK, "Done2": END}, ["Begin2 -> Flat", "Flat -> Done2"], "P")
    bundle = diagram(
        "scope",
        {
            "Begin": START, "Fork": ("parallelGateway", "", ""), "Part": ("subProcess", "", part),
            "Call": ("callActivity", 'calledElement="called_one"', ""), "Join": ("parallelGateway", "", ""), "Last": TASK, "Done": END,
            "Aside": aside("On", catches("asked"), TASK, attributes=BESIDE),
        },
        ["Begin -> Fork", "Fork -> Part", "Fork -> Call", "Part -> Join", "Call -> Join", "Join -> Last", "Last -> Done"],
        messages=MESSAGE,
    )  # fmt: skip
    run = Driven(bundle, {"case": "A", "lawyer": "old"}, called=[called])
    run.receive("asked", "A")
    run.do("On_A", lawyer="new")
    assert {task.element_id: task.data["lawyer"] for task in run.run.open_tasks()} == {"Flat": "new", "Deep": "new"}
    run.do("Flat", flat=1)
    run.do("Deep", deep=1)
    (last,) = run.run.open_tasks()
    assert last.data == {"case": "A", "lawyer": "new", "flat": 1, "deep": 1}


def test_two_at_once_each_bring_their_own_change():
    run = Driven(scope(catches("asked"), attributes=BESIDE), {"case": "A", "a": 0, "b": 0})
    run.receive("asked", "A")
    run.receive("asked", "A")
    run.do("On_A", a=1)
    run.do("On_A", b=1)
    work = run.run.open_tasks()[0]
    assert (work.element_id, work.data["a"], work.data["b"]) == ("Work", 1, 1)


def test_a_removed_value_stays_removed():
    script = ("scriptTask", "", "<bpmn:script>note = None</bpmn:script>")
    run = Driven(scope(catches("asked"), attributes=BESIDE, path=(script,)), {"case": "A", "note": "x"})
    run.receive("asked", "A")
    assert run.run.open_tasks()[0].data == {"case": "A", "note": None}


def test_in_a_called_process_it_belongs_to_that():
    inside = scope(catches("asked"))
    caller = diagram("caller_of", {"Begin": START, "Call": ("callActivity", 'calledElement="scope"', ""), "Last": TASK, "Done": END},
                     ["Begin -> Call", "Call -> Last", "Last -> Done"])  # fmt: skip
    run = Driven(caller, {"case": "A"}, called=[inside])
    run.receive("asked", "A")
    assert [(task.process_key, task.element_id) for task in run.run.open_tasks()] == [("scope", "On_A")]
    run.do("On_A")
    assert run.open() == ["Last"]


def test_an_event_subprocess_may_have_one_of_its_own():
    inner_aside = aside("In", catches("more"), TASK, attributes=BESIDE)
    tag, attributes, body = aside("On", catches("asked"), TASK)
    body += elements({"Inner": inner_aside}, [], "N")
    bundle = diagram(
        "scope",
        {"Begin": START, "Work": TASK, "Done": END, "Aside": (tag, attributes, body)},
        ["Begin -> Work", "Work -> Done"],
        messages=MESSAGE + message("more", "case"),
    )
    run = Driven(bundle, {"case": "A"})
    assert names(run) == [("On", "asked", "A")]
    run.receive("asked", "A")
    assert names(run) == [("In", "more", "A")]
    run.receive("more", "A")
    assert run.open() == ["In_A", "On_A"]
    run.do("On_A")
    run.do("In_A")
    assert run.run.is_finished


def test_an_interrupting_timer_and_a_task_of_the_path_at_the_same_moment():
    late = {"Late": ("boundaryEvent", 'attachedToRef="Work"', timer("P2D")), "Boss": TASK, "BossDone": END}
    bundle = diagram(
        "scope",
        {"Begin": START, "Work": TASK, "Done": END, **late, "Aside": aside("On", timer("P2D"), TASK)},
        ["Begin -> Work", "Work -> Done", "Late -> Boss", "Boss -> BossDone"],
    )
    run = Driven(bundle, {})
    run.wait(days=2)
    assert run.open() == ["On_A"], "the event subprocess ends what the timer began"
    run.do("On_A")
    assert run.run.is_finished


def test_an_escalation_thrown_inside_the_one_it_started_rises_further():
    escalation = '<bpmn:escalation id="X_up" name="up" escalationCode="up"/>'
    throws = '<bpmn:escalationEventDefinition escalationRef="X_up"/>'
    again = ("intermediateThrowEvent", "", throws)
    part = elements(
        {
            "Begin2": START,
            "Work": TASK,
            "Up": again,
            "Done2": END,
            "Aside": aside("On", throws, TASK, again, TASK, attributes=BESIDE),
        },
        ["Begin2 -> Work", "Work -> Up", "Up -> Done2"],
        "P",
    )
    nodes = {
        "Begin": START,
        "Part": ("subProcess", "", part),
        "Done": END,
        "Outer": aside("Out", throws, TASK, attributes=BESIDE),
    }
    run = Driven(diagram("outer", nodes, ["Begin -> Part", "Part -> Done"], messages=escalation), {})
    run.do("Work")
    assert run.open() == ["On_A"]
    run.do("On_A")
    assert run.open() == ["On_C", "Out_A"]
    run.do("On_C")
    run.do("Out_A")
    assert run.run.is_finished


def test_an_error_that_nothing_catches_takes_the_step_back():
    bundle = diagram(
        "scope",
        {"Begin": START, "Work": TASK, "Fails": ("endEvent", "", errors("no")), "Aside": aside("On", errors("other"), TASK)},
        ["Begin -> Work", "Work -> Fails"],
        messages=error("no") + error("other"),
    )
    run = Driven(bundle, {})
    with pytest.raises(StepFailed):
        run.do("Work")
