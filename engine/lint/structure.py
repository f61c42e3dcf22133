"""The shape of a diagram: what is drawn, how it is connected, and what would run wrongly in silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.bundle import BPMN, NS
from engine.lint.findings import EVENTS, GATEWAYS, NODES, TASKS, Diagram, tag

MAX_NODES = 35
RESERVED = ("Start", "End", "Root")
WELL_FORMED = re.compile(r"[A-Za-z_][\w.\-]*")
ID_LENGTH, NAME_LENGTH, LANE_LENGTH = 80, 200, 40  # what the tables hold

# construct (XPath) → rule, why it does not run, how to mend it
REFUSED: list[tuple[str, str, str, str]] = [
    ("//bpmn:linkEventDefinition/..", "link-event", "Link events are not run: the token would be lost.",
     "Draw a sequence flow instead."),
    ("//bpmn:compensateEventDefinition/.. | //bpmn:*[@isForCompensation='true']", "compensation", "Compensation is not run.",
     "Draw the undoing steps as an ordinary path."),
    ("//bpmn:sendTask | //bpmn:receiveTask", "message-task", "Send and receive tasks lose their message.",
     "Use an intermediate message event."),
    ("//bpmn:complexGateway", "complex-gateway", "Complex gateways are not run.",
     "Use exclusive, parallel or inclusive gateways."),
    ("//bpmn:adHocSubProcess", "ad-hoc", "Ad hoc subprocesses fail when they are reached.", "Draw the steps with gateways."),
    ("//bpmn:transaction", "transaction", "Transactions are not run as such.", "Use an embedded subprocess."),
    ("//bpmn:conditionalEventDefinition/..", "conditional-event", "Conditional events are not run.",
     "Use a gateway or a message."),
    ("//bpmn:standardLoopCharacteristics/..", "standard-loop", "Standard loops are not run here.",
     "Draw the loop with a gateway."),
    ("//bpmn:cancelEventDefinition/..", "cancel-event", "Cancel events are not run.", "Use an error event."),
    ("//bpmn:process/bpmn:startEvent[bpmn:timerEventDefinition or bpmn:signalEventDefinition or bpmn:errorEventDefinition"
     " or bpmn:escalationEventDefinition]", "start-event", "Nothing starts a process by this event.",
     "Use a plain start or a message start."),
    ("//bpmn:subProcess[not(@triggeredByEvent='true')]/bpmn:startEvent[*[contains(local-name(), 'EventDefinition')]]",
     "start-event", "An embedded subprocess begins when it is reached, not by an event.", "Use a plain start."),
    ("//bpmn:*[count(*[contains(local-name(), 'EventDefinition')]) > 1]", "several-events",
     "An event that waits for several things at once is not run.", "Use an event-based gateway."),
    ("//bpmn:multiInstanceLoopCharacteristics[not(bpmn:loopCardinality) and not(bpmn:loopDataInputRef)]/..",
     "multi-instance", "It is not said for what this is repeated.", "Name the list, or give the number of times."),
]  # fmt: skip


def check_structure(diagram: Diagram) -> None:
    """One executable process, proper ids and names, one start for each process, a size a person can read."""
    processes = diagram.all("//bpmn:process[not(@isExecutable='false')]")
    if len(processes) != 1:
        diagram.say(None, "one-process", f"The file holds {len(processes)} executable processes.", "Keep exactly one in a file.")
    check_ids(diagram)
    for process in diagram.all("//bpmn:process | //bpmn:subProcess[not(@triggeredByEvent='true')]"):
        starts = process.xpath("./bpmn:startEvent", namespaces=NS)
        if not starts:
            diagram.say(process, "no-start", "There is no start event.", "Add one.")
        for start in starts[1:]:
            diagram.say(start, "several-starts", "There is another start event; all would start at once.", "Keep one.")
    for process in processes:
        # a gateway without a name only merges: it is read past
        count = sum(1 for node in process.iter() if tag(node) in NODES and not (tag(node) in GATEWAYS and not node.get("name")))
        if count > MAX_NODES:
            message = f"{count} nodes are hard to read."
            diagram.say(process, "too-many-nodes", message, "Move a part into a call activity.", "warning")


def check_ids(diagram: Diagram) -> None:
    """Every node has an id of its own that can be stored and looked up, and a name that can be stored."""
    seen: set[str] = set()
    for node in diagram.all("//bpmn:process | //bpmn:process//bpmn:*[@id]"):
        node_id = str(node.get("id", ""))
        if node_id and node_id in seen:
            diagram.say(node, "duplicate-id", f"Two elements have the id {node_id[:80]}.", "Give each its own id.")
        seen.add(node_id)
        if node_id in RESERVED and tag(node) in NODES:
            diagram.say(node, "reserved-id", f"The id {node_id} gives an empty process.", "Rename the element's id.")
    for node in [*diagram.all("//bpmn:process | //bpmn:message"), *diagram.nodes]:
        node_id, name = str(node.get("id", "")), str(node.get("name", ""))
        if not WELL_FORMED.fullmatch(node_id) or len(node_id) > ID_LENGTH:
            message = "The id is missing, too long, or holds other than letters, digits, - and _."
            diagram.say(node, "id", message, "Give it a short id, such as Task_Review.")
        if len(name) > (ID_LENGTH if tag(node) == "message" else NAME_LENGTH):
            diagram.say(node, "name", f"The name has {len(name)} characters.", "Shorten it.")
    for lane in diagram.all("//bpmn:lane"):
        if len(str(lane.get("name", ""))) > LANE_LENGTH:
            diagram.say(lane, "name", "The lane's name is too long for a role.", "Name it after a role.")


def check_refused(diagram: Diagram) -> None:
    """Constructs that would be accepted and then run wrongly."""
    for path, rule, message, fix in REFUSED:
        for node in diagram.all(path):
            diagram.say(node, rule, message, fix)


def check_flows(diagram: Diagram) -> None:
    """Sequence flows: known ends, no dead ends, everything reachable, conditions only where they are read."""
    by_id = {str(node.get("id")): node for node in diagram.nodes}
    out: dict[str, list[Any]] = {}
    into: dict[str, list[Any]] = {}
    for flow in diagram.all("//bpmn:sequenceFlow"):
        source, target = str(flow.get("sourceRef")), str(flow.get("targetRef"))
        if source not in by_id or target not in by_id:
            diagram.say(flow, "loose-flow", "The flow's end is missing.", "Connect it or remove it.")
            continue
        if by_id[source].getparent() is not by_id[target].getparent():
            diagram.say(flow, "crossing-flow", "The flow crosses the edge of a subprocess.", "Lead it to the subprocess itself.")
        out.setdefault(source, []).append(flow)
        into.setdefault(target, []).append(flow)
    for node_id, node in by_id.items():
        check_connections(diagram, node, out.get(node_id, []), into.get(node_id, []))
        check_conditions(diagram, node, out.get(node_id, []))
    check_reachable(diagram, by_id, out)
    check_events(diagram, by_id, out)


def check_connections(diagram: Diagram, node: Any, out: list[Any], into: list[Any]) -> None:
    """What comes into a node and goes out of it."""
    kind = tag(node)
    if kind == "endEvent":
        if out:
            diagram.say(node, "after-end", "A flow leaves an end event: it would never be taken.", "Remove it.")
    elif not out and not is_aside(node):
        diagram.say(node, "dead-end", "Nothing follows this element: its token would vanish.", "Add a flow or an end event.")
    if kind in ("startEvent", "boundaryEvent") and into:
        diagram.say(node, "before-start", "A flow leads into an event where a path begins.", "Lead it to what follows.")
    if kind in (*TASKS, *EVENTS) and len(out) > 1:
        diagram.say(node, "implicit-fork", "Several flows leave it without a gateway.", "Put a parallel gateway behind it.")


def check_conditions(diagram: Diagram, node: Any, out: list[Any]) -> None:
    """Conditions stand where they are read, and one flow is the default."""
    conditional = [flow for flow in out if flow.find(f"{{{BPMN}}}conditionExpression") is not None]
    if tag(node) not in ("exclusiveGateway", "inclusiveGateway"):
        for flow in conditional:
            message = "The condition would be ignored: it leaves no deciding gateway."
            diagram.say(flow, "condition-ignored", message, "Put an exclusive gateway in front.")
        return
    if len(out) < 2:
        return
    default = node.get("default")
    for flow in out:
        if flow.get("id") != default and flow not in conditional:
            diagram.say(flow, "no-condition", "The flow has no condition and is not the default.", "Give it a condition.")
        if flow.get("id") == default and flow in conditional:
            diagram.say(flow, "condition-on-default", "The default flow has a condition.", "Remove the condition.", "warning")
    if default not in [flow.get("id") for flow in out]:
        message = "No flow is the default: a case that fits no condition would stop here."
        diagram.say(node, "no-default", message, "Mark one flow as default.")


def check_reachable(diagram: Diagram, by_id: Mapping[str, Any], out: Mapping[str, list[Any]]) -> None:
    """Every node lies on a path from a start or boundary event."""
    front = [node_id for node_id, node in by_id.items() if tag(node) in ("startEvent", "boundaryEvent") or is_aside(node)]
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


def check_events(diagram: Diagram, by_id: Mapping[str, Any], out: Mapping[str, list[Any]]) -> None:
    """Boundary events stand on an activity and wait for something; event gateways lead to events."""
    for node_id, node in by_id.items():
        kind = tag(node)
        waits = bool(node.xpath("./*[contains(local-name(), 'EventDefinition')]"))
        if kind in ("boundaryEvent", "intermediateCatchEvent") and not waits:
            diagram.say(node, "no-event", "It is not said what the event waits for.", "Choose a timer, a message or an error.")
        if kind == "boundaryEvent" and tag_of(by_id, node.get("attachedToRef")) not in TASKS:
            diagram.say(node, "attached", "The event stands on no activity.", "Attach it to one.")
        if kind == "eventBasedGateway":
            for flow in out.get(node_id, []):
                if tag_of(by_id, flow.get("targetRef")) != "intermediateCatchEvent":
                    message = "Only waiting events may follow an event-based gateway."
                    diagram.say(flow, "event-gateway", message, "Lead it to a timer or message event.")


def is_aside(node: Any) -> bool:
    """Whether a node is an event subprocess, which no flow reaches."""
    return tag(node) == "subProcess" and node.get("triggeredByEvent") == "true"


def tag_of(by_id: Mapping[str, Any], node_id: str | None) -> str:
    """The kind of a node by its id, empty when there is none."""
    node = by_id.get(node_id or "")
    return "" if node is None else tag(node)
