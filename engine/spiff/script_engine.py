"""SpiffWorkflow's script engine, replaced by the sandbox, the injected clock and the firm's handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from engine.errors import ScriptFailed
from engine.spiff import sandbox


class Pending:
    """What a service returns when its result comes later: the token waits on the service task."""


PENDING = Pending()


class StepError(Exception):
    """A handler failed and its changes are undone; ``cause`` is what it raised."""

    def __init__(self, cause: BaseException) -> None:
        self.cause = cause
        super().__init__(str(cause))


class Services(Protocol):
    """What a running process may ask of the engine around it."""

    def call(
        self, element: tuple[str, str, str], handler_id: str, parameters: dict[str, Any], data: Mapping[str, Any], task_id: str
    ) -> Mapping[str, Any] | Pending | None:
        """Run a service task's handler; ``element`` is (process key, element id, name)."""

    def fail(self, element: tuple[str, str, str], task_id: str, error: BaseException) -> None:
        """Take note of a step that failed; its token stays where it is."""

    def send(self, name: str, correlation: str, payload: dict[str, Any]) -> None:
        """Send a message thrown by a process."""


class FirmScriptEngine(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow ships no types
    """Evaluates expressions and scripts over a task's data at a fixed moment."""

    def __init__(self, now: datetime, services: Services) -> None:
        super().__init__()
        self.now = now
        self.services = services

    def functions(self, names: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
        """The functions that know the data or the moment; moments are ISO 8601 text, dates are the firm's."""
        return {
            "get": lambda name, default=None: names.get(name, default),
            "now": self.now.isoformat,
            "today": lambda: self.now.astimezone(FIRM_ZONE).date().isoformat(),
            "working_days": lambda days: add_working_days(self.now, int(days)).isoformat(),
        }

    def validate(self, expression: str) -> None:
        """Raise ``SyntaxError`` where the text is no expression: decision tables ask by it which form a cell has."""
        try:
            sandbox.parse(expression, "eval")
        except sandbox.Refused as refused:
            raise SyntaxError(str(refused)) from None

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over a task's data. Raises ``ScriptFailed``."""
        return self.evaluate_over(task.data, expression, external_context)

    def evaluate_over(self, data: Mapping[str, Any], expression: str, extra: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over any data. Raises ``ScriptFailed``."""
        names = {**data, **(extra or {})}
        return sandbox.run(expression, "eval", names, self.functions(names))

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        """Run a script that changes a task's data. Raises ``ScriptFailed``."""
        if script is None:
            raise ScriptFailed(expression="", reason="the script is empty")
        sandbox.run(script, "exec", task.data, self.functions(task.data))
        return True
