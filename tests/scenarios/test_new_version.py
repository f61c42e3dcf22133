"""Scenario 18 of processes.md section 8: a firm's diagram gets another approval while fifty of its instances run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from engine import DeployProcess, MigrateInstance, queries
from engine.errors import FourEyes, NotAllowed
from engine.tables import AuditLine, Definition, History, Instance
from tests.workflows.corrective_action.conftest import ANALYSIS, CorrectionCase
from tests.workflows.small_firm import open_small_firm
from workflows.wiring import firm_bundles

KEY, COUNT = "corrective_action", 50
# The cause is looked at by the director before anything is planned.
ADDED = (
    '<bpmn:userTask id="Task_Cause" name="审查根本原因"><bpmn:extensionElements><spiffworkflow:properties>'
    '<spiffworkflow:property name="gate" value="true"/><spiffworkflow:property name="not_same_as" value="Task_Analyse"/>'
    '<spiffworkflow:property name="due" value="2 WD"/><spiffworkflow:property name="role" value="director"/>'
    '<spiffworkflow:property name="name_en" value="Approve the cause"/></spiffworkflow:properties></bpmn:extensionElements>'
    "<bpmn:incoming>Flow_3</bpmn:incoming><bpmn:outgoing>Flow_Cause</bpmn:outgoing></bpmn:userTask>"
    '<bpmn:sequenceFlow id="Flow_3" sourceRef="Task_Analyse" targetRef="Task_Cause"/>'
    '<bpmn:sequenceFlow id="Flow_Cause" sourceRef="Task_Cause" targetRef="Gateway_Join_Task_Plan"/>'
)
OLD_FLOW = '<bpmn:sequenceFlow id="Flow_3" sourceRef="Task_Analyse" targetRef="Gateway_Join_Task_Plan"/>'


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, KEY)
    yield CorrectionCase(engine)
    engine.database.dispose()


def second_version():
    """The firm's own diagram as a designer would change it."""
    (bundle,) = [each for each in firm_bundles() if each.name == KEY]
    text = bundle.source.decode()
    assert OLD_FLOW in text
    text, _, picture = text.partition("<bpmndi:BPMNDiagram")
    text = text.replace(OLD_FLOW, ADDED)
    head, plan, tail = text.partition('<bpmn:exclusiveGateway id="Gateway_Join_Task_Plan"')
    tail = tail.replace("<bpmn:incoming>Flow_3</bpmn:incoming>", "<bpmn:incoming>Flow_Cause</bpmn:incoming>", 1)
    return replace(bundle, source=(head + plan + tail + "<bpmndi:BPMNDiagram" + picture).encode())


def turn_to(case, instance_id):
    case.instance_id = instance_id
    return case


def test_scenario_18_fifty_running_instances_go_over_and_the_audit_shows_both_versions(case):
    for number in range(COUNT):
        case.ask(source_no=f"TS-2026-{number + 1:04}")
    with case.firm.reading() as session:
        ids = sorted(row.id for row in queries.list_instances(session, process_key=KEY, limit=COUNT * 2))
    early, late = ids[::2], ids[1::2]
    for instance_id in late:  # the cause stands already: for these the added step comes too late
        turn_to(case, instance_id).do("compliance", "Task_Analyse", ANALYSIS)
    (deployed,) = case.firm.run(DeployProcess((second_version(),), comment="增加原因审查"), case.cast["admin"])
    assert (deployed.version, deployed.changed) == (2, True)
    previews = case.firm.preview_migration(deployed.definition_id)
    assert ({each.instance_id for each in previews}, {each.verdict for each in previews}) == (set(ids), {"as_is"})
    with pytest.raises(NotAllowed):
        case.firm.run(MigrateInstance(ids[0], deployed.definition_id), case.cast["lawyer1"])
    for instance_id in ids:
        case.firm.run(MigrateInstance(instance_id, deployed.definition_id), case.cast["admin"])
    for instance_id in early:
        turn_to(case, instance_id).do("compliance", "Task_Analyse", ANALYSIS)
        assert case.open_tasks() == {"Task_Cause"}
    with pytest.raises((NotAllowed, FourEyes)):
        case.do("compliance", "Task_Cause", {})
    for instance_id in early:
        turn_to(case, instance_id).do("director", "Task_Cause", {})
    for instance_id in ids:
        assert turn_to(case, instance_id).open_tasks() == {"Task_Plan"}
    check_trail(case, ids, set(early), deployed.definition_id)
    turn_to(case, early[0]).do("compliance", "Task_Plan", case.actions("lawyer1"))  # one goes on to its end
    case.do("director", "Task_Approve", {"approval": "APPROVED"})
    case.finish("lawyer1", proof_note="已改")
    case.move(days=90, minutes=1)
    case.do("director", "Task_Effect", {"effective": "yes", "data": "三个月无逾期"})
    assert (case.state(), case.incidents()) == ("completed", [])


def check_trail(case, ids, early, newest):
    """History and audit name the version before and the one after, for each of the fifty."""
    with case.firm.reading() as session:
        rows = session.scalars(select(AuditLine).where(AuditLine.event == "instance_migrated")).all()
        versions = {row.id: row.version for row in session.scalars(select(Definition).where(Definition.process_key == KEY))}
        now = {row.id: row.definition_id for row in session.scalars(select(Instance).where(Instance.process_key == KEY))}
        added = session.scalars(
            select(History.instance_id).where(History.element_id == "Task_Cause", History.outcome == "completed")
        )
        assert set(added) == early
        moved = session.scalars(select(History.instance_id).where(History.outcome == "migrated")).all()
    assert sorted(moved) == ids and set(now.values()) == {newest}
    assert sorted(row.subject for row in rows) == [f"instance:{each}" for each in ids]
    assert {(row.data["from"], row.data["to"], versions[row.data["from_definition"]]) for row in rows} == {(1, 2, 1)}
    assert {row.definition for row in rows} == {newest}
