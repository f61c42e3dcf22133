"""What pages read out of a deployed diagram: its elements with names, places and instructions; read once a version."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree
from sqlalchemy.orm import Session

from engine import queries
from engine.bundle import NS, parse_xml
from web.i18n import language

DRAWING = {**NS, "di": "http://www.omg.org/spec/BPMN/20100524/DI", "dc": "http://www.omg.org/spec/DD/20100524/DC"}
STEPS = ("userTask", "manualTask", "callActivity")
SHOWN_STAGES = 10
PLAIN_STEPS = 4
#: parsed outlines by definition id; a version never changes
_KNOWN: dict[str, Outline] = {}


@dataclass(frozen=True)
class Element:
    """One element of a diagram; ``x`` and ``y`` are its middle."""

    id: str
    kind: str
    name: str
    name_en: str
    called: str
    instructions: str
    instructions_en: str
    named_by: str  # the step on whose border an event stands; the timer to which a gateway that waits leads
    x: float
    y: float

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if language() == "en" and self.name_en else self.name

    @property
    def help(self) -> str:
        """What the person should do, in the reader's language."""
        return self.instructions_en if language() == "en" and self.instructions_en else self.instructions


@dataclass(frozen=True)
class Outline:
    """The elements of one version of a process, by id."""

    name: str
    name_en: str
    elements: dict[str, Element]
    reached: frozenset[str]  # what flows lead to from the start, without any timer running out

    @property
    def label(self) -> str:
        """The process's name in the reader's language."""
        return self.name_en if language() == "en" and self.name_en else self.name

    def steps(self) -> list[Element]:
        """The stages of a process that calls others, else its people's tasks; from left to right."""
        stages = [each for each in self.elements.values() if each.kind == "callActivity"]
        found = stages or [each for each in self.elements.values() if each.kind in STEPS and each.id in self.reached]
        return sorted(found, key=lambda each: (each.x, each.y))

    def waiting(self, element_id: str, otherwise: str = "") -> str:
        """What a timer waits for: its own name with the step it stands on, and never the question of a gateway."""
        own = self.elements.get(element_id)
        other = self.elements.get(own.named_by) if own else None
        if own is None or other is None:
            return (own.label if own else "") or otherwise or self.label
        return f"{other.label} · {own.label}" if own.kind == "boundaryEvent" and own.label else other.label

    def level(self) -> float:
        """The height of the happy path: where the start event stands."""
        starts = [each.y for each in self.elements.values() if each.kind == "startEvent"]
        return starts[0] if starts else 0.0


@dataclass(frozen=True)
class Stage:
    """One step of the progress line."""

    label: str
    state: str  # done | now | later


def read_outline(session: Session, definition_id: str) -> Outline:
    """The outline of one version. Raises ``NotFound``."""
    if definition_id not in _KNOWN:
        row = queries.get_definition(session, definition_id)
        _KNOWN[definition_id] = parse_outline(row.source, row.process_key)
    return _KNOWN[definition_id]


def parse_outline(source: bytes, process_key: str) -> Outline:
    """Read a diagram; the English name of a process without one is made of its key."""
    root = parse_xml(source)
    places = read_places(root)
    process = root.find("bpmn:process", NS)
    elements: dict[str, Element] = {}
    for node in [] if process is None else process.iter(f"{{{NS['bpmn']}}}*"):
        element_id = node.get("id")
        if element_id and element_id in places:
            elements[element_id] = read_element(node, places[element_id], find_namer(process, node))
    name = "" if process is None else process.get("name", "")
    english = "" if process is None else read_property(process, "name_en")
    return Outline(name or process_key, english or process_key.replace("_", " ").capitalize(), elements, read_reached(process))


def read_reached(process: etree._Element | None) -> frozenset[str]:
    """The ids of everything that flows lead to from a start event."""
    if process is None:
        return frozenset()
    flows = [(flow.get("sourceRef"), str(flow.get("targetRef"))) for flow in process.iter(f"{{{NS['bpmn']}}}sequenceFlow")]
    found: set[str] = set()
    ahead = [str(each.get("id")) for each in process.iter(f"{{{NS['bpmn']}}}startEvent")]
    while ahead:
        found.update(ahead)
        ahead = [target for source, target in flows if source in ahead and target not in found]
    return frozenset(found)


def find_namer(process: etree._Element, node: etree._Element) -> str:
    """The id of the element that says what an event on a border, or a gateway that waits, is about; or nothing."""
    if not node.tag.endswith("}eventBasedGateway"):
        return str(node.get("attachedToRef", ""))
    flows = process.iterfind(f".//bpmn:sequenceFlow[@sourceRef='{node.get('id')}']", NS)
    targets = {flow.get("targetRef") for flow in flows}
    timed = process.iterfind(".//bpmn:intermediateCatchEvent[bpmn:timerEventDefinition]", NS)
    return next((str(each.get("id")) for each in timed if each.get("id") in targets), "")


def read_element(node: etree._Element, place: tuple[float, float], named_by: str) -> Element:
    """One element with its properties."""
    told = node.find("bpmn:extensionElements/spiff:instructionsForEndUser", NS)
    return Element(
        id=str(node.get("id")),
        kind=etree.QName(node).localname,
        name=str(node.get("name", "")),
        name_en=read_property(node, "name_en"),
        called=str(node.get("calledElement", "")),
        instructions=(told.text or "").strip() if told is not None else read_property(node, "instructions"),
        instructions_en=read_property(node, "instructions_en"),
        named_by=named_by,
        x=place[0],
        y=place[1],
    )


def in_english(source: bytes) -> bytes:
    """The diagram with the English name of every element that has one."""
    root = parse_xml(source)
    for node in root.iter(f"{{{NS['bpmn']}}}*"):
        english = read_property(node, "name_en")
        if english:
            node.set("name", english)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def read_property(node: etree._Element, name: str) -> str:
    """A property of an element, or nothing."""
    found = node.find(f"bpmn:extensionElements/spiff:properties/spiff:property[@name='{name}']", NS)
    return "" if found is None else str(found.get("value", ""))


def read_places(root: etree._Element) -> dict[str, tuple[float, float]]:
    """The middle of every drawn element."""
    places: dict[str, tuple[float, float]] = {}
    for shape in root.iter(f"{{{DRAWING['di']}}}BPMNShape"):
        bounds = shape.find("dc:Bounds", DRAWING)
        if bounds is not None:
            x, y, width, height = (float(bounds.get(name, "0")) for name in ("x", "y", "width", "height"))
            places[str(shape.get("bpmnElement"))] = (x + width / 2, y + height / 2)
    return places


def progress(outline: Outline, done: set[str], now: set[str]) -> list[Stage]:
    """The progress line: the happy path, and beside it only what was reached."""
    level, steps = outline.level(), outline.steps()
    stages = any(each.kind == "callActivity" for each in steps)
    if not stages and len(steps) > PLAIN_STEPS:
        return []  # among many tasks some are never reached: a line of them would promise too much
    found = []
    for each in steps:
        is_reached = each.id in done or each.id in now
        if is_reached or (stages and abs(each.y - level) < 60) or not stages:
            found.append(Stage(each.label, "now" if each.id in now else "done" if each.id in done else "later"))
    return found if 1 < len(found) <= SHOWN_STAGES else []
