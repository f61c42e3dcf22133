"""SpiffWorkflow's script engine, replaced by the sandbox, the injected clock and the firm's handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import orjson
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from engine.errors import ScriptFailed
from engine.spiff.functions import Refused
from engine.spiff.sandbox import parse, run


def plain(value: Any) -> Any:
    """A copy of some data as the JSON that is stored: exact numbers and moments as text. Raises ``TypeError``."""
    return orjson.loads(orjson.dumps(value, default=as_text, option=orjson.OPT_PASSTHROUGH_DATETIME))


def as_text(value: Any) -> Any:
    """What stands in the data for a value that JSON does not know."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be part of the data")


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

    def __init__(self, now: datetime, services: Services, processes: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.now = now
        self.services = services
        self.processes = processes
        self.touched: set[str] = set()  # the ids of tasks whose data changed while they waited

    def process_key(self, workflow: Any) -> str:
        """The process a workflow belongs to: embedded subprocesses belong to their diagram's."""
        while workflow.spec.name not in self.processes and workflow.parent_workflow is not None:
            workflow = workflow.parent_workflow
        return str(workflow.spec.name)

    def functions(self, names: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
        """The functions that know the data or the moment; moments are ISO 8601 text, dates are the firm's."""
        return {
            "get": lambda name, default=None: names.get(name, default),
            "now": self.now.isoformat,
            "today": lambda: self.now.astimezone(FIRM_ZONE).date().isoformat(),
            "working_days": self.working_days,
        }

    def working_days(self, days: Any) -> str:
        """The moment some working days from now, at most a thousand either way."""
        if not isinstance(days, int | float | str) or abs(int(days)) > 1000:
            raise Refused("working_days takes a number up to 1,000")
        return add_working_days(self.now, int(days)).isoformat()

    def validate(self, expression: str) -> None:
        """Raise ``SyntaxError`` where the text is no expression: decision tables ask by it which form a cell has."""
        try:
            parse(expression, "eval")
        except Refused as refused:
            raise SyntaxError(str(refused)) from None

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over a task's data. Raises ``ScriptFailed`` with the task."""
        try:
            return self.evaluate_over(task.data, expression, external_context)
        except ScriptFailed as error:
            error.task = task  # type: ignore[attr-defined]  # the runner names the step by it, as with SpiffWorkflow's own
            raise

    def evaluate_over(self, data: Mapping[str, Any], expression: str, extra: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression over any data. Raises ``ScriptFailed``."""
        names = {**data, **(extra or {})}
        return run(expression, "eval", names, self.functions(names))

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        """Run a script that changes a task's data. Raises ``ScriptFailed``."""
        if script is None:
            raise ScriptFailed(expression="", reason="the script is empty")
        data = plain(task.data)  # of its own: branches may share lists and dictionaries
        run(script, "exec", data, self.functions(data))
        try:
            task.data = plain(data)
        except TypeError as error:
            raise ScriptFailed(expression=script[:200], reason=str(error)) from None
        return True
