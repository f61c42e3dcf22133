"""Every kind of element the firm's processes use stands in one of the diagrams of the differential test."""

from __future__ import annotations

from pathlib import Path

from engine.bundle import BPMN, parse_xml
from engine.lint import NODES
from tests.engine.spiff.test_differential import DIAGRAMS

PROCESSES = Path(__file__).parents[3] / "workflows" / "processes"
B = f"{{{BPMN}}}"


def kind(node):
    """An element's tag, event, timer and loop, and whether it interrupts or runs in sequence."""
    parts = [node.tag, "beside" if "false" in (node.get("cancelActivity"), node.get("isInterrupting")) else ""]
    parts.append("aside" if node.get("triggeredByEvent") == "true" else "")
    for child in node:
        if child.tag.endswith("EventDefinition"):
            parts += [child.tag, *(part.tag for part in child if "time" in part.tag)]
        if child.tag.endswith("LoopCharacteristics"):
            parts += [child.tag, child.get("isSequential", "false")]
    return " ".join(part.replace(B, "") for part in parts)


def kinds(folder):
    """The kinds of elements in a folder's diagrams."""
    tags = [f"{B}{tag}" for tag in NODES]
    return {kind(node) for path in folder.glob("*.bpmn") for node in parse_xml(path.read_bytes()).iter(*tags)}


def test_the_differential_test_meets_every_kind_of_element():
    assert kinds(PROCESSES) - kinds(DIAGRAMS) == set()
