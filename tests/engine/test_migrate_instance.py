"""MigrateInstance: running instances go over to another version with their tokens, data, drafts and claims."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import (
    SYSTEM,
    ClaimTask,
    DeployProcess,
    MigrateInstance,
    ReceiveMessage,
    RetryIncident,
    SaveDraft,
    StartInstance,
)
from engine.errors import InstanceEnded, MigrationRefused, NotAllowed
from engine.tables import AuditLine, History, Instance, Subscription, Task, Timer
from tests.engine.diagrams import aside, catches, diagram, elements, message, operator, properties, timer
from tests.people import ADMIN, CHEN, DESIGNER, DESK, LI

START, END = ("startEvent", "", ""), ("endEvent", "", "")
WORK = ("userTask", "", properties(role="desk", variables="*"))
FORK = ("parallelGateway", "", "")


def line(*path, key="moving", messages="", extra=None, flows=(), **nodes):
    """Begin → the named nodes → Done; nodes not given are tasks of the desk."""
    named = {name: nodes.get(name, WORK) for name in path}
    whole = {"Begin": START, **named, "Done": END, **(extra or {})}
    steps = [f"{one} -> {other}" for one, other in zip(["Begin", *path], [*path, "Done"], strict=True)]
    return diagram(key, whole, [*steps, *flows], messages=messages)


def publish(house, bundle):
    """The definition id of a newly deployed version."""
    (deployed,) = house.run(DeployProcess((bundle,)), DESIGNER)
    return deployed.definition_id


def migrate(house, instance_id, definition_id, **mapping):
    house.run(MigrateInstance(instance_id, definition_id, mapping), DESIGNER)


def verdict(house, instance_id, definition_id, **mapping):
    (found,) = house.engine.preview_migration(definition_id, [instance_id], mapping)
    return found.verdict, [(each.element_id, each.mappable) for each in found.obstacles]


def test_fifty_instances_go_on_with_an_added_approval(house):
    house.deploy(line("Draft", "Send"))
    ids = [house.run(StartInstance("moving", {"n": index}), DESK) for index in range(50)]
    for instance_id in ids[::2]:
        house.do(instance_id, "Draft", DESK, text="t")
    approve = ("userTask", "", properties(role="partner", gate="true", variables="*", not_same_as="Draft"))
    newest = publish(house, line("Draft", "Send", "Approve", Approve=approve))
    previews = house.engine.preview_migration(newest)
    assert [each.instance_id for each in previews] == ids
    assert {each.verdict for each in previews} == {"as_is"}
    for instance_id in ids:
        migrate(house, instance_id, newest)
    for index, instance_id in enumerate(ids):
        if index % 2:
            house.do(instance_id, "Draft", DESK, text="t")
        house.do(instance_id, "Send", DESK)
        assert house.open(instance_id) == ["Approve"]
        house.do(instance_id, "Approve", CHEN)
        row = house.instance(instance_id)
        assert (row.state, row.definition_id) == ("completed", newest)
    lines = house.rows(select(AuditLine).where(AuditLine.event == "instance_migrated"))
    assert len(lines) == 50
    assert {(each.data["from"], each.data["to"], each.definition) for each in lines} == {(1, 2, newest)}
    history = house.rows(select(History).where(History.instance_id == ids[0]).order_by(History.id))
    assert [(each.element_id, each.outcome) for each in history] == [
        ("Begin", "completed"), ("Draft", "completed"), ("", "migrated"), ("Send", "completed"), ("Approve", "completed"),
        ("Done", "completed"),
    ]  # fmt: skip


def test_drafts_and_claims_stay_and_the_task_follows_the_new_diagram(house):
    instance_id = house.start(line("Draft"))
    house.run(ClaimTask(house.task(instance_id, "Draft").id), DESK)
    house.run(SaveDraft(house.task(instance_id, "Draft").id, {"text": "half"}), DESK)
    before = house.task(instance_id, "Draft")
    newest = publish(house, line("Draft", Draft=("userTask", "", properties(role="lawyer", gate="true", due="3 d"))))
    migrate(house, instance_id, newest)
    after = house.task(instance_id, "Draft")
    assert (after.id, after.assignee, after.draft, after.due_at) == (before.id, DESK.id, {"text": "half"}, before.due_at)
    assert (after.role, after.is_gate, after.definition_id) == ("lawyer", True, newest)


def test_an_element_that_is_gone_needs_a_mapping(house):
    instance_id = house.start(line("Draft", "Send"), a=1)
    newest = publish(house, line("Write", "Send"))
    assert verdict(house, instance_id, newest) == ("needs_mapping", [("Draft", True)])
    with pytest.raises(MigrationRefused) as refused:
        migrate(house, instance_id, newest)
    assert [each.element_id for each in refused.value.obstacles] == ["Draft"]
    assert house.open(instance_id) == ["Draft"]
    assert verdict(house, instance_id, newest, Draft="Write") == ("as_is", [])
    task_id = house.task(instance_id, "Draft").id
    migrate(house, instance_id, newest, Draft="Write")
    assert house.task(instance_id, "Write").id == task_id
    house.do(instance_id, "Write", DESK)
    assert house.open(instance_id) == ["Send"]


def test_an_element_of_another_kind_is_named(house):
    instance_id = house.start(line("Draft"))
    newest = publish(house, line("Draft", Draft=("serviceTask", "", operator("notes.add", text='"x"'))))
    assert verdict(house, instance_id, newest) == ("needs_mapping", [("Draft", True)])
    other = publish(house, line("Wait", Wait=("intermediateCatchEvent", "", timer("P1D"))))
    assert verdict(house, instance_id, other, Draft="Wait") == ("needs_mapping", [("Draft", True)])


def with_timers(**events):
    """Draft with boundary timers, each to its own task."""
    extra, flows = {}, []
    for name, (attributes, text) in events.items():
        extra |= {
            name: ("boundaryEvent", f'attachedToRef="Draft" {attributes}', timer(text)),
            f"{name}_T": WORK,
            f"{name}_E": END,
        }
        flows += [f"{name} -> {name}_T", f"{name}_T -> {name}_E"]
    return line("Draft", extra=extra, flows=flows)


BESIDE, OVER = 'cancelActivity="false"', ""


def test_a_timer_keeps_its_moment_and_a_new_one_begins_now(house):
    instance_id = house.start(with_timers(Remind=(BESIDE, "P2D")))
    begun = house.clock.now()
    house.clock.advance(timedelta(days=1))
    newest = publish(house, with_timers(Remind=(BESIDE, "P9D"), Lapse=(OVER, "P5D")))
    assert verdict(house, instance_id, newest) == ("as_is", [])
    migrate(house, instance_id, newest)
    due = {each.element_id: each.due_at for each in house.rows(select(Timer))}
    assert due == {"Remind": begun + timedelta(days=2), "Lapse": begun + timedelta(days=6)}
    house.clock.advance(timedelta(days=1))
    house.sweep()
    assert house.open(instance_id) == ["Draft", "Remind_T"]
    house.clock.advance(timedelta(days=4))
    house.sweep()
    assert house.open(instance_id) == ["Lapse_T", "Remind_T"]


def test_a_task_that_had_no_timer_gets_one(house):
    instance_id = house.start(line("Draft"))
    newest = publish(house, with_timers(Lapse=(OVER, "P1D")))
    migrate(house, instance_id, newest)
    house.clock.advance(timedelta(days=1))
    house.sweep()
    assert house.open(instance_id) == ["Lapse_T"]
    house.do(instance_id, "Lapse_T")
    assert house.instance(instance_id).state == "completed"


def test_a_task_that_had_no_timer_gets_one_and_is_done_in_time(house):
    instance_id = house.start(line("Draft"))
    migrate(house, instance_id, publish(house, with_timers(Lapse=(OVER, "P1D"), Remind=(BESIDE, "P1D"))))
    assert house.count(Timer) == 2
    house.do(instance_id, "Draft")
    assert (house.instance(instance_id).state, house.count(Timer)) == ("completed", 0)


def test_a_timer_that_is_gone_is_let_go_only_when_told(house):
    instance_id = house.start(with_timers(Remind=(BESIDE, "P2D"), Lapse=(OVER, "P5D")))
    newest = publish(house, line("Draft"))
    assert verdict(house, instance_id, newest) == ("needs_mapping", [("Lapse", True), ("Remind", True)])
    migrate(house, instance_id, newest, Remind="", Lapse="")
    assert house.count(Timer) == 0
    house.do(instance_id, "Draft")
    assert house.instance(instance_id).state == "completed"


def test_a_reminder_that_was_sent_is_not_sent_again(house):
    instance_id = house.start(with_timers(Remind=(BESIDE, "P2D")))
    house.clock.advance(timedelta(days=2))
    house.sweep()
    house.do(instance_id, "Remind_T")
    migrate(house, instance_id, publish(house, with_timers(Remind=(BESIDE, "P1D"), Lapse=(OVER, "P5D"))))
    assert [each.element_id for each in house.rows(select(Timer))] == ["Lapse"]


def forked(*branches, key="moving"):
    """Begin → First → a fork of some branches → a join → Last → Done."""
    nodes = {
        "Begin": START,
        "First": WORK,
        "Fork": FORK,
        **dict.fromkeys(branches, WORK),
        "Join": FORK,
        "Last": WORK,
        "Done": END,
    }
    flows = ["Begin -> First", "First -> Fork", "Join -> Last", "Last -> Done"]
    for branch in branches:
        flows += [f"Fork -> {branch}", f"{branch} -> Join"]
    return diagram(key, nodes, flows)


def test_tokens_at_a_join_wait_on_and_their_changes_are_joined(house):
    instance_id = house.start(forked("A", "B"), x=0, y=0)
    house.do(instance_id, "First", x=1, y=1)
    house.do(instance_id, "A", x=2)
    newest = publish(
        house, forked("A", "B").__class__("moving", forked("A", "B").source.replace(b'name="Last"', b'name="Last one"'))
    )
    assert verdict(house, instance_id, newest) == ("as_is", [])
    migrate(house, instance_id, newest)
    house.do(instance_id, "B", y=2)
    assert house.open(instance_id) == ["Last"]
    task = house.task(instance_id, "Last")
    assert (task.data["x"], task.data["y"], task.name) == (2, 2, "Last one")


def test_a_branch_that_never_began_would_be_waited_for_for_ever(house):
    house.deploy(forked("A", "B"))
    early, late = (house.run(StartInstance("moving"), DESK) for _ in range(2))
    house.do(late, "First")
    newest = publish(house, forked("A", "B", "C"))
    assert verdict(house, early, newest) == ("as_is", [])
    assert verdict(house, late, newest) == ("cannot", [("Join", False)])
    migrate(house, early, newest)
    house.do(early, "First")
    assert house.open(early) == ["A", "B", "C"]


def test_a_wait_for_a_message_is_taken_over_and_an_event_subprocess_begins_to_wait(house):
    wait = {"Wait": ("intermediateCatchEvent", "", catches("paid"))}
    instance_id = house.start(line("Wait", "After", messages=message("paid", "case"), **wait), case="A")
    beside = aside("On", catches("asked"), ("userTask", "", properties(role="lawyer")), attributes='isInterrupting="false"')
    both = message("paid", "case") + message("asked", "case")
    newest = publish(house, line("Wait", "After", messages=both, extra={"Aside": beside}, **wait))
    migrate(house, instance_id, newest)
    assert sorted(each.name for each in house.rows(select(Subscription))) == ["asked", "paid"]
    house.run(ReceiveMessage("asked", "A"), SYSTEM)
    house.run(ReceiveMessage("paid", "A"), SYSTEM)
    assert house.open(instance_id) == ["After", "On_A"]
    house.do(instance_id, "On_A", LI)
    house.do(instance_id, "After")
    assert house.instance(instance_id).state == "completed"


def nested(*path):
    part = elements(
        {"B2": START, **dict.fromkeys(path, WORK), "E2": END},
        [f"{a} -> {b}" for a, b in zip(["B2", *path], [*path, "E2"], strict=True)],
        "P",
    )
    return line("Part", "Last", Part=("subProcess", "", part))


def test_tokens_inside_a_subprocess_move_too(house):
    instance_id = house.start(nested("A", "B"), n=1)
    newest = publish(house, nested("A", "Check", "B"))
    migrate(house, instance_id, newest)
    for element in ("A", "Check", "B", "Last"):
        house.do(instance_id, element)
    assert house.instance(instance_id).state == "completed"
    assert verdict(house, house.start(nested("A", "B")), publish(house, nested("C")))[1] == [("A", True)]


def test_a_called_process_is_moved_alone_and_others_stay_on_their_version(house):
    called = line("Inner", key="inner")
    house.deploy(called, line("Call", "Last", Call=("callActivity", 'calledElement="inner"', "")))
    instance_id = house.run(StartInstance("moving"), DESK)
    main = house.instance(instance_id).definition_id
    newest = publish(house, line("Inner", "More", key="inner"))
    assert house.engine.preview_migration(newest)[0].verdict == "as_is"
    migrate(house, instance_id, newest)
    row = house.instance(instance_id)
    assert (row.definition_id, row.pins) == (main, {"inner": newest})
    house.do(instance_id, "Inner")
    assert house.open(instance_id) == ["More"]
    assert house.task(instance_id, "More").definition_id == newest


def test_an_owed_effect_and_an_incident_are_taken_over(house, world):
    world.broken.add("mail.prepare")
    service = ("serviceTask", "", operator("mail.send"))
    instance_id = house.start(line("Send", "Last", Send=service))
    (incident,) = house.incidents(instance_id)
    migrate(house, instance_id, publish(house, line("Mail", "Last", Mail=service)), Send="Mail")
    (incident,) = house.incidents(instance_id)
    assert incident.element_id == "Mail"
    world.broken.clear()
    house.run(RetryIncident(incident.id), ADMIN)
    house.sweep()
    assert house.open(instance_id) == ["Last"]


def many(**more):
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    loop += '<bpmn:inputDataItem id="person" name="person"/></bpmn:multiInstanceLoopCharacteristics>'
    return line("Each", "Last", Each=("userTask", "", properties(role="desk", variables="*") + loop), **more)


def test_the_instances_of_a_loop_move_and_get_the_loops_new_timer(house):
    instance_id = house.start(many(), people=["a", "b"])
    house.do(instance_id, "Each", a=1)
    lapse = {"Lapse": ("boundaryEvent", 'attachedToRef="Each"', timer("P1D")), "Late": WORK, "LateDone": END}
    migrate(house, instance_id, publish(house, many(extra=lapse, flows=["Lapse -> Late", "Late -> LateDone"])))
    assert (house.open(instance_id), house.count(Timer)) == (["Each"], 1)
    house.do(instance_id, "Each", b=1)
    assert house.open(instance_id) == ["Last"]
    assert {key: house.task(instance_id, "Last").data.get(key) for key in ("a", "b")} == {"a": 1, "b": 1}
    assert house.count(Timer) == 0


def test_only_designers_migrate_only_running_instances_of_the_process(house):
    instance_id = house.start(line("Draft"))
    newest = publish(house, line("Draft", "More"))
    with pytest.raises(NotAllowed):
        house.run(MigrateInstance(instance_id, newest), DESK)
    other = publish(house, line("Draft", key="other"))
    assert verdict(house, instance_id, other)[0] == "cannot"
    with pytest.raises(MigrationRefused):
        migrate(house, instance_id, other)
    house.do(instance_id, "Draft")
    assert verdict(house, instance_id, newest)[0] == "cannot"
    with pytest.raises(InstanceEnded):
        migrate(house, instance_id, newest)


def test_a_preview_changes_nothing(house):
    instance_id = house.start(with_timers(Remind=(BESIDE, "P2D")))
    newest = publish(house, with_timers(Remind=(BESIDE, "P2D"), Lapse=(OVER, "P5D")))
    before = house.instance(instance_id)
    verdict(house, instance_id, newest)
    after = house.instance(instance_id)
    assert (after.version, after.snapshot, after.definition_id) == (before.version, before.snapshot, before.definition_id)
    assert house.count(Task) == 1


def test_it_goes_back_as_well(house):
    instance_id = house.start(line("Draft", "Send"))
    first = house.instance(instance_id).definition_id
    migrate(house, instance_id, publish(house, line("Draft", "Approve", "Send")))
    migrate(house, instance_id, first)
    house.do(instance_id, "Draft")
    assert house.open(instance_id) == ["Send"]


def test_a_timer_that_cannot_be_worked_out_is_found_by_the_preview(house):
    instance_id = house.start(line("Draft"))
    newest = publish(house, with_timers(Lapse=(OVER, "deadline")))
    assert verdict(house, instance_id, newest) == ("cannot", [("Lapse", False)])
    with pytest.raises(MigrationRefused):
        migrate(house, instance_id, newest)
    assert house.open(instance_id) == ["Draft"]


def test_one_instance_that_cannot_be_read_does_not_hide_the_others(house):
    house.deploy(line("Draft"))
    bad, good = (house.run(StartInstance("moving"), DESK) for _ in range(2))
    with house.engine.database.begin() as connection:
        connection.execute(update(Instance).where(Instance.id == bad).values(snapshot=b"broken"))
    previews = house.engine.preview_migration(publish(house, line("Draft", "More")))
    assert [(each.instance_id, each.verdict) for each in previews] == [(bad, "cannot"), (good, "as_is")]


def test_an_instance_that_an_event_subprocess_has_taken_over_moves_too(house):
    def drawn(*path):
        beside = {"Aside": aside("On", catches("asked"), ("userTask", "", properties(role="lawyer")))}
        return line(*path, messages=message("asked", "case"), extra=beside)

    instance_id = house.start(drawn("Draft"), case="A")
    house.run(ReceiveMessage("asked", "A"), SYSTEM)
    migrate(house, instance_id, publish(house, drawn("Other")))
    assert (house.open(instance_id), house.count(Subscription)) == (["On_A"], 0)
    house.do(instance_id, "On_A", LI)
    assert house.instance(instance_id).state == "completed"
