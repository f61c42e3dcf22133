"""DeployProcess: a change of meaning makes a new version, anything that cannot run is refused whole."""

from __future__ import annotations

import dataclasses

import pytest

from engine import DeployProcess
from engine.errors import DeployRefused, NotAllowed
from engine.tables import AuditLine, Definition
from tests.engine.diagrams import diagram, properties
from tests.engine.house import review
from tests.people import DESIGNER, STRANGER


def caller(key: str, called: str):
    return diagram(
        key,
        {
            "Begin": ("startEvent", "", ""),
            "Call": ("callActivity", f'calledElement="{called}"', ""),
            "Done": ("endEvent", "", ""),
        },
        ["Begin -> Call", "Call -> Done"],
    )


def test_the_first_deployment_is_version_one(house):
    (deployed,) = house.deploy(review())
    assert (deployed.process_key, deployed.version, deployed.changed) == ("review", 1, True)
    (row,) = house.rows(Definition.__table__.select().with_only_columns(Definition.deployed_by))
    assert row == DESIGNER.id


def test_the_same_meaning_is_no_new_version(house):
    (first,) = house.deploy(review())
    moved = dataclasses.replace(review(), source=review().source.replace(b"><bpmn:", b">\n  <bpmn:"))
    (again,) = house.deploy(moved)
    assert (again.version, again.definition_id, again.changed) == (1, first.definition_id, False)


def test_a_changed_form_is_a_new_version(house):
    house.deploy(review())
    changed = review()
    forms = {**changed.forms, "review/review": {"type": "default", "components": []}}
    (second,) = house.deploy(dataclasses.replace(changed, forms=forms))
    assert (second.version, second.changed) == (2, True)


def test_processes_that_call_each_other_deploy_in_any_order(house):
    deployed = house.deploy(caller("outer", "review"), review())
    assert {each.process_key for each in deployed} == {"outer", "review"}


def test_a_call_to_an_unknown_process_is_refused(house):
    with pytest.raises(DeployRefused) as refused:
        house.deploy(caller("outer", "nowhere"))
    assert any(finding.severity == "error" for finding in refused.value.findings)
    assert house.count(Definition) == 0


def test_one_refused_bundle_refuses_all_and_all_findings_come_at_once(house):
    bad = diagram("bad", {"Begin": ("startEvent", "", ""), "T": ("userTask", "", properties(form="none/such"))}, ["Begin -> T"])
    worse = dataclasses.replace(review("worse"), source=b"<not xml")
    with pytest.raises(DeployRefused) as refused:
        house.deploy(review(), bad, worse)
    assert {finding.file for finding in refused.value.findings} == {"bad", "worse"}
    assert house.count(Definition) == 0


def test_who_deployed_what_is_audited(house):
    house.deploy(review())
    (line,) = [line for line in house.rows(AuditLine.__table__.select().with_only_columns(AuditLine.event))]
    assert line == "process_deployed"


def test_a_stranger_may_not_deploy(house):
    with pytest.raises(NotAllowed):
        house.run(DeployProcess((review(),)), STRANGER)
