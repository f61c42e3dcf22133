"""What a command, a handler and a record function are handed: the open transaction and who is acting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.orm import Session

from engine.db import new_id
from engine.handlers import Registry
from engine.tables import Effect, History, Incident, Instance, Message, Task

SIGNAL = "signal:"  # what a signal's name begins with among the messages


@dataclass(frozen=True)
class Actor:
    """Who acts: a person of the firm, somebody outside with a link, or the system itself."""

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    kind: str = "person"  # person | link | system
    on_behalf_of: str | None = None


SYSTEM = Actor("system", "系统", frozenset(), "system")


@dataclass(frozen=True)
class EffectRequest:
    """One owed effect: a row of the outbox written in the same commit."""

    id: str
    effect: str
    payload: dict[str, Any]
    key: str
    instance_id: str | None = None
    task_id: str | None = None
    element_id: str | None = None


@dataclass(frozen=True)
class MessageRequest:
    """One BPMN message to deliver after the commit."""

    id: str
    name: str
    correlation: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class AuditEntry:
    """One line for the audit log."""

    event: str
    subject: str
    data: dict[str, Any]
    definition: str | None = None
    digest: str | None = None  # SHA-256 of what the command was given, where that is not in ``data``


@dataclass
class Context:
    """One transaction: never kept after it ends, never committed by anyone but the executor."""

    session: Session
    now: datetime
    actor: Actor
    registry: Registry
    lane_roles: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Callable[[str], str | None]] = field(default_factory=dict)
    tools: Mapping[str, Any] = field(default_factory=dict)
    powers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Callable[[Session, str], str | None] | None = None  # what a person's id is called
    instance_id: str | None = None
    element_id: str | None = None
    task_id: str | None = None
    effects: list[EffectRequest] = field(default_factory=list)
    messages: list[MessageRequest] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)
    wakes_messages: bool = False  # a wait was opened for a message that had found nobody

    @property
    def connection(self) -> Connection:
        """The transaction's connection, for the engine's own statements."""
        bind = self.session.bind
        return bind if isinstance(bind, Connection) else self.session.connection()

    def name_of(self, person_id: str | None) -> str | None:
        """What a person is called; None where the room above gave no names, or does not know the person."""
        return self.names(self.session, person_id) if self.names and person_id else None

    def at(self, instance_id: str | None, element_id: str | None, task_id: str | None) -> Context:
        """The same transaction at one step of an instance, for its handler."""
        return replace(self, instance_id=instance_id, element_id=element_id, task_id=task_id)

    def emit(self, effect: str, payload: dict[str, Any], *, key: str | None = None) -> str:
        """Owe an effect that no token waits for; returns its id. The same key twice is sent once."""
        effect_id = new_id()
        self.effects.append(EffectRequest(effect_id, effect, payload, key or effect_id, self.instance_id))
        return effect_id

    def send_message(self, name: str, *, correlation: str, payload: dict[str, Any] | None = None) -> None:
        """Send a BPMN message after the commit: it wakes waiting instances, or starts one with that message start."""
        self.messages.append(MessageRequest(new_id(), name, correlation, payload or {}))

    def send_signal(self, name: str, *, payload: dict[str, Any] | None = None) -> None:
        """Send a BPMN signal after the commit: every instance that waits for it then hears it."""
        self.messages.append(MessageRequest(new_id(), f"{SIGNAL}{name}", "", payload or {}))

    def audit(self, event: str, subject: str, **data: Any) -> None:
        """Add a line to the audit log: event in the past tense, subject ``kind:id``, data small JSON."""
        self.entries.append(AuditEntry(event, subject, data))

    def forget_instances(self, business_key: str, *instance_ids: str) -> int:
        """Empty what ended instances of a business key (and these) hold of its data: entries, drafts, tokens, mails owed.

        Who did which step when, and the audit log, stay. An instance that still runs is left alone. Returns how many.
        """
        asked = or_(Instance.business_key == business_key, Instance.id.in_(instance_ids))
        ended = list(self.session.scalars(select(Instance.id).where(asked, Instance.state != "running")))
        nothing: dict[str, Any] = {"data": None, "draft": None, "submitted": None}
        for change in (
            update(Task).where(Task.instance_id.in_(ended)).values(nothing),
            update(History).where(History.instance_id.in_(ended)).values(data=None),
            update(Instance).where(Instance.id.in_(ended)).values(snapshot=b"", title=business_key),
            update(Effect).where(Effect.instance_id.in_(ended)).values(payload={}, result=None),
            update(Incident).where(Incident.instance_id.in_(ended)).values(message="", trace=""),
            update(Message).where(Message.correlation == business_key, Message.state != "owed").values(payload={}),
        ):
            self.session.execute(change.execution_options(synchronize_session=False))
        return len(ended)
