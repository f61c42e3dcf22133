"""Gateways and decisions whose failure leaves the token on them, for a person to mend."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.spiff.specs.defaults import BusinessRuleTask

from engine.errors import JuanzongError, ScriptFailed
from engine.spiff.joins import FirmInclusiveGateway
from engine.spiff.reports import root_cause


class GatewayNotSkipped(JuanzongError):
    """A gateway cannot be skipped: give it the data it needs and try again."""


def place(task: Any) -> tuple[str, str, str]:
    """The process key, element id and name of a task."""
    key = task.workflow.script_engine.process_key(task.workflow)
    element = str(task.task_spec.bpmn_id).split(" [")[0]  # an instance of a loop carries its loop's id
    return key, element, task.task_spec.bpmn_name or element


class Stopping:
    """A step whose failure is reported and leaves the token where it is."""

    def _run_hook(self, my_task: Any) -> bool | None:
        try:
            return bool(super()._run_hook(my_task))  # type: ignore[misc]  # mixed into task specifications
        except (ScriptFailed, SpiffWorkflowException) as error:
            my_task.workflow.script_engine.services.fail(place(my_task), my_task.id.hex, root_cause(error))
            return None


class FirmExclusiveGateway(Stopping, ExclusiveGateway):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """Waits for a person when a condition fails or none holds."""


class FirmDeciding(Stopping, FirmInclusiveGateway):  # type: ignore[misc]  # the hook may also answer None: not yet
    """Waits for a person when a condition fails or none holds."""


class FirmBusinessRuleTask(Stopping, BusinessRuleTask):  # type: ignore[misc]
    """Waits for a person when its table fails."""


GATEWAYS = (FirmExclusiveGateway, FirmDeciding)
STOPS = (FirmExclusiveGateway, FirmDeciding, FirmBusinessRuleTask)
