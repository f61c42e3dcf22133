"""Conditions, scripts, parameters and timers are in the language that is run here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.bundle import NS
from engine.lint.findings import Diagram, owner
from engine.spiff.grammar import faults, timer_faults

FOREIGN = ("${", "#{", "&&", "||", "===", "!==")
LANGUAGES = ("", "python", "text/python", "text/x-python", "application/x-python", "http://www.python.org/")
PROPERTIES = "@name='assignee' or @name='excluded' or @name='correlation'"
EVALUATED = "//bpmn:sequenceFlow/bpmn:conditionExpression | //spiff:messagePayload | //bpmn:loopCardinality"
EVALUATED += " | //bpmn:multiInstanceLoopCharacteristics/bpmn:completionCondition"
EXECUTED = "//bpmn:scriptTask/bpmn:script | //spiff:preScript | //spiff:postScript"
TIMES = "./bpmn:timeDate | ./bpmn:timeDuration | ./bpmn:timeCycle"
MAX_LENGTH = 250_000  # of all expressions: a diagram from a stranger must not keep the server busy
FIX = "Write it as in Python: a == 'x' and b > 2."


def texts(diagram: Diagram) -> Iterator[tuple[Any, str, str]]:
    """Every expression of a diagram: the element, the mode (``eval`` or ``exec``), the text."""
    for node in diagram.all(EVALUATED):
        yield owner(node.getparent()), "eval", "".join(node.itertext())
    for node in diagram.all(EXECUTED):
        yield owner(node.getparent()), "exec", "".join(node.itertext())
    for node in diagram.all(f"//spiff:serviceTaskOperator//spiff:parameter | //spiff:property[{PROPERTIES}]"):
        yield owner(node), "eval", str(node.get("value") or "")


def check_expressions(diagram: Diagram) -> None:
    """Every expression and script can be run."""
    length = 0
    for node, mode, text in texts(diagram):
        length += len(text)
        if length > MAX_LENGTH:
            diagram.say(node, "too-large", f"All expressions together are longer than {MAX_LENGTH} characters.", "Shorten them.")
            break
        if any(mark in text for mark in FOREIGN):
            diagram.say(node, "foreign-expression", f"“{text[:60]}” is not in the language run here.", FIX)
            continue
        for fault in faults(text, mode):
            diagram.say(node, "expression", f"“{text.strip()[:60]}”: {fault[:200]}.", FIX)
    for node in diagram.all("//bpmn:scriptTask[@scriptFormat] | //bpmn:conditionExpression[@language]"):
        language = str(node.get("scriptFormat") or node.get("language") or "")
        if language.strip().lower() not in LANGUAGES:
            diagram.say(owner(node), "language", f"It is written in {language[:40]}.", FIX)
    for script in diagram.all("//bpmn:scriptTask[not(bpmn:script)]"):
        diagram.say(script, "expression", "The script task has no script.", "Write one, or use a plain task.")


def check_timers(diagram: Diagram) -> None:
    """Every timer and due date can be read, as far as it is not worked out while it runs."""
    for definition in diagram.all("//bpmn:timerEventDefinition"):
        values = definition.xpath(TIMES, namespaces=NS)
        text = "".join(values[0].itertext()) if len(values) == 1 else ""
        node = owner(definition.getparent())
        if not text.strip():
            diagram.say(node, "timer", "The timer has no time.", "Give it a date, a duration or a cycle.")
            continue
        for fault in timer_faults(text, cycle=values[0].tag.endswith("timeCycle")):
            diagram.say(node, "timer", f"“{text.strip()[:60]}”: {fault[:200]}.", "Write P2D, 3 WD, R3/P1D or 2026-09-18.")
    for given in diagram.all("//spiff:property[@name='due'][string-length(@value) > 0]"):
        text = str(given.get("value"))
        for fault in timer_faults(text, due=True):
            diagram.say(owner(given), "due", f"“{text.strip()[:60]}”: {fault[:200]}.", "Write 2 WD, 4 h or 3 d.")


def check_messages(diagram: Diagram) -> None:
    """Every message event names a message."""
    named = {str(each) for each in diagram.root.xpath("//bpmn:message[string-length(@name) > 0]/@id", namespaces=NS)}
    for definition in diagram.all("//bpmn:messageEventDefinition"):
        if definition.get("messageRef", "") not in named:
            diagram.say(owner(definition.getparent()), "message", "The event names no message.", "Choose or create its message.")
