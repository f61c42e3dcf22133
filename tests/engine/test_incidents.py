"""Steps that fail: nothing half done, the token never lost, a person can mend it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import RetryIncident, SkipIncident, queries
from engine.errors import NotAllowed, NotFound
from engine.tables import AuditLine, Effect, Incident
from tests.engine.diagrams import diagram, operator, properties
from tests.engine.house import with_service
from tests.people import ADMIN, DESK, LI

START, END = ("startEvent", "", ""), ("endEvent", "", "")


@pytest.fixture
def stuck(house):
    """An instance whose service task failed after a person's completion."""
    instance_id = house.start(with_service("notes.add", text='"a"'))
    house.world.broken.add("notes.add")
    house.do(instance_id, "First")
    return instance_id


def test_the_persons_step_is_done_and_the_failed_one_left_nothing(house, stuck):
    assert house.task(stuck, "First").state == "completed"
    assert (house.open(stuck), house.notes()) == ([], [])
    (incident,) = house.incidents(stuck)
    assert (incident.process_key, incident.element_id, incident.attempts) == ("served", "Serve", 1)
    assert incident.message == "notes.add is broken" and "Traceback" in incident.trace
    events = house.rows(select(AuditLine.event))
    assert "incident_opened" in events and "note_added" not in events
    with house.session() as session:
        assert queries.get_instance(session, stuck).active == {"served": ["Serve"]}


def test_a_retry_that_fails_again_counts(house, stuck):
    (incident,) = house.incidents(stuck)
    house.run(RetryIncident(incident.id), ADMIN)
    (again,) = house.incidents(stuck)
    assert (again.id, again.attempts) == (incident.id, 2)


def test_a_retry_goes_on_once_the_cause_is_mended(house, stuck):
    house.world.broken.clear()
    (incident,) = house.incidents(stuck)
    house.run(RetryIncident(incident.id), ADMIN)
    assert (house.open(stuck), house.notes(), house.incidents()) == (["Second"], ["a"], [])
    (mended,) = house.incidents(stuck, state="resolved")
    assert mended.resolved_by == ADMIN.id
    with pytest.raises(NotFound):
        house.run(RetryIncident(incident.id), ADMIN)


def test_wrong_data_are_mended_by_the_retry(house):
    instance_id = house.start(with_service("notes.add", text="missing"))
    house.do(instance_id, "First")
    (incident,) = house.incidents(instance_id)
    house.run(RetryIncident(incident.id, {"missing": "here"}), ADMIN)
    assert (house.open(instance_id), house.notes()) == (["Second"], ["here"])


def test_a_step_is_skipped_with_a_reason(house, stuck):
    (incident,) = house.incidents(stuck)
    with pytest.raises(NotAllowed):
        house.run(SkipIncident(incident.id, "  "), ADMIN)
    house.run(SkipIncident(incident.id, "written by hand", {"note_id": "n0"}), ADMIN)
    assert house.open(stuck) == ["Second"]
    assert house.task(stuck, "Second").data["note_id"] == "n0"
    with house.session() as session:
        skipped = [row for row in queries.get_instance(session, stuck).history if row.outcome == "skipped"]
    assert [(row.element_id, row.actor, row.data) for row in skipped] == [("Serve", ADMIN.id, {"reason": "written by hand"})]


def test_only_who_may_repair_does(house, stuck):
    (incident,) = house.incidents(stuck)
    for command in (RetryIncident(incident.id), SkipIncident(incident.id, "no")):
        for actor in (DESK, LI):
            with pytest.raises(NotAllowed):
                house.run(command, actor)


def script(text: str):
    return diagram(
        "scripted",
        {
            "Begin": START,
            "First": ("userTask", "", properties(role="desk")),
            "Script": ("scriptTask", "", f"<bpmn:script>{text}</bpmn:script>"),
            "Second": ("userTask", "", properties(role="desk")),
            "Done": END,
        },
        ["Begin -> First", "First -> Script", "Script -> Second", "Second -> Done"],
    )


def test_a_script_that_fails_waits_and_is_mended(house):
    instance_id = house.start(script("total = fee * 2"))
    house.do(instance_id, "First")
    (incident,) = house.incidents(instance_id)
    assert incident.element_id == "Script"
    house.run(RetryIncident(incident.id, {"fee": 4}), ADMIN)
    assert house.task(instance_id, "Second").data["total"] == 8


def chooses():
    return diagram(
        "chooses",
        {
            "Begin": START,
            "First": ("userTask", "", properties(role="desk")),
            "Which": ("exclusiveGateway", "", ""),
            "A": ("userTask", "", properties(role="desk")),
            "B": ("userTask", "", properties(role="desk")),
            "Done": END,
        },
        ["Begin -> First", "First -> Which", "Which -> A: fee > 3", "Which -> B*", "A -> Done", "B -> Done"],
    )


def test_a_gateway_that_cannot_decide_is_mended(house):
    instance_id = house.start(chooses())
    house.do(instance_id, "First")
    assert house.task(instance_id, "First").state == "completed"
    (incident,) = house.incidents(instance_id)
    assert incident.element_id == "Which"
    house.run(RetryIncident(incident.id, {"fee": 4}), ADMIN)
    assert (house.open(instance_id), house.incidents()) == (["A"], [])


def test_parallel_branches_go_on_beside_a_failed_step(house):
    bundle = diagram(
        "forked",
        {
            "Begin": START,
            "Fork": ("parallelGateway", "", ""),
            "Serve": ("serviceTask", "", operator("notes.add", text='"a"')),
            "T": ("userTask", "", properties(role="desk")),
            "Join": ("parallelGateway", "", ""),
            "Done": END,
        },
        ["Begin -> Fork", "Fork -> Serve", "Fork -> T", "Serve -> Join", "T -> Join", "Join -> Done"],
    )
    house.world.broken.add("notes.add")
    instance_id = house.start(bundle)
    house.do(instance_id, "T")
    assert len(house.incidents(instance_id)) == 1, "the failed step is not tried again by itself"
    house.world.broken.clear()
    house.run(RetryIncident(house.incidents(instance_id)[0].id), ADMIN)
    assert house.instance(instance_id).state == "completed"


def test_a_failed_preparation_owes_nothing(house):
    house.world.broken.add("mail.prepare")
    instance_id = house.start(with_service("mail.send"))
    house.do(instance_id, "First")
    assert (house.count(Effect), len(house.incidents(instance_id))) == (0, 1)


def test_an_unknown_person_to_assign_is_an_incident_and_keeps_what_was_typed(house):
    bundle = diagram(
        "assigning",
        {
            "Begin": START,
            "First": ("userTask", "", properties(role="desk", variables="*")),
            "Second": ("userTask", "", properties(role="lawyer", assignee="lawyer_id")),
            "Done": END,
        },
        ["Begin -> First", "First -> Second", "Second -> Done"],
    )
    instance_id = house.start(bundle)
    from engine.errors import HandlerFailed  # noqa: PLC0415 - the only use

    with pytest.raises(HandlerFailed):
        house.do(instance_id, "First", text="typed")
    (incident,) = house.incidents(instance_id)
    assert (incident.element_id, house.task(instance_id, "First").draft) == ("Second", {"text": "typed"})
    house.run(RetryIncident(incident.id, {"lawyer_id": LI.id}), ADMIN)
    house.do(instance_id, "First", text="typed")
    assert house.task(instance_id, "Second").assignee == LI.id
    assert house.count(Incident) == 1
