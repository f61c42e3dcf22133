"""StartInstance: pinned to the newest versions of everything it calls."""

from __future__ import annotations

import dataclasses

import pytest

from engine import StartInstance
from engine.errors import DataTooLarge, NotAllowed, NotFound
from engine.tables import Instance
from tests.engine.diagrams import diagram, properties
from tests.engine.house import review, with_service
from tests.people import CHEN, DESK, LI, link


def outer():
    return diagram(
        "outer",
        {
            "Begin": ("startEvent", "", ""),
            "Wait": ("userTask", "", properties(role="desk")),
            "Call": ("callActivity", 'calledElement="review"', ""),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> Wait", "Wait -> Call", "Call -> Done"],
    )


def test_a_start_opens_the_first_task(house):
    instance_id = house.start(review(), client="甲")
    assert house.open(instance_id) == ["Draft"]
    row = house.instance(instance_id)
    assert (row.state, row.started_by, row.process_key) == ("running", DESK.id, "review")


def test_title_and_business_key_are_kept(house):
    house.deploy(review())
    instance_id = house.run(StartInstance("review", {}, title="张三诉李四", business_key="L-1"))
    row = house.instance(instance_id)
    assert (row.title, row.business_key) == ("张三诉李四", "L-1")


def test_the_title_follows_the_variable_of_that_name(house):
    instance_id = house.start(review("titled", complete="draft.complete"))
    house.do(instance_id, "Draft", LI, text="x")
    started = house.start("titled", title="新标题")
    assert house.instance(started).title == "新标题"


def test_an_unknown_process_is_not_found(house):
    with pytest.raises(NotFound):
        house.run(StartInstance("nowhere"))


def test_somebody_with_a_link_starts_nothing(house):
    house.deploy(review())
    with pytest.raises(NotAllowed):
        house.run(StartInstance("review"), link("x", "Draft"))


def test_a_running_instance_keeps_the_versions_it_started_with(house):
    house.deploy(outer(), review())
    old = house.start("outer")
    renamed = dataclasses.replace(review(), source=review().source.replace(b'name="Draft"', b'name="Rewritten"'))
    house.deploy(renamed)
    new = house.start("outer")
    for instance_id in (old, new):
        house.do(instance_id, "Wait")
    assert house.task(old, "Draft").name == "Draft"
    assert house.task(new, "Draft").name == "Rewritten"


def test_a_called_process_runs_in_the_same_instance(house):
    house.deploy(outer(), review())
    instance_id = house.start("outer")
    house.do(instance_id, "Wait")
    assert house.task(instance_id, "Draft").process_key == "review"
    house.do(instance_id, "Draft", LI, text="x")
    house.do(instance_id, "Review", CHEN, ok=True)
    assert house.instance(instance_id).state == "completed"


def test_too_much_data_is_refused_and_nothing_starts(house):
    house.deploy(review())
    with pytest.raises(DataTooLarge):
        house.start("review", text="x" * 300_000)
    assert house.count(Instance) == 0


def test_a_first_step_that_fails_keeps_the_instance_with_an_incident(house):
    bundle = diagram(
        "early",
        {"Begin": ("startEvent", "", ""), "Serve": ("serviceTask", "", with_service("notes.add", text='"a"').source.decode().split('id="Serve"')[1].split(">", 1)[1].split("<bpmn:incoming")[0]), "Done": ("endEvent", "", "")},
        ["Begin -> Serve", "Serve -> Done"],
    )  # fmt: skip
    house.world.broken.add("notes.add")
    instance_id = house.start(bundle)
    (incident,) = house.incidents(instance_id)
    assert (incident.element_id, house.instance(instance_id).state, house.notes()) == ("Serve", "running", [])
