"""The tables of conflict checks, and the guards by which the database itself refuses to change a decided record.

A decided check may only go on from “waivable” to “waived” or “refused”, and nothing else of it changes with that; its hits
stay as they are. Nothing decided is deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, Table, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Json, UtcDateTime


class ConflictCheckRow(Base):
    """One check (利益冲突审查)."""

    __tablename__ = "conflict_checks"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    check_no: Mapped[str] = mapped_column(String(40), unique=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    instance_id: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12), index=True)
    team: Mapped[list[str]] = mapped_column(Json)
    round: Mapped[int] = mapped_column(Integer)
    asked: Mapped[int] = mapped_column(Integer)
    questions: Mapped[list[str]] = mapped_column(Json)
    queries: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    party_set_hash: Mapped[str] = mapped_column(String(64))
    declarations: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    search: Mapped[dict[str, Any]] = mapped_column(Json)
    heaviest: Mapped[str] = mapped_column(String(10))
    decisions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    conditions: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by: Mapped[str] = mapped_column(String(80))
    searched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    annex_digest: Mapped[str] = mapped_column(String(64), default="")  # of the waiver, once there is its outcome
    digest: Mapped[str] = mapped_column(String(64), default="")  # of the whole record, once it is decided


class ConflictHitRow(Base):
    """One hit of one round."""

    __tablename__ = "conflict_hits"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    check_id: Mapped[str] = mapped_column(String(32), index=True)
    round: Mapped[int] = mapped_column(Integer)
    query: Mapped[dict[str, Any]] = mapped_column(Json)
    subject: Mapped[dict[str, Any]] = mapped_column(Json)
    subject_key: Mapped[str] = mapped_column(String(120), index=True)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    score: Mapped[int] = mapped_column(Integer)
    situation: Mapped[dict[str, str]] = mapped_column(Json)
    hit_class: Mapped[str] = mapped_column(String(10), default="")
    rule: Mapped[str] = mapped_column(String(20), default="")
    identity: Mapped[str] = mapped_column(String(10), default="")
    judged_class: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    judged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    judged_by: Mapped[str] = mapped_column(String(80), default="")
    judged_by_name: Mapped[str] = mapped_column(String(120), default="")


# What the outcome of a waiver writes; every other column of a decided check is as it was.
LATER = ("state", "closed_at", "valid_until", "annex_digest", "digest")
REFUSAL = "a decided conflict check is not changed"


def check_guards(dialect: str) -> list[str]:
    """The statements that make decided checks and their hits unchangeable, on a database that has the tables."""
    columns = [each.name for each in ConflictCheckRow.__table__.columns if each.name not in LATER]
    same = " AND ".join(f"NEW.{name} {'IS' if dialect == 'sqlite' else 'IS NOT DISTINCT FROM'} OLD.{name}" for name in columns)
    waived = f"OLD.state = 'WAIVABLE' AND NEW.state IN ('WAIVED', 'REFUSED') AND {same}"
    decided = "EXISTS (SELECT 1 FROM conflict_checks WHERE id = {row}.check_id AND closed_at IS NOT NULL)"
    wanted = [
        ("conflict_checks", "UPDATE", f"OLD.closed_at IS NOT NULL AND NOT ({waived})"),
        ("conflict_checks", "DELETE", "OLD.closed_at IS NOT NULL"),
        ("conflict_hits", "INSERT", decided.format(row="NEW")),
        ("conflict_hits", "UPDATE", decided.format(row="OLD")),
        ("conflict_hits", "DELETE", decided.format(row="OLD")),
    ]
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        return [
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} WHEN {when} {refuse}"
            for table, action, when in wanted
        ]
    # A condition of a trigger cannot look into another table there, so the function looks.
    guards = []
    for table, action, when in wanted:
        name = f"{table}_no_{action.lower()}"
        given = "OLD" if action == "DELETE" else "NEW"
        guards += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {when} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN {given}; END $$",
            f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return guards


def _guard(table: Table, connection: Any, **_: Any) -> None:
    # Both tables are there once the later one is: the tables of one metadata are made in the order of their names.
    if table.name == "conflict_hits":
        for statement in check_guards(connection.dialect.name):
            connection.exec_driver_sql(statement)


event.listen(ConflictHitRow.__table__, "after_create", _guard)
