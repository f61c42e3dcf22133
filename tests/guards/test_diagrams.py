"""Every diagram can be read: few nodes, no shape over another, no label over a shape or another label (processes.md 9)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from engine.bundle import NS, parse_xml

ROOT = Path(__file__).parents[2] / "workflows" / "processes"
DIAGRAMS = sorted(ROOT.glob("*.bpmn"))
DRAWING = {**NS, "di": "http://www.omg.org/spec/BPMN/20100524/DI", "dc": "http://www.omg.org/spec/DD/20100524/DC"}
#: more than about 25 nodes do not fit a page; a gateway without a name only merges and is read past
MOST_NODES = 28
CONTAINERS = frozenset({"participant", "lane", "subProcess", "process"})
#: letters of a label may come this near to something else, in pixels
SLACK = 4


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def covers(self, other: Box, slack: float = 0) -> bool:
        return (
            self.x + slack < other.x + other.width
            and other.x + slack < self.x + self.width
            and self.y + slack < other.y + other.height
            and other.y + slack < self.y + self.height
        )


def read(path):
    root = parse_xml(path.read_bytes())
    kinds = {node.get("id"): etree.QName(node).localname for node in root.iter(f"{{{NS['bpmn']}}}*") if node.get("id")}
    attached = {node.get("id"): node.get("attachedToRef") for node in root.iter(f"{{{NS['bpmn']}}}boundaryEvent")}
    shapes, labels = [], []
    for shape in root.iter(f"{{{DRAWING['di']}}}BPMNShape"):
        element = shape.get("bpmnElement")
        if kinds.get(element) in CONTAINERS or kinds.get(element) is None:
            continue
        shapes.append(box(element, shape.find("dc:Bounds", DRAWING)))
        label = shape.find("di:BPMNLabel/dc:Bounds", DRAWING)
        if label is not None:
            labels.append(box(element, label))
    for edge in root.iter(f"{{{DRAWING['di']}}}BPMNEdge"):
        label = edge.find("di:BPMNLabel/dc:Bounds", DRAWING)
        if label is not None:
            labels.append(box(edge.get("bpmnElement"), label))
    return kinds, attached, shapes, labels


def merging_gateways(path):
    gateways = parse_xml(path.read_bytes()).iter(f"{{{NS['bpmn']}}}exclusiveGateway")
    return {each.get("id") for each in gateways if not each.get("name") and len(each.findall("bpmn:outgoing", NS)) == 1}


def box(name, bounds):
    return Box(name, *(float(bounds.get(key)) for key in ("x", "y", "width", "height")))


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_fits_a_page(path):
    kinds, _attached, shapes, _labels = read(path)
    merging = merging_gateways(path)
    assert len([shape for shape in shapes if shape.name not in merging]) <= MOST_NODES
    assert all(name in kinds for name in (shape.name for shape in shapes))


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_no_shape_lies_over_another(path):
    _kinds, attached, shapes, _labels = read(path)
    pairs = [
        (one.name, other.name)
        for number, one in enumerate(shapes)
        for other in shapes[number + 1 :]
        # events on the border of one task may touch
        if one.covers(other, 10 if attached.get(one.name) and attached.get(one.name) == attached.get(other.name) else 0)
        and attached.get(one.name) != other.name
        and attached.get(other.name) != one.name
    ]
    assert pairs == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_no_label_lies_over_a_shape_or_another_label(path):
    _kinds, _attached, shapes, labels = read(path)
    # a gateway's own label may stand in the corner that the diamond leaves free
    over = [(label.name, shape.name) for label in labels for shape in shapes if label.name != shape.name and label.covers(shape, SLACK)]
    over += [
        (one.name, other.name)
        for number, one in enumerate(labels)
        for other in labels[number + 1 :]
        if one.name != other.name and one.covers(other, SLACK)
    ]
    assert over == []
