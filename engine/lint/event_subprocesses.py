"""Event subprocesses and signals: what starts them, and what they may not be connected to."""

from __future__ import annotations

from typing import Any

from engine.bundle import NS
from engine.lint.findings import Diagram, owner, tag

STARTED_BY = ("message", "timer", "signal", "error", "escalation")
NAME_LENGTH = 80
RULE = "event-subprocess"


def check_event_subprocesses(diagram: Diagram) -> None:
    """One start event that waits for one thing; no flows, no events at the edge, no repetition."""
    for node in diagram.all("//bpmn:subProcess[@triggeredByEvent='true']"):
        starts = node.xpath("./bpmn:startEvent", namespaces=NS)
        if len(starts) != 1:
            diagram.say(node, RULE, f"The event subprocess has {len(starts)} start events.", "Give it exactly one.")
        for start in starts:
            check_start(diagram, node, start)
        check_edges(diagram, node)
    check_signals(diagram)


def check_start(diagram: Diagram, node: Any, start: Any) -> None:
    """What the start event waits for can start an event subprocess here."""
    kinds = [tag(each).removesuffix("EventDefinition") for each in start if tag(each).endswith("EventDefinition")]
    if not kinds:
        diagram.say(start, RULE, "It is not said what starts the event subprocess.", "Choose a message, a timer or a signal.")
    elif len(kinds) == 1 and kinds[0] not in (*STARTED_BY, "conditional"):  # conditional events have a rule of their own
        diagram.say(start, RULE, f"A {kinds[0]} event starts no event subprocess here.", "Choose a message, a timer or a signal.")
    if "error" in kinds and start.get("isInterrupting") == "false":
        diagram.say(start, RULE, "An error always interrupts.", "Let the start event interrupt, or use an escalation.")
    messages = set(start.xpath("./bpmn:messageEventDefinition/@messageRef", namespaces=NS))
    process = node.getparent()
    if messages & set(process.xpath("./bpmn:startEvent/bpmn:messageEventDefinition/@messageRef", namespaces=NS)):
        diagram.say(start, RULE, "The message that starts the process would start this as well.", "Use another message.")


def check_edges(diagram: Diagram, node: Any) -> None:
    """Nothing leads to or from an event subprocess, and nothing repeats it."""
    node_id = str(node.get("id"))
    path = "//bpmn:sequenceFlow[@sourceRef=$id or @targetRef=$id] | //bpmn:boundaryEvent[@attachedToRef=$id]"
    for each in diagram.root.xpath(path, id=node_id, namespaces=NS):
        diagram.say(each, RULE, "An event subprocess is reached by its event alone.", "Remove this.")
    if node.xpath("./*[contains(local-name(), 'LoopCharacteristics')]"):
        diagram.say(node, RULE, "An event subprocess is not repeated: its event may come again.", "Remove the loop.")


def check_signals(diagram: Diagram) -> None:
    """Every signal event names a signal that can be stored."""
    named = {str(each.get("id")): str(each.get("name") or "") for each in diagram.all("//bpmn:signal")}
    for definition in diagram.all("//bpmn:signalEventDefinition"):
        name = named.get(str(definition.get("signalRef")), "")
        if not name or len(name) > NAME_LENGTH:
            diagram.say(owner(definition.getparent()), "signal", "The event names no signal.", "Choose or create its signal.")
