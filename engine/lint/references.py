"""What a diagram refers to: forms, handlers, decisions, called processes and roles."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from engine import forms
from engine.bundle import BPMN, NS, SPIFF, Bundle, named_decisions
from engine.handlers import Completion, Effect, Operation, Prefill, Registry
from engine.lint.findings import Diagram, Finding, Surroundings, owner
from engine.spiff.parser import ModelRefused, build, called_processes, process_key


def check_references(diagram: Diagram, bundle: Bundle, around: Surroundings) -> None:
    """Forms, handlers, decisions, called processes and roles exist."""
    for key in named_decisions(diagram.root):
        if key not in bundle.decisions:
            node = next(iter(diagram.root.xpath("//spiff:calledDecisionId[normalize-space(.)=$key]", key=key, namespaces=NS)))
            diagram.say(owner(node), "decision", f"There is no decision table “{key}”.", "Draw it or correct the name.")
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
            diagram.say(owner(node), "form", f"{key}: {fault.message}", fault.mend)


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
    lane = diagram.lane_of(node)
    if not given.get("role") and not given.get("assignee") and lane not in around.lane_roles:
        where = "it is in no lane" if lane is None else f"the lane “{lane}” is no role"
        diagram.say(node, "nobody", f"Nobody can do this task: {where}.", "Put it into a lane named after a role.")
    for other in filter(None, (part.strip() for part in given.get("not_same_as", "").split(","))):
        if other not in diagram.ids:
            message = f"The task “{other}” of the four-eyes rule is in another diagram or missing."
            diagram.say(node, "four-eyes", message, "", "warning")


def check_foreign(diagram: Diagram) -> None:
    """What other engines' attributes and extensions say is not done here."""
    for node in diagram.nodes:
        named = [etree.QName(name) for name in node.attrib]
        inside = node.xpath("./bpmn:extensionElements/*", namespaces=NS)
        named += [etree.QName(child) for child in inside]
        foreign = sorted({name.localname for name in named if name.namespace not in (None, BPMN, SPIFF)})
        if foreign:
            message = f"{', '.join(foreign)[:200]}: written for another engine, ignored here."
            diagram.say(node, "foreign-extension", message, "Say it with the properties known here.", "warning")


def check_loads(diagram: Diagram, bundle: Bundle) -> None:
    """What SpiffWorkflow itself finds, for a diagram that nothing else is wrong with; called processes are stood in for."""
    try:
        called = sorted({*called_processes(bundle)} - {process_key(bundle)})
        build(bundle, [stand_in(key) for key in called])
    except ModelRefused as refused:
        element = refused.element or ""
        diagram.found.append(Finding.of(diagram.file, element, "", "parse", refused.reason[:500], "Draw this part again."))


def stand_in(key: str) -> Bundle:
    """A process that ends at once, for one that is called."""
    nodes = '<startEvent id="A"><outgoing>F</outgoing></startEvent><endEvent id="B"><incoming>F</incoming></endEvent>'
    flow = '<sequenceFlow id="F" sourceRef="A" targetRef="B"/>'
    source = f'<definitions xmlns="{BPMN}"><process id={quoteattr(key)} isExecutable="true">{nodes}{flow}</process></definitions>'
    return Bundle(key, source.encode())
