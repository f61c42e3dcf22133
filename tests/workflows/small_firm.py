"""The demo firm with a few of its diagrams, and stand-ins for the processes that those call."""

from __future__ import annotations

import re
from pathlib import Path

from engine import SYSTEM, Bundle, Clock, Context, DeployProcess, Engine, Operation
from tests.workflows.firm_image import read_bundles, write_people
from workflows.wiring import build_registry, open_firm

CALLED = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
  <bpmn:process id="{key}" name="{key}" isExecutable="true">
    <bpmn:startEvent id="Event_Begins"><bpmn:outgoing>Flow_1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="Flow_1" sourceRef="Event_Begins" targetRef="Script_Answer"/>
    <bpmn:scriptTask id="Script_Answer"><bpmn:incoming>Flow_1</bpmn:incoming><bpmn:outgoing>Flow_2</bpmn:outgoing>
      <bpmn:script>{script}</bpmn:script></bpmn:scriptTask>
    <bpmn:sequenceFlow id="Flow_2" sourceRef="Script_Answer" targetRef="Event_Done"/>
    <bpmn:endEvent id="Event_Done"><bpmn:incoming>Flow_2</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>"""
build_registry()  # imports every record now: the database template is made of the tables that are known

# What belongs to a process although it is drawn apart: called, or begun by its messages.
PARTS = {
    "conflict_check": ("conflict_examination", "conflict_declaration", "conflict_decision"),
    "conflict_waiver": ("conflict_consent",),
    "consent_withdrawal": ("conflict_check", "conflict_waiver"),
}

ANSWERS = {
    "conflict_check": 'conflict_result = get("next_conflict_result", "CLEAR")',
    "conflict_waiver": 'waiver_result = get("next_waiver_result", "WAIVED")',
    "lifecycle": "begun = True",
}


def open_small_firm(database_url: str, clock: Clock, data_dir: Path, *names: str) -> Engine:
    """The demo firm with these diagrams deployed."""
    engine = open_firm(database_url, clock=clock, data_dir=data_dir)
    _fill(engine)
    write_people(engine, data_dir)
    every = {bundle.name: bundle for bundle in read_bundles()}
    wanted = {name for name in names if name in every}
    # a process comes with its parts, and with whatever it calls that no stand-in answers for
    while parts := {key for name in wanted for key in (*PARTS.get(name, ()), *_called(every[name])) if key in every} - wanted:
        wanted |= parts
    chosen = [every[name] for name in wanted]
    stand_ins = [
        Bundle(key, CALLED.format(key=key, script=script).encode()) for key, script in ANSWERS.items() if key not in wanted
    ]
    engine.run(DeployProcess((*chosen, *stand_ins)), SYSTEM)
    return engine


def _called(bundle: Bundle) -> list[str]:
    """What a diagram calls, but for what a stand-in answers."""
    return [key for key in re.findall(r'calledElement="([^"]+)"', bundle.source.decode()) if key not in ANSWERS]


def _fill(engine: Engine) -> None:
    """Stand in for the conflict search where the firm has none yet; a test sets the answer among the tools."""

    def recheck(context: Context, *, lead_id: str) -> dict[str, str]:
        return {"conflict_recheck": str(context.tools.get("recheck", "CLEAR"))}

    if engine.registry.find("conflicts.recheck") is None:
        engine.registry.add([Operation("conflicts.recheck", recheck)])
