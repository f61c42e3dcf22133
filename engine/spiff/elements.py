"""Reads what SpiffWorkflow's parser reads only in part: event subprocesses, and the events of starts and ends."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser import event_parsers
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.specs.defaults import EndEvent, StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.spiff.parser.event_parsers import SpiffEndEventParser, SpiffStartEventParser
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser

from engine.bundle import NS
from engine.spiff.scopes import FirmEventStart

MARK = "event"  # instead of true, so that SpiffWorkflow does not take event subprocesses its own way
STARTS = [
    event_parsers.MESSAGE_EVENT_XPATH, event_parsers.SIGNAL_EVENT_XPATH, event_parsers.TIMER_EVENT_XPATH,
    event_parsers.ERROR_EVENT_XPATH, event_parsers.ESCALATION_EVENT_XPATH,
]  # fmt: skip
ENDS = [
    event_parsers.MESSAGE_EVENT_XPATH, event_parsers.SIGNAL_EVENT_XPATH, event_parsers.ERROR_EVENT_XPATH,
    event_parsers.ESCALATION_EVENT_XPATH, event_parsers.TERMINATION_EVENT_XPATH,
]  # fmt: skip


def mark_event_subprocesses(root: Any) -> None:
    """Mark the event subprocesses of a parsed diagram for our parser."""
    for node in root.xpath("//bpmn:subProcess[@triggeredByEvent='true']", namespaces=NS):
        node.set("triggeredByEvent", MARK)


class FirmStartParser(SpiffStartEventParser):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """A start event; that of an event subprocess may also wait for an error or an escalation."""

    def create_task(self) -> Any:
        task = self._create_task(self.get_event_definition(STARTS))
        self.spec.start.connect(task)
        return task


class FirmEndParser(SpiffEndEventParser):  # type: ignore[misc]
    """An end event; it may also send a signal."""

    def create_task(self) -> Any:
        task = self._create_task(self.get_event_definition(ENDS))
        task.connect(self.spec.end)
        return task


class FirmProcessParser(SpiffProcessParser):  # type: ignore[misc]
    """A process or embedded subprocess, with the event subprocesses that belong to it."""

    def add_tasks(self) -> None:
        super().add_tasks()
        for node in self.xpath(f"./bpmn:subProcess[@triggeredByEvent='{MARK}']"):
            self.add_event_subprocess(node)

    def add_event_subprocess(self, node: Any) -> None:
        """Let its start event wait in this scope; what stands in it is an ordinary subprocess that begins at once."""
        activity = self.parse_node(node)
        (start,) = self.parser.process_parsers[activity.spec].get_spec().bpmn_start_events
        interrupting = node.xpath("string(./bpmn:startEvent/@isInterrupting)", namespaces=NS) != "false"
        event = FirmEventStart(
            self.spec, start.bpmn_id, start.event_definition, interrupting, bpmn_name=start.bpmn_name, lane=start.lane,
            description=start.description,
        )  # fmt: skip
        event.extensions = start.extensions
        start.event_definition, start.bpmn_id = NoneEventDefinition(), None  # the step is taken where it waits
        self.spec.start.connect(event)
        event.connect(activity)
        activity.connect(self.spec.end)


class FirmElements(SpiffBpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser with these."""

    PROCESS_PARSER_CLASS = FirmProcessParser
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - SpiffWorkflow reads it as a class attribute
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("startEvent"): (FirmStartParser, StartEvent),
        full_tag("endEvent"): (FirmEndParser, EndEvent),
    }
