"""Every error the product raises on purpose; a class's docstring is its message.

The message may name fields in braces; they are the keyword arguments given when it is raised. The web room translates
the docstring through gettext and fills in the fields afterwards, so the docstring must be one literal sentence.
"""

from __future__ import annotations

from typing import Any


class JuanzongError(Exception):
    """Something went wrong."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.message)

    @property
    def template(self) -> str:
        """The untranslated sentence with its fields still in braces."""
        return (type(self).__doc__ or "").strip()

    @property
    def message(self) -> str:
        """The English sentence with its fields filled in."""
        return self.template.format(**self.fields)


class NotFound(JuanzongError):
    """There is no {kind} {id}."""


class NotAllowed(JuanzongError):
    """You may not do this: {reason}"""


class TaskAlreadyDone(JuanzongError):
    """{who} completed this task at {when}."""


class TaskClaimed(JuanzongError):
    """{who} is working on this task since {when}."""


class TaskGone(JuanzongError):
    """This task is no longer open: the process has moved on."""


class FourEyes(JuanzongError):
    """A second person must do this: {who} already did “{task}”."""


class FormInvalid(JuanzongError):
    """{count} entries need to be changed."""

    def __init__(self, errors: dict[str, list[Any]]) -> None:
        self.errors = errors
        super().__init__(count=len(errors))


class StaleInstance(JuanzongError):
    """Somebody else moved this process at the same moment."""


class InstanceEnded(JuanzongError):
    """This process has ended."""


class DataTooLarge(JuanzongError):
    """The process data take {size} bytes; at most {limit} are allowed."""


class DeployRefused(JuanzongError):
    """The process cannot run: {count} findings."""

    def __init__(self, findings: list[Any]) -> None:
        self.findings = findings
        super().__init__(count=len(findings))


class MigrationRefused(JuanzongError):
    """The instance cannot be moved to this version: {count} obstacles."""

    def __init__(self, obstacles: list[Any]) -> None:
        self.obstacles = obstacles
        super().__init__(count=len(obstacles))


class ScriptFailed(JuanzongError):
    """The expression “{expression}” failed: {reason}"""


class HandlerFailed(JuanzongError):
    """The step “{element}” failed: {reason}"""

    #: (instance id, (process key, element id, name), task id, cause) of the incident to record after the rollback
    place: tuple[str, tuple[str, str, str], str, BaseException] | None = None


class StateRefused(JuanzongError):
    """{what} cannot go from {old} to {new}: {reason}"""
