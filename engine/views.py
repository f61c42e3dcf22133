"""Frozen rows that the queries give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FAR = "9999-12-31"  # stands for no due date: it comes after every one


@dataclass(frozen=True)
class InboxRow:
    """One task in a list."""

    id: str
    instance_id: str
    element_id: str
    name: str
    name_en: str
    process_key: str
    process_name: str
    title: str
    role: str
    assignee: str | None
    assignee_name: str | None
    is_gate: bool
    created_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    has_draft: bool

    @property
    def cursor(self) -> str:
        """Where the next page begins after this row."""
        at = self.completed_at or self.due_at
        return f"{at.isoformat() if at else FAR} {self.id}"


@dataclass(frozen=True)
class TaskView:
    """One task with all a page needs to show it."""

    row: InboxRow
    element_id: str
    state: str
    definition_id: str
    form_key: str
    schema: dict[str, Any] | None
    properties: Mapping[str, str]
    data: Mapping[str, Any]
    draft: dict[str, Any] | None
    draft_by: str | None
    draft_at: datetime | None
    submitted: dict[str, Any] | None
    completed_by: str | None
    completed_by_name: str | None
    excluded: Sequence[str]
    may_act: bool
    is_barred: bool  # four-eyes or an exclusion keeps the reader from it

    @property
    def panels(self) -> list[str]:
        """The names of the evidence panels."""
        return [part.strip() for part in self.properties.get("panels", "").split(",") if part.strip()]


@dataclass(frozen=True)
class HistoryRow:
    """One step that an instance passed."""

    id: int
    process_key: str
    element_id: str
    name: str
    kind: str
    outcome: str
    at: datetime
    actor: str
    actor_name: str
    task_id: str
    data: Mapping[str, Any] | None


@dataclass(frozen=True)
class TimerRow:
    """A timer that waits for its moment."""

    task_id: str
    instance_id: str
    process_key: str
    element_id: str
    name: str
    due_at: datetime


@dataclass(frozen=True)
class SubscriptionRow:
    """A wait for a message."""

    task_id: str
    instance_id: str
    process_key: str
    element_id: str
    name: str
    correlation: str


@dataclass(frozen=True)
class IncidentRow:
    """A step that failed."""

    id: str
    instance_id: str | None
    task_id: str | None
    effect_id: str | None
    process_key: str
    element_id: str
    name: str
    message: str
    trace: str
    attempts: int
    state: str
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    reason: str | None


@dataclass(frozen=True)
class EffectRow:
    """Something owed to the world outside, or delivered."""

    id: str
    effect: str
    key: str
    payload: Mapping[str, Any]
    state: str
    instance_id: str | None
    task_id: str | None
    element_id: str | None
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None
    result: Mapping[str, Any] | None


@dataclass(frozen=True)
class AuditRow:
    """A line of the audit log."""

    seq: int
    at: datetime
    actor: str
    actor_name: str
    on_behalf_of: str | None
    event: str
    subject: str
    definition: str | None
    data: Mapping[str, Any]
    digest: str
    previous: str
    hash: str


@dataclass(frozen=True)
class InstanceRow:
    """An instance in a list."""

    id: str
    process_key: str
    definition_id: str
    title: str
    state: str
    business_key: str | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None


@dataclass(frozen=True)
class DefinitionRow:
    """One version of a process."""

    id: str
    process_key: str
    version: int
    digest: str
    name: str
    file_name: str
    source: bytes
    decisions: Mapping[str, str]
    forms: Mapping[str, Any]
    called: Sequence[str]
    message_starts: Sequence[str]
    deployed_at: datetime
    deployed_by: str
    comment: str


@dataclass(frozen=True)
class InstanceView:
    """An instance with where its tokens are and what happened."""

    id: str
    process_key: str
    title: str
    state: str
    business_key: str | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    definitions: Mapping[str, str]  # process key → definition id, of the whole tree
    active: Mapping[str, list[str]]  # process key → element ids that hold a token
    history: Sequence[HistoryRow]  # newest first
    tasks: Sequence[InboxRow]  # open ones
    timers: Sequence[TimerRow]
    subscriptions: Sequence[SubscriptionRow]
    incidents: Sequence[IncidentRow]
