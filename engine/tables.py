"""The engine's tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Json, UtcDateTime

Sequence = BigInteger().with_variant(Integer, "sqlite")


class Definition(Base):
    """One immutable version of a process: its diagram, decision tables and forms."""

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("process_key", "version"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    process_key: Mapped[str] = mapped_column(String(100))
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(200))
    source: Mapped[bytes] = mapped_column(LargeBinary)
    decisions: Mapped[dict[str, str]] = mapped_column(Json)
    forms: Mapped[dict[str, Any]] = mapped_column(Json)
    called: Mapped[list[str]] = mapped_column(Json)
    message_starts: Mapped[list[str]] = mapped_column(Json)
    deployed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deployed_by: Mapped[str] = mapped_column(String(64))
    comment: Mapped[str] = mapped_column(Text, default="")


class MessageStart(Base):
    """The newest version of a process that a message starts."""

    __tablename__ = "message_starts"
    message: Mapped[str] = mapped_column(String(100), primary_key=True)
    process_key: Mapped[str] = mapped_column(String(100), primary_key=True)


class Instance(Base):
    """A running or ended process."""

    __tablename__ = "instances"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    process_key: Mapped[str] = mapped_column(String(100), index=True)
    definition_id: Mapped[str] = mapped_column(ForeignKey("definitions.id"), index=True)
    pins: Mapped[dict[str, str]] = mapped_column(Json)  # process key → definition id of everything it calls
    business_key: Mapped[str | None] = mapped_column(String(64), index=True)
    title: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(12), index=True)  # running | completed | cancelled | suspended
    version: Mapped[int] = mapped_column(Integer, default=1)
    snapshot: Mapped[bytes] = mapped_column(LargeBinary)
    active: Mapped[list[list[str]]] = mapped_column(Json)  # [process key, element id] of every token
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(String(64), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Task(Base):
    """A user task: open in somebody's inbox, or done."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_inbox_role", "state", "role", "due_at"),
        Index("ix_tasks_inbox_assignee", "state", "assignee", "due_at"),
        Index("ix_tasks_done", "completed_by", "completed_at"),
        Index("ix_tasks_of", "instance_id", "state"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"))
    definition_id: Mapped[str] = mapped_column(String(32))
    process_key: Mapped[str] = mapped_column(String(100))
    process_name: Mapped[str] = mapped_column(String(200))
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(40), default="")
    assignee: Mapped[str | None] = mapped_column(String(64))
    assignee_name: Mapped[str | None] = mapped_column(String(100))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))  # open | completed | cancelled
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    form_key: Mapped[str] = mapped_column(String(200), default="")
    is_gate: Mapped[bool] = mapped_column(Boolean, default=False)
    properties: Mapped[dict[str, str]] = mapped_column(Json)
    excluded: Mapped[list[str]] = mapped_column(Json)  # people the diagram keeps away
    barred: Mapped[str] = mapped_column(Text, default="|")  # |person|person|: who is excluded or bound by four-eyes
    data: Mapped[dict[str, Any] | None] = mapped_column(Json)  # the process data the task sees, while it is open
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)
    draft_by: Mapped[str | None] = mapped_column(String(64))
    draft_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_by: Mapped[str | None] = mapped_column(String(64))
    completed_by_name: Mapped[str | None] = mapped_column(String(100))
    submitted: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Timer(Base):
    """When a waiting timer of an instance is due."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due", "due_at", "instance_id"),)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    process_key: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Subscription(Base):
    """A wait of an instance for a message with a correlation value."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_match", "name", "correlation"),)
    task_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    process_key: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    correlation: Mapped[str] = mapped_column(String(100))


class Effect(Base):
    """The outbox: what is owed to the world outside the database."""

    __tablename__ = "effects"
    __table_args__ = (Index("ix_effects_owed", "state", "next_attempt_at"), Index("ix_effects_of", "instance_id", "state"))
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    effect: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10))  # owed | delivered | failed | cancelled
    instance_id: Mapped[str | None] = mapped_column(String(32))
    task_id: Mapped[str | None] = mapped_column(String(32))
    element_id: Mapped[str | None] = mapped_column(String(100))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Message(Base):
    """A BPMN message sent in a commit and not yet delivered."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_owed", "state", "next_attempt_at"), Index("ix_messages_match", "name", "correlation"))
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    correlation: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10))  # owed | delivered | unheard (kept a day for who comes late) | failed
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Incident(Base):
    """A step that failed and waits for a person."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_of", "instance_id", "state"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    instance_id: Mapped[str | None] = mapped_column(String(32))
    task_id: Mapped[str | None] = mapped_column(String(32))
    effect_id: Mapped[str | None] = mapped_column(String(32))  # the effect or message that could not be delivered
    process_key: Mapped[str] = mapped_column(String(100), default="")
    element_id: Mapped[str] = mapped_column(String(100), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    message: Mapped[str] = mapped_column(Text)
    trace: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    state: Mapped[str] = mapped_column(String(10), index=True)  # open | resolved | skipped
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)


class History(Base):
    """What happened in an instance, step by step; never read by the engine but for four-eyes."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_of", "instance_id", "id"),
        Index("ix_history_four_eyes", "instance_id", "element_id", "outcome", "actor"),
    )
    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    instance_id: Mapped[str] = mapped_column(String(32))
    process_key: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str] = mapped_column(String(12))  # completed | cancelled | failed | skipped
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))
    actor_name: Mapped[str] = mapped_column(String(100))
    task_id: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any] | None] = mapped_column(Json)


class AuditLine(Base):
    """One line of the append-only, hash-chained audit log."""

    __tablename__ = "audit_log"
    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64), index=True)
    actor_name: Mapped[str] = mapped_column(String(100))
    on_behalf_of: Mapped[str | None] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    definition: Mapped[str | None] = mapped_column(String(120))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Setting(Base):
    """A setting of this deployment, and the head of the audit chain."""

    __tablename__ = "settings"
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)


# The database itself refuses to change or remove a line of the audit log.
AUDIT_GUARDS = {
    "sqlite": [
        "CREATE TRIGGER audit_log_no_{lower} BEFORE {upper} ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_log_no_{lower} BEFORE {upper} ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()",
    ],
}


TRUNCATE_GUARD = (
    "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()"
)


def audit_guards(dialect: str) -> list[str]:
    """The statements that make the audit log append-only on a database."""
    guards = [
        statement.format(lower=action.lower(), upper=action)
        for action in ("UPDATE", "DELETE")
        for statement in AUDIT_GUARDS[dialect]
    ]
    return guards + ([TRUNCATE_GUARD] if dialect == "postgresql" else [])


def _guard_audit_log(table: Table, connection: Any, **_: Any) -> None:
    for statement in audit_guards(connection.dialect.name):
        connection.exec_driver_sql(statement)


event.listen(AuditLine.__table__, "after_create", _guard_audit_log)
