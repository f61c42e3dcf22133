"""What a run tells: the steps it passed, what it waits for, and where it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.errors import JuanzongError


class EndlessLoop(JuanzongError):
    """The process took more than {steps} steps without waiting for anybody."""


class UncaughtError(JuanzongError):
    """The process ended with the error “{code}”, which nothing around it catches."""


class StepFailed(Exception):
    """A step of a process failed; nothing of the run may be stored."""

    def __init__(self, process_key: str, element_id: str, name: str, task_id: str, cause: BaseException) -> None:
        self.process_key = process_key
        self.element_id = element_id
        self.name = name
        self.task_id = task_id
        self.cause = cause
        super().__init__(f"{name}: {cause}")


@dataclass(frozen=True)
class Step:
    """One flow node that was passed."""

    process_key: str
    element_id: str
    name: str
    kind: str
    task_id: str


@dataclass(frozen=True)
class OpenTask:
    """A user task that waits for a person."""

    task_id: str
    process_key: str
    element_id: str
    name: str
    name_en: str
    lane: str | None
    properties: Mapping[str, str]
    data: dict[str, Any]
    process_name: str


@dataclass(frozen=True)
class DueTimer:
    """A timer that waits for its moment."""

    task_id: str
    process_key: str
    element_id: str
    name: str
    due_at: datetime


@dataclass(frozen=True)
class Subscription:
    """A wait for a message."""

    task_id: str
    process_key: str
    element_id: str
    name: str
    correlation: str


def root_cause(error: BaseException) -> BaseException:
    """The error below SpiffWorkflow's wrapping."""
    while isinstance(error, SpiffWorkflowException):
        inner = getattr(error, "exception", None) or error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error
