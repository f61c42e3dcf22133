"""The commands, each on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

import engine.queries as queries
from engine import (
    SYSTEM,
    AssignTask,
    CancelInstance,
    ClaimTask,
    CompleteTask,
    Completion,
    DeployProcess,
    Effect,
    Operation,
    ReceiveMessage,
    Registry,
    ReleaseTask,
    RetryIncident,
    SaveDraft,
    SkipIncident,
    StartInstance,
    open_engine,
    sweep,
)
from engine.audit import verify
from engine.bundle import Bundle
from engine.errors import (
    DeployRefused,
    FormInvalid,
    FourEyes,
    InstanceEnded,
    NotAllowed,
    TaskAlreadyDone,
    TaskClaimed,
)
from tests.engine.diagrams import catches, diagram, message, operator, properties, timer
from tests.people import CHEN, DESK, LI, STRANGER, WANG, ZHAO

FORM = {
    "components": [
        {"type": "textfield", "key": "text", "validate": {"required": True, "maxLength": 10}},
        {"type": "checkbox", "key": "ok"},
    ]
}
START, END = ("startEvent", "", ""), ("endEvent", "", "")
TOLD: list[str] = []
FAIL: set[str] = set()


def do(context, *, what="x"):
    if "do" in FAIL:
        raise ValueError("the register is closed")
    return {"done": what}


def perform(payload, tools):
    if "send" in FAIL:
        raise OSError("no line")
    TOLD.append(payload["to"])
    return {"ticket": "T1"}


REGISTRY = Registry()
REGISTRY.add(
    [
        Operation("x.do", do),
        Effect(
            "x.send", lambda context, *, to: {"to": to}, perform, lambda context, payload, result: {"ticket": result["ticket"]}
        ),
        Completion("x.complete", lambda context, values, data: {"heard": values["text"]}),
    ]
)


@pytest.fixture
def firm(database_url, clock):
    TOLD.clear()
    FAIL.clear()
    opened = open_engine(database_url, clock=clock, registry=REGISTRY, lane_roles={"律师": "lawyer", "合伙人": "partner"})
    yield opened
    opened.database.dispose()


def with_forms(bundle: Bundle, *keys: str) -> Bundle:
    return Bundle(bundle.name, bundle.source, {}, {key: FORM for key in keys})


def review(**extra: str) -> Bundle:
    nodes = {
        "Begin": START,
        "Draft": ("userTask", "", properties(form="f/draft", variables="text", role="lawyer", due="2 WD")),
        "Review": (
            "userTask",
            "",
            properties(form="f/draft", variables="ok", role="partner", gate="true", not_same_as="Draft", **extra),
        ),
        "Ok": ("exclusiveGateway", "", ""),
        "Done": END,
    }
    flows = ["Begin -> Draft", "Draft -> Review", "Review -> Ok", "Ok -> Done: ok", "Ok -> Draft*"]
    return with_forms(diagram("review", nodes, flows), "f/draft")


def start(firm, bundle, data=None, actor=DESK):
    firm.run(DeployProcess((bundle,)), SYSTEM)
    return firm.run(StartInstance(bundle.name, data or {}, title="某案"), actor)


def inbox(firm, actor, view="all"):
    with firm.reading() as session:
        return queries.inbox(session, actor, now=firm.clock.now(), view=view)


def first(firm, actor):
    return inbox(firm, actor)[0].id


def view(firm, instance_id):
    with firm.reading() as session:
        return queries.get_instance(session, instance_id)


def test_a_form_goes_from_the_inbox_to_the_end(firm):
    instance = start(firm, review())
    (row,) = inbox(firm, LI)
    assert (row.name, row.title, row.role) == ("Draft", "某案", "lawyer")
    assert row.due_at == firm.clock.now() + timedelta(days=2)
    assert inbox(firm, CHEN) == []
    done = firm.run(CompleteTask(row.id, {"text": "a"}), LI)
    assert done.next_task_ids == ()
    (gate,) = inbox(firm, CHEN, "gates")
    firm.run(CompleteTask(gate.id, {"text": "b", "ok": True}), CHEN)
    assert view(firm, instance).state == "completed"
    assert [row.name for row in inbox(firm, CHEN, "done")] == ["Review"]
    with firm.reading() as session:
        assert verify(session).broken_at is None
        assert verify(session).lines >= 4


def test_a_wrong_form_changes_nothing(firm):
    start(firm, review())
    task = first(firm, LI)
    with pytest.raises(FormInvalid) as caught:
        firm.run(CompleteTask(task, {"text": "x" * 11}), LI)
    assert caught.value.errors["text"][0].code == "maxLength"
    assert first(firm, LI) == task


def test_only_the_right_person_completes(firm):
    start(firm, review())
    task = first(firm, LI)
    for actor in (CHEN, STRANGER, DESK):
        with pytest.raises(NotAllowed):
            firm.run(CompleteTask(task, {"text": "a"}), actor)
    firm.run(ClaimTask(task), LI)
    with pytest.raises(TaskClaimed):
        firm.run(CompleteTask(task, {"text": "a"}), WANG)
    firm.run(ReleaseTask(task), LI)
    firm.run(AssignTask(task, WANG.id), LI)
    firm.run(CompleteTask(task, {"text": "a"}), WANG)
    with pytest.raises(TaskAlreadyDone) as caught:
        firm.run(CompleteTask(task, {"text": "a"}), LI)
    assert caught.value.fields["who"] == WANG.name


def test_who_drafted_cannot_approve(firm):
    both = LI.__class__(LI.id, LI.name, frozenset({"lawyer", "partner"}))
    start(firm, review())
    firm.run(CompleteTask(first(firm, LI), {"text": "a"}), LI)
    assert inbox(firm, both) == []
    gate = first(firm, CHEN)
    with pytest.raises(FourEyes):
        firm.run(CompleteTask(gate, {"text": "b", "ok": True}), both)
    firm.run(CompleteTask(gate, {"text": "b", "ok": True}), CHEN)


def test_an_excluded_partner_does_not_even_see_the_gate(firm):
    instance = start(firm, review(excluded="team"), {"team": [CHEN.id]})
    firm.run(CompleteTask(first(firm, LI), {"text": "a"}), LI)
    assert inbox(firm, CHEN) == []
    task = view(firm, instance).tasks[0].id
    with pytest.raises(NotAllowed):
        firm.run(CompleteTask(task, {"text": "b", "ok": True}), CHEN)
    assert len(inbox(firm, ZHAO)) == 1


def test_a_draft_keeps_what_was_typed_wrong(firm):
    start(firm, review())
    task = first(firm, LI)
    firm.run(SaveDraft(task, {"text": "x" * 1000}), LI)
    with firm.reading() as session:
        assert queries.get_task(session, task, LI).draft == {"text": "x" * 1000}


def test_of_two_people_exactly_one_completes(firm):
    firm.run(DeployProcess((review(),)), SYSTEM)
    for _ in range(10):
        firm.run(StartInstance("review"), DESK)
        task = first(firm, LI)
        outcomes = []

        def attempt(actor, task=task, outcomes=outcomes):
            try:
                firm.run(CompleteTask(task, {"text": "a"}), actor)
                outcomes.append("won")
            except TaskAlreadyDone:
                outcomes.append("lost")

        threads = [threading.Thread(target=attempt, args=(actor,)) for actor in (LI, WANG)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["lost", "won"]


def service_then_task(name, *, handler="x.do", **parameters):
    nodes = {
        "Begin": START,
        "Call": ("serviceTask", "", operator(handler, **parameters)),
        "Look": ("userTask", "", properties(role="lawyer", complete="x.complete", form="f/draft")),
        "Done": END,
    }
    return with_forms(diagram(name, nodes, ["Begin -> Call", "Call -> Look", "Look -> Done"]), "f/draft")


def test_a_failed_step_is_an_incident_and_goes_on_when_retried(firm):
    FAIL.add("do")
    instance = start(firm, service_then_task("failing", what='"y"'))
    (incident,) = view(firm, instance).incidents
    assert (incident.element_id, incident.message) == ("Call", "the register is closed")
    firm.run(RetryIncident(incident.id), SYSTEM)
    (incident,) = view(firm, instance).incidents
    assert (incident.state, incident.attempts) == ("open", 2)
    FAIL.clear()
    firm.run(RetryIncident(incident.id), SYSTEM)
    assert view(firm, instance).incidents[0].state == "resolved"
    assert len(inbox(firm, LI)) == 1


def test_a_failed_step_can_be_passed_with_a_reason(firm):
    FAIL.add("do")
    instance = start(firm, service_then_task("skipping", what='"y"'))
    firm.run(SkipIncident(view(firm, instance).incidents[0].id, "done by hand", {"done": "y"}), SYSTEM)
    assert view(firm, instance).incidents[0].state == "skipped"
    assert len(inbox(firm, LI)) == 1


def test_an_effect_is_performed_after_the_commit_and_moves_its_token(firm):
    start(firm, service_then_task("effect", handler="x.send", to='"client"'))
    assert TOLD == []
    assert inbox(firm, LI) == []
    assert sweep(firm) == 1
    assert TOLD == ["client"]
    assert len(inbox(firm, LI)) == 1
    assert sweep(firm) == 0


def test_an_effect_backs_off_and_becomes_an_incident(firm, clock):
    FAIL.add("send")
    instance = start(firm, service_then_task("broken", handler="x.send", to='"client"'))
    for wait in (0, 1, 5, 30):
        clock.advance(timedelta(minutes=wait))
        sweep(firm)
    (incident,) = view(firm, instance).incidents
    FAIL.clear()
    firm.run(RetryIncident(incident.id), SYSTEM)
    sweep(firm)
    assert TOLD == ["client"]
    assert len(inbox(firm, LI)) == 1
    assert view(firm, instance).incidents[0].state == "resolved"


def test_a_due_timer_fires_in_the_sweep(firm, clock):
    nodes = {
        "Begin": START,
        "Work": ("userTask", "", properties(role="lawyer")),
        "Late": ("boundaryEvent", 'attachedToRef="Work" cancelActivity="true"', timer("3 WD")),
        "Done": END,
        "Lapsed": END,
    }
    instance = start(firm, diagram("late", nodes, ["Begin -> Work", "Work -> Done", "Late -> Lapsed"]))
    clock.advance(timedelta(days=2))
    assert sweep(firm) == 0
    clock.advance(timedelta(days=1))
    assert sweep(firm) == 1
    assert view(firm, instance).state == "completed"
    assert inbox(firm, LI) == []
    assert view(firm, instance).timers == []


def test_a_message_wakes_the_one_that_waits_and_starts_another(firm):
    messages = message("opened", "m", '{"m": m}') + message("closed", "m")
    nodes = {
        "Begin": START,
        "Tell": ("intermediateThrowEvent", "", catches("opened")),
        "Wait": ("intermediateCatchEvent", "", catches("closed")),
        "Done": END,
    }
    teller = diagram("teller", nodes, ["Begin -> Tell", "Tell -> Wait", "Wait -> Done"], messages=messages)
    nodes = {"Begin": ("startEvent", "", catches("opened")), "Hear": ("userTask", "", properties(role="lawyer")), "Done": END}
    hearer = diagram("hearer", nodes, ["Begin -> Hear", "Hear -> Done"], messages=message("opened", "m"))
    firm.run(DeployProcess((hearer,)), SYSTEM)
    instance = start(firm, teller, {"m": "m1"})
    (row,) = inbox(firm, LI)
    assert row.process_key == "hearer"
    assert view(firm, instance).subscriptions[0].correlation == "m1"
    assert firm.run(ReceiveMessage("closed", "other"), SYSTEM) == []
    assert firm.run(ReceiveMessage("closed", "m1"), SYSTEM) == [instance]
    assert view(firm, instance).state == "completed"


def test_a_cancelled_process_leaves_nothing_open(firm):
    instance = start(firm, review())
    task = first(firm, LI)
    firm.run(CancelInstance(instance, "mistake"), SYSTEM)
    assert inbox(firm, LI) == []
    with pytest.raises(InstanceEnded):
        firm.run(CancelInstance(instance, "again"), SYSTEM)
    with pytest.raises(Exception, match="no longer open"):
        firm.run(CompleteTask(task, {"text": "a"}), LI)


def test_a_change_of_white_space_makes_no_new_version(firm):
    bundle = review()
    firm.run(DeployProcess((bundle,)), SYSTEM)
    spaced = Bundle(bundle.name, bundle.source.replace(b"><bpmn:", b">\n <bpmn:"), {}, bundle.forms)
    (deployed,) = firm.run(DeployProcess((spaced,)), SYSTEM)
    assert (deployed.version, deployed.changed) == (1, False)
    changed = Bundle(bundle.name, bundle.source, {}, {"f/draft": {"components": []}})
    (deployed,) = firm.run(DeployProcess((changed,)), SYSTEM)
    assert (deployed.version, deployed.changed) == (2, True)


def test_running_instances_stay_on_their_version(firm):
    instance = start(firm, review())
    firm.run(DeployProcess((Bundle("review", review().source, {}, {"f/draft": {"components": []}}),)), SYSTEM)
    with pytest.raises(FormInvalid):
        firm.run(CompleteTask(view(firm, instance).tasks[0].id, {}), LI)


def test_what_would_not_run_is_refused_with_every_reason(firm):
    nodes = {
        "Begin": START,
        "Call": ("serviceTask", "", operator("no.such")),
        "Which": ("exclusiveGateway", "", ""),
        "A": ("userTask", "", properties(form="gone", role="lawyer")),
        "B": ("userTask", "", ""),
        "Done": END,
        "Lost": ("userTask", "", properties(role="lawyer")),
    }
    flows = ["Begin -> Call", "Call -> Which", "Which -> A: ${x}", "Which -> B", "A -> Done", "B -> Done"]
    with pytest.raises(DeployRefused) as caught:
        firm.run(DeployProcess((diagram("bad", nodes, flows),)), SYSTEM)
    rules = {(finding.element, finding.rule) for finding in caught.value.findings}
    assert rules >= {
        ("Call", "handler"), ("Which", "no-default"), ("A", "form"), ("B", "nobody"), ("Lost", "unreachable"), ("Lost", "dead-end"),
    }  # fmt: skip
    assert any(rule == "foreign-expression" for _, rule in rules)


def test_the_audit_log_refuses_changes_and_shows_them(firm):
    start(firm, review())
    with pytest.raises(Exception, match="append-only"), firm.database.begin() as connection:
        connection.execute(text("UPDATE audit_log SET actor_name = 'x' WHERE seq = 1"))
    with firm.database.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_log_no_update"))
        else:
            connection.execute(text("DROP TRIGGER audit_log_no_update ON audit_log"))
        connection.execute(text("UPDATE audit_log SET actor_name = 'x' WHERE seq = 2"))
    with firm.reading() as session:
        assert verify(session).broken_at == 2
