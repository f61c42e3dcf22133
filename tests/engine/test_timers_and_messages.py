"""AdvanceInstance, ReceiveMessage and the sweep that runs them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import SYSTEM, AdvanceInstance, CancelInstance, ReceiveMessage, StartInstance, queries, sweep
from engine.errors import InstanceEnded
from engine.tables import Instance, Message, Subscription, Timer
from tests.engine.diagrams import catches, diagram, message, operator, properties, timer
from tests.engine.house import review
from tests.people import ADMIN, DESK, LI

START, END = ("startEvent", "", ""), ("endEvent", "", "")


def chased():
    """A task with a reminder after 2 days and an escalation after 5."""
    return diagram(
        "chased",
        {
            "Begin": START,
            "T": ("userTask", "", properties(role="desk")),
            "Remind": ("boundaryEvent", 'attachedToRef="T" cancelActivity="false"', timer("P2D")),
            "Note": ("serviceTask", "", operator("notes.add", text='"reminded"')),
            "Escalate": ("boundaryEvent", 'attachedToRef="T"', timer("P5D")),
            "Boss": ("userTask", "", properties(role="partner")),
            "Noted": END,
            "Done": END,
        },
        ["Begin -> T", "T -> Done", "Remind -> Note", "Note -> Noted", "Escalate -> Boss", "Boss -> Done"],
    )


def waiter(key="waiter", name="paid", correlation="case"):
    """Waits for a message, then a person."""
    return diagram(
        key,
        {
            "Begin": START,
            "Wait": ("intermediateCatchEvent", "", catches(name)),
            "T": ("userTask", "", properties(role="desk")),
            "Done": END,
        },
        ["Begin -> Wait", "Wait -> T", "T -> Done"],
        messages=message(name, correlation),
    )


def sender(name="paid"):
    """Sends a message after a task."""
    return diagram(
        "sender",
        {
            "Begin": START,
            "T": ("userTask", "", properties(role="desk")),
            "Send": ("intermediateThrowEvent", "", catches(name)),
            "Done": END,
        },
        ["Begin -> T", "T -> Send", "Send -> Done"],
        messages=message(name, "case", payload='{"amount": 5}'),
    )


def started_by(name="opened"):
    """Starts on a message."""
    return diagram(
        "started",
        {"Begin": ("startEvent", "", catches(name)), "T": ("userTask", "", properties(role="desk")), "Done": END},
        ["Begin -> T", "T -> Done"],
        messages=message(name, "case"),
    )


def test_timers_fire_when_due_and_not_before(house):
    instance_id = house.start(chased())
    assert house.run(AdvanceInstance(instance_id), SYSTEM) == 0
    house.clock.advance(timedelta(days=2))
    assert sweep(house.engine) == 1
    assert (house.notes(), house.open(instance_id)) == (["reminded"], ["T"])
    assert sweep(house.engine) == 0
    house.clock.advance(timedelta(days=3))
    sweep(house.engine)
    assert house.open(instance_id) == ["Boss"]
    assert house.count(Timer) == 0


def test_all_due_timers_of_an_instance_fire_in_one_command(house):
    instance_id = house.start(chased())
    house.clock.advance(timedelta(days=9))
    assert house.run(AdvanceInstance(instance_id), SYSTEM) == 2
    assert house.open(instance_id) == ["Boss"]


def test_the_next_timer_is_known(house):
    house.start(chased())
    with house.session() as session:
        assert queries.next_timer_at(session) == house.clock.now() + timedelta(days=2)


def test_an_ended_instance_does_not_advance(house):
    instance_id = house.start(chased())
    house.run(CancelInstance(instance_id, "over"), ADMIN)
    assert house.count(Timer) == 0
    with pytest.raises(InstanceEnded):
        house.run(AdvanceInstance(instance_id), SYSTEM)


def test_one_poisoned_instance_does_not_stop_the_sweep(house):
    bad = house.start(chased())
    good = house.start("chased")
    with house.engine.database.begin() as connection:
        connection.execute(update(Instance).where(Instance.id == bad).values(snapshot=b"broken"))
    house.clock.advance(timedelta(days=5))
    assert sweep(house.engine) == 2
    assert house.open(good) == ["Boss"]
    due = house.rows(select(Timer.due_at).where(Timer.instance_id == bad))
    assert set(due) == {house.clock.now() + timedelta(hours=1)}
    assert sweep(house.engine) == 0


def test_a_message_wakes_who_waits_for_its_correlation(house):
    house.deploy(waiter())
    one, two = (house.run(StartInstance("waiter", {"case": case}), DESK) for case in ("A", "B"))
    assert house.run(ReceiveMessage("paid", "A", {"amount": 5}), SYSTEM) == [one]
    assert (house.open(one), house.open(two)) == (["T"], [])
    assert house.task(one, "T").data["amount"] == 5
    assert house.run(ReceiveMessage("paid", "A"), SYSTEM) == []
    assert house.count(Subscription) == 1


def test_a_message_starts_the_newest_version(house):
    house.deploy(started_by())
    (instance_id,) = house.run(ReceiveMessage("opened", "M-1", {"case": "M-1", "title": "新案"}), SYSTEM)
    row = house.instance(instance_id)
    assert (row.business_key, row.title, house.open(instance_id)) == ("M-1", "新案", ["T"])


def test_a_thrown_message_arrives_after_the_commit_at_once(house):
    house.deploy(sender(), waiter())
    waiting = house.run(StartInstance("waiter", {"case": "A"}), DESK)
    sending = house.run(StartInstance("sender", {"case": "A"}), DESK)
    house.do(sending, "T")
    assert house.open(waiting) == ["T"]
    assert house.task(waiting, "T").data["amount"] == 5
    assert house.rows(select(Message.state)) == ["delivered"]


def test_a_message_that_came_too_early_is_heard_late(house):
    house.deploy(sender(), waiter())
    sending = house.run(StartInstance("sender", {"case": "A"}), DESK)
    house.do(sending, "T")
    assert house.rows(select(Message.state)) == ["unheard"]
    house.clock.advance(timedelta(hours=20))
    waiting = house.run(StartInstance("waiter", {"case": "A"}), DESK)
    assert house.open(waiting) == ["T"]
    other = house.run(StartInstance("waiter", {"case": "A"}), DESK)
    assert house.open(other) == [], "it is heard once"


def test_a_message_nobody_heard_for_a_day_is_forgotten(house):
    house.deploy(sender(), waiter())
    house.do(house.run(StartInstance("sender", {"case": "A"}), DESK), "T")
    house.clock.advance(timedelta(days=1, minutes=1))
    assert house.open(house.run(StartInstance("waiter", {"case": "A"}), DESK)) == []


def test_a_message_that_cannot_be_delivered_backs_off_then_calls_a_person(house):
    house.deploy(sender(), waiter())
    waiting = house.run(StartInstance("waiter", {"case": "A"}), DESK)
    with house.engine.database.begin() as connection:
        connection.execute(update(Instance).where(Instance.id == waiting).values(snapshot=b"broken"))
    house.do(house.run(StartInstance("sender", {"case": "A"}), DESK), "T")
    for minutes in (1, 5, 30):
        assert house.rows(select(Message.state)) == ["owed"]
        house.clock.advance(timedelta(minutes=minutes))
        sweep(house.engine)
    assert house.rows(select(Message.state)) == ["failed"]
    assert [incident.name for incident in house.incidents()] == ["paid"]


def test_messages_that_answer_each_other_do_not_nest(house):
    ping = diagram(
        "ping",
        {
            "Begin": START,
            "T": ("userTask", "", properties(role="desk")),
            "Send": ("serviceTask", "", operator("messages.send", name='"pong"', correlation="case")),
            "Wait": ("intermediateCatchEvent", "", catches("ping")),
            "U": ("userTask", "", properties(role="desk")),
            "Done": END,
        },
        ["Begin -> T", "T -> Send", "Send -> Wait", "Wait -> U", "U -> Done"],
        messages=message("ping", "case"),
    )
    pong = diagram(
        "pong",
        {
            "Begin": START,
            "Wait": ("intermediateCatchEvent", "", catches("pong")),
            "Send": ("serviceTask", "", operator("messages.send", name='"ping"', correlation="case")),
            "Done": END,
        },
        ["Begin -> Wait", "Wait -> Send", "Send -> Done"],
        messages=message("pong", "case"),
    )
    house.deploy(ping, pong)
    house.run(StartInstance("pong", {"case": "A"}), DESK)
    instance_id = house.run(StartInstance("ping", {"case": "A"}), DESK)
    house.do(instance_id, "T")
    assert house.open(instance_id) == ["U"]


def test_an_operation_sends_messages_too(house):
    house.deploy(waiter())
    waiting = house.run(StartInstance("waiter", {"case": "A"}), DESK)
    from engine import RunOperation  # noqa: PLC0415 - the only use

    house.run(RunOperation("messages.send", {"name": "paid", "correlation": "A"}), LI)
    assert house.open(waiting) == ["T"]


def test_a_review_has_no_timers(house):
    house.start(review())
    assert sweep(house.engine) == 0
