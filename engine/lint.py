"""What may be deployed, and every reason why not, all findings at once.

SpiffWorkflow accepts diagrams that it then runs wrongly in silence; each such construct is refused here with the element,
the reason and the way to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from engine import forms
from engine.bundle import BPMN, NS, SPIFF, Bundle, named_decisions, parse_xml
from engine.handlers import Completion, Effect, Operation, Prefill, Registry

MAX_BYTES = 5 * 1024 * 1024
MAX_ELEMENTS = 5000
MAX_NODES = 35
LIMIT = 500

TASKS = (
    "userTask",
    "manualTask",
    "serviceTask",
    "scriptTask",
    "businessRuleTask",
    "task",
    "callActivity",
    "subProcess",
    "sendTask",
    "receiveTask",
)
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
NODES = TASKS + EVENTS + GATEWAYS

# construct (XPath under a process) → rule, why it does not run, how to mend it
REFUSED: list[tuple[str, str, str, str]] = [
    (
        "//bpmn:linkEventDefinition/..",
        "link-event",
        "Link events are not run: the token would be lost.",
        "Draw a sequence flow instead.",
    ),
    (
        "//bpmn:compensateEventDefinition/..",
        "compensation",
        "Compensation is not run.",
        "Draw the undoing steps as an ordinary path.",
    ),
    (
        "//bpmn:*[@isForCompensation='true']",
        "compensation",
        "Compensation is not run.",
        "Draw the undoing steps as an ordinary path.",
    ),
    (
        "//bpmn:endEvent[bpmn:signalEventDefinition]",
        "signal-end",
        "A signal end event ends without its signal.",
        "Throw the signal in an intermediate event before a plain end.",
    ),
    (
        "//bpmn:sendTask | //bpmn:receiveTask",
        "message-task",
        "Send and receive tasks lose their message.",
        "Use an intermediate message event.",
    ),
    (
        "//bpmn:complexGateway",
        "complex-gateway",
        "Complex gateways are not run.",
        "Use exclusive, parallel or inclusive gateways.",
    ),
    ("//bpmn:adHocSubProcess", "ad-hoc", "Ad hoc subprocesses fail when they are reached.", "Draw the steps with gateways."),
    ("//bpmn:transaction", "transaction", "Transactions are not run as such.", "Use an embedded subprocess."),
    (
        "//bpmn:subProcess[@triggeredByEvent='true']",
        "event-subprocess",
        "Event subprocesses ignore whether they interrupt.",
        "Use a boundary event on a subprocess.",
    ),
    (
        "//bpmn:conditionalEventDefinition/..",
        "conditional-event",
        "Conditional events are not run.",
        "Use a gateway or a message.",
    ),
    (
        "//bpmn:standardLoopCharacteristics/..",
        "standard-loop",
        "Standard loops are not run here.",
        "Draw the loop with a gateway.",
    ),
    ("//bpmn:cancelEventDefinition/..", "cancel-event", "Cancel events are not run.", "Use an error event."),
]


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
    found: list[Finding]

    def say(self, node: Any, rule: str, message: str, fix: str = "", severity: str = "error") -> None:
        element = str(node.get("id", "")) if node is not None else ""
        name = str(node.get("name", "")) if node is not None else ""
        if len(self.found) < LIMIT:
            self.found.append(Finding(self.file, element, name, rule, severity, message, fix))

    def all(self, path: str) -> list[Any]:
        return list(self.root.xpath(path, namespaces=NS))

    def nodes(self) -> list[Any]:
        return [node for node in self.all("//bpmn:process//*") if _tag(node) in NODES]


def _tag(node: Any) -> str:
    name = etree.QName(node)
    return name.localname if name.namespace == BPMN else ""


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


def check_bundle(
    bundle: Bundle,
    *,
    registry: Registry,
    checks: Mapping[str, Callable[[str], str | None]],
    known_processes: Collection[str],
    lane_roles: Mapping[str, str],
) -> list[Finding]:
    """Every finding of a bundle; any bytes give findings, never an exception."""
    root, found = read_diagram(bundle.name, bundle.source)
    if root is None:
        return found
    diagram = Diagram(bundle.name, root, found)
    around = Surroundings(registry, checks, known_processes, lane_roles)
    check_structure(diagram)
    check_refused(diagram)
    check_flows(diagram)
    check_expressions(diagram)
    check_references(diagram, bundle, around)
    return diagram.found


def check_structure(diagram: Diagram) -> None:
    """One executable process, unique and allowed ids, a start, a size a person can read."""
    processes = diagram.all("//bpmn:process[not(@isExecutable='false')]")
    if len(processes) != 1:
        diagram.say(None, "one-process", f"The file holds {len(processes)} executable processes.", "Keep exactly one in a file.")
    seen: set[str] = set()
    for node in diagram.all("//bpmn:*[@id]"):
        node_id = str(node.get("id"))
        if node_id in seen:
            diagram.say(node, "duplicate-id", f"Two elements have the id {node_id}.", "Give each its own id.")
        seen.add(node_id)
        if node_id in ("Start", "End", "Root") and _tag(node) in NODES:
            diagram.say(node, "reserved-id", f"The id {node_id} gives an empty process.", "Rename the element's id.")
    for process in diagram.all("//bpmn:process | //bpmn:subProcess[not(@triggeredByEvent='true')]"):
        if not process.xpath("./bpmn:startEvent", namespaces=NS):
            diagram.say(process, "no-start", "There is no start event.", "Add one.")
    for process in processes:
        count = len([n for n in process.iter() if _tag(n) in NODES])
        if count > MAX_NODES:
            diagram.say(
                process, "too-many-nodes", f"{count} nodes are hard to read.", "Move a part into a call activity.", "warning"
            )


def check_refused(diagram: Diagram) -> None:
    """Constructs that would be accepted and then run wrongly."""
    for path, rule, message, fix in REFUSED:
        for node in diagram.all(path):
            diagram.say(node, rule, message, fix)


def check_flows(diagram: Diagram) -> None:
    """Sequence flows: known ends, no dead ends, everything reachable, conditions only where they are read."""
    by_id = {str(node.get("id")): node for node in diagram.nodes()}
    out: dict[str, list[Any]] = {}
    into: dict[str, list[Any]] = {}
    for flow in diagram.all("//bpmn:sequenceFlow"):
        source, target = str(flow.get("sourceRef")), str(flow.get("targetRef"))
        if source not in by_id or target not in by_id:
            diagram.say(flow, "loose-flow", "The flow's end is missing.", "Connect it or remove it.")
            continue
        out.setdefault(source, []).append(flow)
        into.setdefault(target, []).append(flow)
    for node_id, node in by_id.items():
        check_node_flows(diagram, node, out.get(node_id, []), into.get(node_id, []))
    check_reachable(diagram, by_id, out)


def check_node_flows(diagram: Diagram, node: Any, out: list[Any], into: list[Any]) -> None:
    """The flows into and out of one node."""
    tag = _tag(node)
    if tag != "endEvent" and not out:
        diagram.say(node, "dead-end", "Nothing follows this element: its token would vanish.", "Add a flow or an end event.")
    if tag in (*TASKS, "intermediateCatchEvent", "intermediateThrowEvent") and len(out) > 1:
        diagram.say(node, "implicit-fork", "Several flows leave an activity.", "Put a parallel gateway behind it.")
    if tag not in ("exclusiveGateway", "inclusiveGateway"):
        for flow in out:
            if flow.find(f"{{{BPMN}}}conditionExpression") is not None:
                diagram.say(
                    flow,
                    "condition-ignored",
                    "The condition would be ignored: it leaves no deciding gateway.",
                    "Put an exclusive gateway in front.",
                )
        return
    if len(out) < 2:
        return
    default = node.get("default")
    for flow in out:
        has_condition = flow.find(f"{{{BPMN}}}conditionExpression") is not None
        if flow.get("id") != default and not has_condition:
            diagram.say(flow, "no-condition", "The flow has no condition and is not the default.", "Give it a condition.")
    if not default:
        diagram.say(
            node,
            "no-default",
            "No flow is the default: a case that fits no condition would stop here.",
            "Mark one flow as default.",
        )


def check_reachable(diagram: Diagram, by_id: Mapping[str, Any], out: Mapping[str, list[Any]]) -> None:
    """Every node lies on a path from a start or boundary event."""
    front = [node_id for node_id, node in by_id.items() if _tag(node) in ("startEvent", "boundaryEvent")]
    seen = set(front)
    while front:
        for flow in out.get(front.pop(), []):
            target = str(flow.get("targetRef"))
            if target not in seen:
                seen.add(target)
                front.append(target)
    for node_id, node in by_id.items():
        if node_id not in seen and node.get("isForCompensation") != "true":
            diagram.say(node, "unreachable", "No path leads here.", "Connect it or remove it.")


def texts(diagram: Diagram) -> Iterator[tuple[Any, str, str]]:
    """Every expression of a diagram: the element, the mode (``eval`` or ``exec``), the text."""
    for node in diagram.all("//bpmn:sequenceFlow/bpmn:conditionExpression"):
        yield node.getparent(), "eval", node.text or ""
    for node in diagram.all("//bpmn:scriptTask/bpmn:script"):
        yield node.getparent(), "exec", node.text or ""
    for node in diagram.all("//spiff:parameter"):
        yield _owner(node), "eval", str(node.get("value") or "")
    for node in diagram.all("//spiff:property[@name='assignee' or @name='excluded' or @name='correlation']"):
        yield _owner(node), "eval", str(node.get("value") or "")
    for node in diagram.all("//spiff:messagePayload"):
        yield _owner(node), "eval", node.text or ""


def _owner(node: Any) -> Any:
    while node.getparent() is not None and not (node.get("id") and _tag(node)):
        node = node.getparent()
    return node


FOREIGN = ("${", "#{", "&&", "||", "===")


def check_expressions(diagram: Diagram) -> None:
    """Expressions and scripts are in the language that is run here; timers can be read."""
    for node, mode, text in texts(diagram):
        if any(mark in text for mark in FOREIGN):
            diagram.say(
                node,
                "foreign-expression",
                f"“{text[:60]}” is not in the language run here.",
                "Write it as in Python: a == 'x' and b > 2.",
            )
            continue
        try:
            compile(text.strip() if mode == "eval" else text, "<diagram>", mode)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            diagram.say(node, "expression", f"“{text[:60]}” cannot be read: {error}.", "Correct the expression.")
    for definition in diagram.all("//bpmn:timerEventDefinition"):
        values = definition.xpath("./bpmn:timeDate | ./bpmn:timeDuration | ./bpmn:timeCycle", namespaces=NS)
        if len(values) != 1 or not (values[0].text or "").strip():
            diagram.say(_owner(definition), "timer", "The timer has no time.", "Give it a date, a duration or a cycle.")
    for definition in diagram.all("//bpmn:messageEventDefinition"):
        if not diagram.root.xpath("//bpmn:message[@id=$ref][@name]", ref=definition.get("messageRef", ""), namespaces=NS):
            diagram.say(definition.getparent(), "message", "The event names no message.", "Choose or create its message.")


def check_references(diagram: Diagram, bundle: Bundle, around: Surroundings) -> None:
    """Forms, handlers, decisions, called processes and roles exist."""
    for key in named_decisions(diagram.root):
        if key not in bundle.decisions:
            node = next(iter(diagram.root.xpath("//spiff:calledDecisionId[normalize-space(.)=$key]", key=key, namespaces=NS)))
            diagram.say(_owner(node), "decision", f"There is no decision table “{key}”.", "Draw it or correct the name.")
    for node in diagram.all("//bpmn:businessRuleTask[not(.//spiff:calledDecisionId)]"):
        diagram.say(node, "decision", "The task names no decision table.", "Choose one.")
    for node in diagram.all("//bpmn:callActivity"):
        if node.get("calledElement", "") not in around.known_processes:
            diagram.say(node, "called-process", f"There is no process “{node.get('calledElement', '')}”.", "Deploy it first.")
    for node in diagram.all("//bpmn:serviceTask"):
        check_service(diagram, node, around.registry)
    for node in diagram.all("//bpmn:userTask | //bpmn:manualTask"):
        check_user_task(diagram, node, bundle, around)
    for key, schema in bundle.forms.items():
        for fault in forms.check_schema(schema, around.checks):
            node = next(iter(diagram.root.xpath("//spiff:property[@name='form'][@value=$key]", key=key, namespaces=NS)))
            diagram.say(_owner(node), "form", f"{key}: {fault.message}", fault.mend)


def check_service(diagram: Diagram, node: Any, registry: Registry) -> None:
    """A service task names a handler and gives it the parameters it needs."""
    operator = node.find(f".//{{{SPIFF}}}serviceTaskOperator")
    handler = registry.find(operator.get("id", "")) if operator is not None else None
    if not isinstance(handler, Operation | Effect):
        given = "" if operator is None else operator.get("id", "")
        diagram.say(node, "handler", f"There is no service “{given}”.", "Choose one of the registered services.")
        return
    given_names = {str(each.get("id")) for each in operator.iter(f"{{{SPIFF}}}parameter")}
    wanted = {each.name: each.required for each in handler.parameters}
    for name in sorted(name for name, required in wanted.items() if required and name not in given_names):
        diagram.say(node, "parameter", f"The parameter “{name}” of {handler.id} is missing.", "Give it a value.")
    for name in sorted(given_names - wanted.keys()):
        diagram.say(node, "parameter", f"{handler.id} knows no parameter “{name}”.", "Remove it.")


def check_user_task(diagram: Diagram, node: Any, bundle: Bundle, around: Surroundings) -> None:
    """A user task has a form that exists, somebody to do it, and handlers of the right kind."""
    path = "./bpmn:extensionElements/spiff:properties/spiff:property"
    given = {str(each.get("name")): str(each.get("value")) for each in node.xpath(path, namespaces=NS)}
    form = given.get("form", "")
    if form and form not in bundle.forms:
        diagram.say(node, "form", f"There is no form “{form}”.", "Draw it or correct the name.")
    for name, kind in (("complete", Completion), ("prefill", Prefill)):
        if given.get(name) and not isinstance(around.registry.find(given[name]), kind):
            diagram.say(node, "handler", f"There is no {name} handler “{given[name]}”.", "Choose a registered one.")
    lanes = diagram.root.xpath("//bpmn:lane[bpmn:flowNodeRef[normalize-space(.)=$id]]/@name", id=node.get("id"), namespaces=NS)
    if not given.get("role") and not given.get("assignee") and not any(lane in around.lane_roles for lane in lanes):
        where = f"the lane “{lanes[0]}” is no role" if lanes else "it is in no lane"
        diagram.say(node, "nobody", f"Nobody can do this task: {where}.", "Put it into a lane named after a role.")
    ids = {str(each) for each in diagram.root.xpath("//@id")}
    for other in filter(None, (part.strip() for part in given.get("not_same_as", "").split(","))):
        if other not in ids:
            diagram.say(
                node, "four-eyes", f"The task “{other}” of the four-eyes rule is in another diagram or missing.", "", "warning"
            )
