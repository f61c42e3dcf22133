"""Event subprocesses and signals in the engine: inbox, timers, waits and history follow their tokens, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import AdvanceInstance, CompleteTask, ReceiveMessage, RunOperation, SendSignal, StartInstance
from engine.context import SYSTEM, Actor
from engine.errors import NotAllowed
from engine.tables import AuditLine, History, Instance, Message, Subscription, Timer
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
from tests.people import DESK, LI

START, END = ("startEvent", "", ""), ("endEvent", "", "")
BESIDE = 'isInterrupting="false"'
WORK = ("userTask", "", properties(role="desk", variables="*"))
ANSWER = ("userTask", "", properties(role="lawyer", due="2 WD", not_same_as="Work", gate="true", variables="*"))


def running(event, *path, attributes="", messages=None, key="running", **nodes):
    """Begin → Work → After → Done, with an event subprocess."""
    return diagram(
        key,
        {
            "Begin": START,
            "Work": WORK,
            "After": WORK,
            "Done": END,
            "Aside": aside("On", event, *path, attributes=attributes),
            **nodes,
        },
        ["Begin -> Work", "Work -> After", "After -> Done"],
        messages=messages or message("asked", "case"),
    )


def lines(house, instance_id):
    query = select(History).where(History.instance_id == instance_id).order_by(History.id)
    return [(line.element_id, line.kind, line.outcome) for line in house.rows(query)]


def test_an_interrupting_one_takes_the_open_tasks_and_gives_its_own(house):
    instance_id = house.start(running(catches("asked"), ANSWER), case="A")
    assert [(each.element_id, each.correlation) for each in house.rows(select(Subscription))] == [("On", "A")]
    house.do(instance_id, "Work", done=1)
    assert house.run(ReceiveMessage("asked", "A", {"what": "?"}), SYSTEM) == [instance_id]
    assert house.open(instance_id) == ["On_A"]
    task = house.task(instance_id, "On_A")
    assert (task.role, task.is_gate, task.process_key, task.data["what"]) == ("lawyer", True, "running", "?")
    assert task.due_at is not None
    assert house.task(instance_id, "After").state == "cancelled"
    assert house.count(Subscription) == 0
    assert house.instance(instance_id).active == [["running", "Aside"], ["running", "On_A"]]
    house.do(instance_id, "On_A", LI, said="yes")
    assert house.instance(instance_id).state == "completed"
    assert lines(house, instance_id) == [
        ("Begin", "event", "completed"), ("Work", "user", "completed"), ("On", "event", "completed"), ("After", "user", "cancelled"),
        ("On_A", "user", "completed"), ("On_done", "event", "completed"), ("Aside", "subprocess", "completed"),
    ]  # fmt: skip


def test_one_that_does_not_interrupt_shows_open_tasks_what_it_changed(house):
    instance_id = house.start(running(catches("asked"), ANSWER, attributes=BESIDE), case="A", lawyer="old")
    house.run(ReceiveMessage("asked", "A"), SYSTEM)
    assert house.open(instance_id) == ["On_A", "Work"]
    house.do(instance_id, "On_A", LI, lawyer="new")
    assert house.task(instance_id, "Work").data["lawyer"] == "new"
    house.do(instance_id, "Work")
    assert house.task(instance_id, "After").data["lawyer"] == "new"
    house.do(instance_id, "After")
    assert house.instance(instance_id).state == "completed"
    assert house.count(Subscription) == 0


def test_the_wait_follows_the_data_of_its_scope(house):
    instance_id = house.start(running(catches("asked"), ANSWER))
    assert house.count(Subscription) == 0
    house.do(instance_id, "Work", case="first")
    assert [each.correlation for each in house.rows(select(Subscription))] == ["first"]
    assert house.run(ReceiveMessage("asked", "first"), SYSTEM) == [instance_id]


def test_a_wait_whose_correlation_changes_is_stored_anew(house):
    instance_id = house.start(running(catches("asked"), ANSWER), case="first")
    house.do(instance_id, "Work", case="second")
    assert [each.correlation for each in house.rows(select(Subscription))] == ["second"]
    assert house.run(ReceiveMessage("asked", "first"), SYSTEM) == []
    assert house.run(ReceiveMessage("asked", "second"), SYSTEM) == [instance_id]


def test_its_timer_is_swept_and_interrupts(house):
    instance_id = house.start(running(timer("P3D"), ANSWER))
    (due,) = house.rows(select(Timer))
    assert (due.element_id, due.due_at) == ("On", house.clock.now() + timedelta(days=3))
    house.do(instance_id, "Work")
    house.clock.advance(timedelta(days=3))
    assert house.sweep() == 1
    assert house.open(instance_id) == ["On_A"]
    assert house.count(Timer) == 0


def test_a_cycle_beside_the_path_calls_its_service_each_time(house):
    bundle = running(timer("R/P1D", "timeCycle"), ("serviceTask", "", operator("notes.add", text='"again"')), attributes=BESIDE)
    instance_id = house.start(bundle)
    for day in (1, 2, 3):
        house.clock.advance(timedelta(days=1))
        house.sweep()
        assert house.notes() == ["again"] * day
    house.do(instance_id, "Work")
    house.do(instance_id, "After")
    assert (house.instance(instance_id).state, house.count(Timer)) == ("completed", 0)


def test_a_failing_service_in_it_is_an_incident_and_goes_on_after_a_retry(house, world):
    from engine import RetryIncident  # noqa: PLC0415 - the only use
    from tests.people import ADMIN  # noqa: PLC0415

    world.broken.add("notes.add")
    instance_id = house.start(running(catches("asked"), ("serviceTask", "", operator("notes.add", text='"x"')), ANSWER), case="A")
    house.run(ReceiveMessage("asked", "A"), SYSTEM)
    (incident,) = house.incidents(instance_id)
    assert incident.element_id == "On_A"
    world.broken.clear()
    house.run(RetryIncident(incident.id), ADMIN)
    assert (house.open(instance_id), house.notes()) == (["On_B"], ["x"])


def test_an_owed_effect_of_an_interrupted_path_is_cancelled(house):
    from engine.tables import Effect  # noqa: PLC0415 - the only use

    bundle = running(catches("asked"), ANSWER, After=("serviceTask", "", operator("mail.send")))
    instance_id = house.start(bundle, case="A")
    house.do(instance_id, "Work")
    assert house.rows(select(Effect.state)) == ["owed"]
    house.run(ReceiveMessage("asked", "A"), SYSTEM)
    assert house.rows(select(Effect.state)) == ["cancelled"]
    assert house.open(instance_id) == ["On_A"]


def test_inside_a_subprocess_it_ends_that_alone(house):
    inside = {"Begin2": START, "Work": WORK, "Fails": ("endEvent", "", errors("no")), "Aside": aside("On", errors("no"), ANSWER)}
    part = elements(inside, ["Begin2 -> Work", "Work -> Fails"], "P")
    bundle = diagram(
        "outer",
        {"Begin": START, "Part": ("subProcess", "", part), "After": WORK, "Done": END},
        ["Begin -> Part", "Part -> After", "After -> Done"],
        messages=error("no"),
    )
    instance_id = house.start(bundle)
    house.do(instance_id, "Work", n=1)
    assert house.open(instance_id) == ["On_A"]
    house.do(instance_id, "On_A", LI, said="sorry")
    assert house.open(instance_id) == ["After"]
    assert house.task(instance_id, "After").data == {"n": 1, "said": "sorry"}


def listener(key="listener"):
    """Waits for the signal at its edge, in its path and beside it."""
    return diagram(
        key,
        {
            "Begin": START, "Work": WORK, "Stop": ("boundaryEvent", 'attachedToRef="Work"', signals("alarm")), "Wait":
            ("intermediateCatchEvent", "", signals("go")), "Last": WORK, "Done": END, "Aside": aside("On", signals("note"), ANSWER, attributes=BESIDE),
        },
        ["Begin -> Work", "Work -> Wait", "Stop -> Wait", "Wait -> Last", "Last -> Done"],
        messages=signal("alarm") + signal("go") + signal("note"),
    )  # fmt: skip


def test_a_signal_reaches_every_instance_that_waits_for_it(house):
    house.deploy(listener(), listener("other"))
    ids = [house.run(StartInstance(key), DESK) for key in ("listener", "listener", "other")]
    busy = ids.pop()
    house.do(busy, "Work")
    house.run(SendSignal("alarm", {"why": "fire"}), DESK)
    assert [house.instance(each).active for each in ids] == [[["listener", "On"], ["listener", "Wait"]]] * 2
    house.run(SendSignal("go"), DESK)
    for each in (*ids, busy):
        assert house.open(each) == ["Last"]
    assert [house.task(each, "Last").data for each in (*ids, busy)] == [{"why": "fire"}, {"why": "fire"}, {}]
    assert set(house.rows(select(Message.state))) == {"delivered"}


def test_a_signal_beside_the_path_is_heard_each_time(house):
    instance_id = house.start(listener())
    for _ in range(2):
        house.run(SendSignal("note"), DESK)
    assert house.open(instance_id) == ["On_A", "On_A", "Work"]


def test_a_signal_is_kept_for_nobody(house):
    house.run(SendSignal("go"), DESK)
    instance_id = house.start(listener())
    house.do(instance_id, "Work")
    assert house.open(instance_id) == []
    assert house.rows(select(Message.state)) == ["delivered"]


def test_a_record_and_a_process_send_signals(house, world):
    house.deploy(listener())
    ids = [house.run(StartInstance("listener"), DESK) for _ in range(2)]
    thrower = diagram(
        "thrower",
        {"Begin": START, "Throw": ("intermediateThrowEvent", "", signals("alarm")), "Done": ("endEvent", "", signals("go"))},
        ["Begin -> Throw", "Throw -> Done"],
        messages=signal("alarm") + signal("go"),
    )
    house.start(thrower)
    assert [house.open(each) for each in ids] == [["Last"], ["Last"]]
    house.run(RunOperation("signals.send", {"name": "note"}), DESK)
    assert [house.open(each) for each in ids] == [["Last", "On_A"]] * 2


def test_one_broken_instance_does_not_keep_a_signal_from_the_others(house):
    house.deploy(listener())
    bad, good = (house.run(StartInstance("listener"), DESK) for _ in range(2))
    with house.engine.database.begin() as connection:
        connection.execute(update(Instance).where(Instance.id == bad).values(snapshot=b"broken"))
    house.run(SendSignal("alarm"), DESK)
    assert house.instance(good).active == [["listener", "On"], ["listener", "Wait"]]
    assert sorted(house.rows(select(Message.state))) == ["delivered", "delivered", "owed"]


def test_a_signal_says_in_the_audit_log_whom_it_reached(house):
    instance_id = house.start(listener())
    house.run(SendSignal("alarm"), DESK)
    (line,) = house.rows(select(AuditLine).where(AuditLine.event == "signal_sent"))
    assert (line.subject, line.data) == ("signal:alarm", {"instances": [instance_id]})


def test_a_link_sends_no_signal(house):
    with pytest.raises(NotAllowed):
        house.run(SendSignal("alarm"), Actor("link:1", "客户", frozenset(), "link"))


def test_a_signal_that_answers_a_completion_comes_after_it(house):
    bundle = diagram(
        "both",
        {
            "Begin": START, "Work": WORK, "Throw": ("intermediateThrowEvent", "", signals("note")), "After": WORK, "Done": END,
            "Aside": aside("On", signals("note"), ANSWER, attributes=BESIDE),
        },
        ["Begin -> Work", "Work -> Throw", "Throw -> After", "After -> Done"],
        messages=signal("note"),
    )  # fmt: skip
    instance_id = house.start(bundle)
    house.run(CompleteTask(house.task(instance_id, "Work").id, {}), DESK)
    assert house.open(instance_id) == ["After", "On_A"]
    assert house.run(AdvanceInstance(instance_id), SYSTEM) == 0
