"""Messages: thrown ones leave the instance, caught ones are matched by name and correlation."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition

from engine.context import SIGNAL
from engine.spiff.scopes import correlate
from engine.spiff.thrown import incoming_signal


class FirmMessage(MessageEventDefinition):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """A message by name, with the expression of its correlation value.

    A throw goes to the engine around the instance, which delivers it after the commit to whoever waits for it.
    """

    def __init__(self, name: str, correlation: str, payload: str | None, variable: str | None, description: str) -> None:
        super().__init__(name, [], payload, variable, description=description)
        self.correlation = correlation

    def correlate(self, task: Any) -> str | None:
        """The correlation value of a waiting or throwing task, empty when the message has none, None when it is not known yet."""
        return correlate(task, self.correlation) if self.correlation else ""

    def throw(self, task: Any) -> None:
        payload = task.workflow.script_engine.evaluate(task, self.expression) if self.expression else {}
        task.workflow.script_engine.services.send(self.name, self.correlate(task), payload)

    def catches(self, task: Any, event: Any) -> bool:
        if not isinstance(event.event_definition, FirmMessage) or event.event_definition.name != self.name:
            return False
        value = self.correlate(task)
        return value is not None and bool(value == event.correlations["value"])

    def update_task(self, task: Any) -> None:
        """Nothing: SpiffWorkflow's correlation keys are not used."""

    def update_task_data(self, task: Any) -> None:
        """The payload goes into the message's variable, or its entries into the data."""
        payload = task.internal_data.pop(self.name, None)
        if payload is None:
            return
        if self.message_var:
            task.data[self.message_var] = payload
        else:
            task.data.update(payload)

    def reset(self, task: Any) -> None:
        task.internal_data.pop(self.name, None)
        task.internal_data["event_fired"] = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FirmMessage) and self.name == other.name

    __hash__ = None  # type: ignore[assignment]  # like the class it extends


def incoming(name: str, correlation: str, payload: dict[str, Any]) -> BpmnEvent:
    """An event that delivers a message or signal to the tasks waiting for it."""
    if name.startswith(SIGNAL):
        return incoming_signal(name.removeprefix(SIGNAL), payload)
    return BpmnEvent(FirmMessage(name, "", None, None, ""), payload=payload, correlations={"value": correlation})
