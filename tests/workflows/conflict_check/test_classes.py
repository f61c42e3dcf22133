"""Decision table D1 (processes.md 4): each of its twenty rows gives the class and the rule that the text says."""

from __future__ import annotations

import pytest

from engine import SYSTEM, Bundle, DeployProcess
from workflows.wiring import ROOT

DIAGRAM = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="t">
 <bpmn:process id="classes" name="classes" isExecutable="true">
  <bpmn:startEvent id="Event_Begins"><bpmn:outgoing>Flow_1</bpmn:outgoing></bpmn:startEvent>
  <bpmn:sequenceFlow id="Flow_1" sourceRef="Event_Begins" targetRef="Rule_Classify"/>
  <bpmn:businessRuleTask id="Rule_Classify" name="定级"><bpmn:extensionElements>
   <spiffworkflow:calledDecisionId>conflict_class</spiffworkflow:calledDecisionId></bpmn:extensionElements>
   <bpmn:incoming>Flow_1</bpmn:incoming><bpmn:outgoing>Flow_2</bpmn:outgoing>
   <bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopDataInputRef>hits</bpmn:loopDataInputRef>
    <bpmn:loopDataOutputRef>verdicts</bpmn:loopDataOutputRef><bpmn:inputDataItem id="hit" name="hit"/>
    <bpmn:outputDataItem id="hit_verdict" name="hit_verdict"/></bpmn:multiInstanceLoopCharacteristics></bpmn:businessRuleTask>
  <bpmn:sequenceFlow id="Flow_2" sourceRef="Rule_Classify" targetRef="Event_Done"/>
  <bpmn:endEvent id="Event_Done"><bpmn:incoming>Flow_2</bpmn:incoming></bpmn:endEvent>
 </bpmn:process></bpmn:definitions>"""
BASE = {
    "candidate": "opposing", "history": "client", "status": "current", "same_case": "no", "recent": "no", "field": "civil",
    "adviser": "no", "same_lawyer": "no", "identity": "open",
}  # fmt: skip
NEW_CLIENT = {"candidate": "client", "history": "opposing"}
# the row of D1, what differs from a party of a current client in another matter, the class and the rule
ROWS = [
    ("1 opponent is a current client, same case", {"same_case": "case"}, "ABSOLUTE CN-A5"),
    ("2 new client is the opponent of a current client, same case", {**NEW_CLIENT, "same_case": "case"}, "ABSOLUTE CN-A5"),
    ("3 victim and suspect", {"same_case": "case", "field": "criminal"}, "ABSOLUTE CN-A4"),
    ("3 suspect and victim", {**NEW_CLIENT, "same_case": "case", "field": "criminal"}, "ABSOLUTE CN-A4"),
    ("4 same lawyer, two suspects", {"candidate": "third", "field": "criminal", "same_lawyer": "yes"}, "ABSOLUTE CN-A9"),
    ("4 another lawyer of the firm", {"candidate": "third", "field": "criminal"}, "REVIEW CN-A9"),
    ("5 own interest", {"history": "declared_interest"}, "ABSOLUTE CN-A1"),
    ("5 relative is the opponent", {"history": "relative_own"}, "ABSOLUTE CN-A1"),
    ("5 staff is the opponent", {"history": "staff"}, "ABSOLUTE CN-A5"),
    ("6 relative represents the opponent", {"history": "declared_relative_agent"}, "ABSOLUTE CN-A2"),
    ("6 found, not declared", {"candidate": "related_opposing", "history": "relative_own"}, "ABSOLUTE CN-A2"),
    ("7 handled it in office", {"history": "declared_office"}, "ABSOLUTE CN-A3"),
    ("8 former judge, litigation", {"history": "declared_former_judge"}, "ABSOLUTE CN-A11"),
    ("8 former judge, no litigation", {"history": "declared_former_judge", "field": "nonlitigation"}, "REVIEW CN-A11"),
    ("9 acted for the other side of the case", {"status": "former", "same_case": "case"}, "ABSOLUTE CN-A7"),
    ("9 seen from the new client", {**NEW_CLIENT, "status": "former", "same_case": "case"}, "ABSOLUTE CN-A7"),
    ("10 opponent is a retainer client, its lawyer", {"adviser": "yes", "same_lawyer": "yes"}, "ABSOLUTE CN-A10"),
    ("10 opponent is a retainer client, the firm", {"adviser": "yes"}, "WAIVABLE CN-W4"),
    ("11 adverse in a transaction", {"same_case": "case", "field": "nonlitigation"}, "ABSOLUTE CN-A6"),
    ("12 another lawyer's relative", {"history": "relative_other"}, "WAIVABLE CN-W1"),
    ("12 the victim is another lawyer's relative", {"history": "relative_other", "field": "criminal"}, "WAIVABLE CN-W2"),
    ("13 new client is an opponent, other matter", NEW_CLIENT, "WAIVABLE CN-W3"),
    ("14 opponent is a current client, other matter", {}, "WAIVABLE CN-W4"),
    ("15 former client, same matter, a year", {"status": "former", "same_case": "matter", "recent": "yes"}, "WAIVABLE CN-W5"),
    ("15 after the year", {"status": "former", "same_case": "matter"}, "WAIVABLE CN-W6"),
    ("16 former client, other matter", {"status": "former"}, "WAIVABLE CN-W6"),
    ("17 affiliate of a current client", {"candidate": "related_opposing"}, "WAIVABLE CN-W6"),
    ("17 affiliate of a former client", {"candidate": "related_opposing", "status": "former"}, "REVIEW CN-W6"),
    ("18 declined prospect", {"status": "declined"}, "WAIVABLE CN-W7"),
    ("19 third party", {"candidate": "third"}, "REVIEW CN-I19"),
    ("19 third party of another matter", {"history": "third"}, "REVIEW CN-I19"),
    ("20 same side again", {"candidate": "client"}, "INFO CN-I20"),
    ("the first to come", {"status": "earlier"}, "ABSOLUTE CN-Q1"),
    ("another identifier", {"same_case": "case", "identity": "differs"}, "NONE CN-I0"),
]


@pytest.mark.requirement("R6")
def test_every_row_of_the_table_has_its_class_and_rule(case):
    decision = (ROOT / "decisions" / "conflict_class.dmn").read_bytes()
    case.firm.run(DeployProcess((Bundle("classes", DIAGRAM.encode(), {"conflict_class": decision}),)), SYSTEM)
    case.start("classes", hits=[{**BASE, **differs} for _row, differs, _verdict in ROWS])
    assert case.incidents() == []
    given = dict(zip((row for row, *_rest in ROWS), case.result("verdicts"), strict=True))
    assert given == {row: verdict for row, _differs, verdict in ROWS}
    assert {row.split()[0] for row in given} >= {str(number) for number in range(1, 21)}
