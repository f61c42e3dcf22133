"""What a finding is, and a diagram in which findings are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from engine.bundle import BPMN, NS, parse_xml
from engine.handlers import Registry

MAX_BYTES = 5 * 1024 * 1024
MAX_ELEMENTS = 5000
LIMIT = 500

TASKS = (
    "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "task", "callActivity", "subProcess",
    "sendTask", "receiveTask",
)  # fmt: skip
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
NODES = TASKS + EVENTS + GATEWAYS


@dataclass(frozen=True)
class Finding:
    """One reason: where, which rule, how bad (``error`` or ``warning``), why, and how to mend it."""

    file: str
    element: str
    name: str
    rule: str
    severity: str
    message: str
    fix: str

    @classmethod
    def of(cls, file: str, element: str, name: str, rule: str, message: str, fix: str = "", severity: str = "error") -> Finding:
        return cls(file, element, name, rule, severity, message, fix)

    def as_dict(self) -> dict[str, str]:
        """The finding as the command line prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Surroundings:
    """What a diagram may refer to."""

    registry: Registry
    checks: Mapping[str, Callable[[str], str | None]]
    known_processes: Collection[str]
    lane_roles: Mapping[str, str]


@dataclass
class Diagram:
    """A parsed diagram with a way to report findings in it."""

    file: str
    root: Any
    found: list[Finding] = field(default_factory=list)

    def say(self, node: Any, rule: str, message: str, fix: str = "", severity: str = "error") -> None:
        """Report a finding at an element; a hundred of a kind are enough."""
        element = str(node.get("id", "")) if node is not None else ""
        name = str(node.get("name", "")) if node is not None else ""
        if len(self.found) < LIMIT:
            self.found.append(Finding(self.file, element[:200], name[:200], rule, severity, message, fix))

    def all(self, path: str) -> list[Any]:
        """The elements at an XPath."""
        return list(self.root.xpath(path, namespaces=NS))

    @cached_property
    def nodes(self) -> list[Any]:
        """Every flow node of every process."""
        return [node for node in self.all("//bpmn:process//*") if tag(node) in NODES]

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every id."""
        return frozenset(map(str, self.root.xpath("//@id")))

    @cached_property
    def lanes(self) -> dict[str, str]:
        """The lane's name by the id of a node in it."""
        found = {}
        for lane in self.all("//bpmn:lane"):
            for ref in lane.xpath("./bpmn:flowNodeRef", namespaces=NS):
                found[(ref.text or "").strip()] = str(lane.get("name") or "")
        return found

    def lane_of(self, node: Any) -> str | None:
        """The lane a node is in: what stands in a subprocess is in the subprocess's lane."""
        around = [str(each.get("id")) for each in (*reversed(list(node.iterancestors())), node)]
        return next((self.lanes[each] for each in around if each in self.lanes), None)


def tag(node: Any) -> str:
    """The name of a BPMN element, empty for anything else."""
    name = etree.QName(node)
    return name.localname if name.namespace == BPMN else ""


def owner(node: Any) -> Any:
    """The BPMN element that something belongs to: itself or the nearest above it with an id."""
    while node.getparent() is not None and not (node.get("id") and tag(node)):
        node = node.getparent()
    return node


def read_diagram(file: str, source: bytes) -> tuple[Any | None, list[Finding]]:
    """The parsed XML, or the reason why there is none."""
    if len(source) > MAX_BYTES:
        return None, [Finding.of(file, "", "", "too-large", f"The file has {len(source)} bytes; {MAX_BYTES} are allowed.")]
    if not source.strip():
        return None, [Finding.of(file, "", "", "parse", "The file is empty.", "Export the diagram again.")]
    try:
        root = parse_xml(source)
    except (etree.XMLSyntaxError, ValueError, RecursionError) as error:
        reason = str(getattr(error, "msg", None) or error)
        return None, [Finding.of(file, "", "", "parse", f"The file is not readable XML: {reason}", "Export the diagram again.")]
    if etree.QName(root).localname != "definitions" or etree.QName(root).namespace != BPMN:
        return None, [Finding.of(file, "", "", "parse", "The file is not a BPMN 2.0 diagram.", "Export it as BPMN 2.0 XML.")]
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS * 4:
        return None, [
            Finding.of(file, "", "", "too-large", "The diagram has too many elements.", "Split it with call activities.")
        ]
    return root, []
