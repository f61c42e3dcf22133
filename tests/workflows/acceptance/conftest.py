"""The firm with the diagram of the acceptance; the processes it calls write what a test put among the tools."""

from __future__ import annotations

import pytest

from engine import SYSTEM, Bundle, Context, DeployProcess, Operation
from tests.workflows.client_case import ClientCase
from tests.workflows.small_firm import open_small_firm
from workflows.records import assessments, conflicts, expectations, leads, parties

STAND_IN = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="t">
  <bpmn:process id="{key}" name="{key}" isExecutable="true">
    <bpmn:startEvent id="Event_Begins"><bpmn:outgoing>Flow_1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="Flow_1" sourceRef="Event_Begins" targetRef="Service_Answer"/>
    <bpmn:serviceTask id="Service_Answer" name="Answer"><bpmn:extensionElements>
      <spiffworkflow:serviceTaskOperator id="tests.{key}"><spiffworkflow:parameters>
        <spiffworkflow:parameter id="lead_id" type="str" value="lead_id"/></spiffworkflow:parameters>
      </spiffworkflow:serviceTaskOperator></bpmn:extensionElements>
      <bpmn:incoming>Flow_1</bpmn:incoming><bpmn:outgoing>Flow_2</bpmn:outgoing></bpmn:serviceTask>
    <bpmn:sequenceFlow id="Flow_2" sourceRef="Service_Answer" targetRef="Event_Done"/>
    <bpmn:endEvent id="Event_Done"><bpmn:incoming>Flow_2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>"""


def check(context: Context, lead_id: str, state: str) -> None:
    """A conflict check of the lead, of its parties as they are now, that ended in a state."""
    found = conflicts.open_check(context, lead_id, [])
    digest = parties.party_set_hash(parties.list_parties(context.session, lead_id))
    conflicts.change_check(context, found.id, state=conflicts.REVIEW, party_set_hash=digest)
    conflicts.close_check(context, found.id, state)


def waive(context: Context, lead_id: str) -> None:
    """The client consents to what the last check found."""
    found = conflicts.find_check(context.session, lead_id)
    context.session.get_one(conflicts.ConflictCheckRow, found.id).state = conflicts.WAIVED


class AcceptanceCase(ClientCase):
    """A lead where everything that comes first is done."""

    def prepare(self, *, conflict: str = "CLEAR", assessed: str = "ACCEPT", confirmed: bool = True, **parts) -> None:
        def write(context: Context) -> None:
            check(context, self.lead_id, conflict)
            for part in assessments.PARTS:
                if part in parts:
                    assessments.write_part(context, self.lead_id, part, parts[part])
            assessments.write_part(context, self.lead_id, assessments.MERITS, {"merits_opinion": "建议受理"})
            assessments.keep_risk(
                context, self.lead_id, scope="subject" in parts, level="simple" if "subject" in parts else "none"
            )
            assessments.finish(context, self.lead_id, result=assessed, reason="未见障碍")
            expectations.write_meeting(context, self.lead_id, {"client_expectations": "收回货款"})
            if confirmed:
                expectations.answer(context, self.lead_id, expectations.CONFIRMED)
            leads.get_lead(context.session, self.lead_id).state = "NEGOTIATE"

        self.run(write)


@pytest.fixture
def case(database_url, clock, tmp_path):
    engine = open_small_firm(database_url, clock, tmp_path, "acceptance", "acceptance_level", "committee_vote")

    def answer_check(context: Context, *, lead_id: str) -> dict[str, str]:
        state = str(context.tools.get("check", "CLEAR"))
        check(context, lead_id, state)
        return {"conflict_result": state}

    def answer_waiver(context: Context, *, lead_id: str) -> dict[str, str]:
        if context.tools.get("waiver") == "WAIVED":
            waive(context, lead_id)
        return {"waiver_result": str(context.tools.get("waiver", "REFUSED"))}

    engine.registry.add([Operation("tests.conflict_check", answer_check), Operation("tests.conflict_waiver", answer_waiver)])
    bundles = [Bundle(key, STAND_IN.format(key=key).encode()) for key in ("conflict_check", "conflict_waiver")]
    engine.run(DeployProcess(tuple(bundles)), SYSTEM)
    case = AcceptanceCase(engine)
    case.register(amount="300000")
    yield case
    engine.database.dispose()
