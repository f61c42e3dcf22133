"""The outbox: performed between two transactions, tried again, in the end a person is called."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import SYSTEM, CancelInstance, DeliverEffect, RetryIncident, RunOperation, SkipIncident, sweep
from engine.commands.claim_effects import ClaimEffects
from engine.errors import NotAllowed, NotFound
from engine.tables import Effect
from tests.engine.diagrams import diagram, operator, properties, timer
from tests.engine.house import with_service
from tests.people import ADMIN, DESK


@pytest.fixture
def mailing(house):
    """An instance whose token waits for a mail to be sent."""
    instance_id = house.start(with_service("mail.send", to='"a@example.org"'))
    house.do(instance_id, "First")
    return instance_id


def states(house):
    return house.rows(select(Effect.state).order_by(Effect.id))


def fail_to_the_end(house):
    house.world.broken.add("mail.perform")
    sweep(house.engine)
    for minutes in (1, 5, 30):
        house.clock.advance(timedelta(minutes=minutes))
        sweep(house.engine)


def test_nothing_is_performed_before_the_sweep(house, mailing):
    assert (house.world.sent, states(house), house.open(mailing)) == ([], ["owed"], [])


def test_the_sweep_performs_it_and_the_token_goes_on(house, mailing):
    sweep(house.engine)
    (sent,) = house.world.sent
    (row,) = house.rows(select(Effect))
    assert (sent["to"], sent["key"]) == ("a@example.org", row.key)
    assert (row.state, row.result, row.delivered_at) == ("delivered", {"message_id": "m1"}, house.clock.now())
    assert house.open(mailing) == ["Second"]
    assert house.task(mailing, "Second").data["mail"] == "m1"
    assert house.notes() == ["mail m1"]


def test_a_failure_is_tried_again_after_1_5_and_30_minutes_then_calls_a_person(house, mailing):
    house.world.broken.add("mail.perform")
    tried = []
    for minutes in (0, 1, 5, 30):
        house.clock.advance(timedelta(minutes=minutes))
        tried.append(sweep(house.engine))
        (row,) = house.rows(select(Effect))
        tried.append(row.attempts)
        house.clock.advance(timedelta(seconds=-1))
        sweep(house.engine)
        house.clock.advance(timedelta(seconds=1))
    assert tried == [0, 1, 0, 2, 0, 3, 0, 4]
    assert states(house) == ["failed"]
    (incident,) = house.incidents(mailing)
    assert (incident.element_id, incident.name) == ("Serve", "Serve")
    assert "mail.perform is broken" in incident.message
    assert house.open(mailing) == [], "the token is not lost: it waits on the service task"


def test_a_retried_effect_goes_out_again_with_the_same_key(house, mailing):
    fail_to_the_end(house)
    (key,) = house.rows(select(Effect.key))
    house.world.broken.clear()
    (incident,) = house.incidents(mailing)
    house.run(RetryIncident(incident.id, {"to": "b@example.org"}), ADMIN)
    sweep(house.engine)
    assert [(sent["to"], sent["key"]) for sent in house.world.sent] == [("b@example.org", key)]
    assert (house.open(mailing), house.incidents()) == (["Second"], [])


def test_a_skipped_effect_gives_what_the_person_says(house, mailing):
    fail_to_the_end(house)
    (incident,) = house.incidents(mailing)
    with pytest.raises(NotAllowed):
        house.run(SkipIncident(incident.id, "by phone"), DESK)
    house.run(SkipIncident(incident.id, "by phone", {"mail": "none"}), ADMIN)
    assert (house.open(mailing), states(house)) == (["Second"], ["cancelled"])
    assert house.task(mailing, "Second").data["mail"] == "none"
    (skipped,) = house.incidents(mailing, state="skipped")
    assert (skipped.reason, skipped.resolved_by) == ("by phone", ADMIN.id)


def test_storing_the_result_may_fail_and_is_tried_again(house, mailing):
    house.world.broken.add("mail.finish")
    sweep(house.engine)
    assert (house.notes(), states(house)) == ([], ["owed"])
    house.world.broken.clear()
    house.clock.advance(timedelta(minutes=1))
    sweep(house.engine)
    assert (house.notes(), house.open(mailing)) == (["mail m2"], ["Second"])


def test_a_claimed_effect_is_nobody_elses_until_the_lease_ends(house, mailing):
    assert len(house.run(ClaimEffects(), SYSTEM)) == 1
    assert house.run(ClaimEffects(), SYSTEM) == []
    house.clock.advance(timedelta(minutes=10))
    (again,) = house.run(ClaimEffects(), SYSTEM)
    assert again.attempts == 2, "a worker that died counts as an attempt"


def test_an_effect_that_always_kills_its_worker_is_given_up(house, mailing):
    for _ in range(4):
        house.run(ClaimEffects(), SYSTEM)
        house.clock.advance(timedelta(minutes=10))
    sweep(house.engine)
    assert (house.world.sent, states(house)) == ([], ["failed"])


def test_a_late_result_of_a_cancelled_instance_changes_nothing(house, mailing):
    (claimed,) = house.run(ClaimEffects(), SYSTEM)
    house.run(CancelInstance(mailing, "over"), ADMIN)
    house.run(DeliverEffect(claimed.id, {"message_id": "late"}), SYSTEM)
    assert (states(house), house.notes()) == (["cancelled"], [])
    with pytest.raises(NotFound):
        house.run(DeliverEffect("nowhere", {}), SYSTEM)


def test_a_second_result_changes_nothing(house, mailing):
    sweep(house.engine)
    (row,) = house.rows(select(Effect))
    house.run(DeliverEffect(row.id, {"message_id": "again"}), SYSTEM)
    assert house.notes() == ["mail m1"]


def test_an_emitted_effect_is_sent_and_nobody_waits(house):
    house.run(RunOperation("mails.emit"), DESK)
    sweep(house.engine)
    assert [sent["to"] for sent in house.world.sent] == ["emitted@example.org"]


def test_the_same_key_is_sent_once_for_ever(house):
    for _ in range(2):
        house.run(RunOperation("mails.emit", {"key": "welcome:1"}), DESK)
    sweep(house.engine)
    house.run(RunOperation("mails.emit", {"key": "welcome:1"}), DESK)
    sweep(house.engine)
    assert len(house.world.sent) == 1


def test_an_effect_whose_token_was_taken_away_is_cancelled(house):
    bundle = diagram(
        "bounded",
        {
            "Begin": ("startEvent", "", ""),
            "Serve": ("serviceTask", "", operator("mail.send")),
            "Late": ("boundaryEvent", 'attachedToRef="Serve"', timer("PT1H")),
            "Chase": ("userTask", "", properties(role="desk")),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> Serve", "Serve -> Done", "Late -> Chase", "Chase -> Done"],
    )
    house.world.broken.add("mail.perform")
    instance_id = house.start(bundle)
    house.clock.advance(timedelta(hours=1))
    sweep(house.engine)
    assert (house.open(instance_id), states(house)) == (["Chase"], ["cancelled"])
