"""The append-only, hash-chained audit log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.context import Context
from engine.tables import AuditLine, Setting, audit_guards

__all__ = ["Verdict", "append", "audit_guards", "chain", "verify"]

HEAD = "audit.head"
FIRST = "0" * 64


def chain(previous: str, line: dict[str, Any]) -> str:
    """The hash of a line: SHA-256 over the hash before it and all its fields."""
    fields = orjson.dumps({**line, "at": line["at"].astimezone(UTC).isoformat()}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + fields).hexdigest()


def append(context: Context) -> None:
    """Write the transaction's audit entries; the head row is locked until the commit, so lines never fork."""
    if not context.entries:
        return
    session = context.session
    head = session.execute(select(Setting.value).where(Setting.key == HEAD).with_for_update()).scalar_one_or_none()
    if head is None:
        head = {"seq": 0, "hash": FIRST}
        session.execute(insert(Setting).values(key=HEAD, value=head))
    seq, previous = head["seq"], head["hash"]
    rows = []
    for entry in context.entries:
        seq += 1
        line = {
            "seq": seq,
            "at": context.now,
            "actor": context.actor.id,
            "actor_name": context.actor.name,
            "on_behalf_of": context.actor.on_behalf_of,
            "event": entry.event,
            "subject": entry.subject,
            "definition": entry.definition,
            "data": entry.data,
            "digest": hashlib.sha256(orjson.dumps(entry.data, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        }
        digest = chain(previous, line)
        rows.append({**line, "previous": previous, "hash": digest})
        previous = digest
    session.execute(insert(AuditLine), rows)
    session.execute(update(Setting).where(Setting.key == HEAD).values(value={"seq": seq, "hash": previous}))


@dataclass(frozen=True)
class Verdict:
    """What a check of the log found: the number of lines, and the first broken one or None."""

    lines: int
    broken_at: int | None
    reason: str = ""


def verify(session: Session) -> Verdict:
    """Recompute the whole chain; finds an edited, removed, added or reordered line."""
    previous, expected = FIRST, 0
    for line in session.scalars(select(AuditLine).order_by(AuditLine.seq).execution_options(yield_per=500)):
        expected += 1
        fields = {column.name: getattr(line, column.name) for column in AuditLine.__table__.columns}
        stored, before = fields.pop("hash"), fields.pop("previous")
        if line.seq != expected:
            return Verdict(expected, expected, "a line is missing")
        if before != previous or chain(previous, fields) != stored:
            return Verdict(expected, line.seq, "a line was changed")
        previous = stored
    head = session.execute(select(Setting.value).where(Setting.key == HEAD)).scalar_one_or_none()
    if head is not None and (head["seq"], head["hash"]) != (expected, previous):
        return Verdict(expected, expected + 1, "lines are missing at the end")
    return Verdict(expected, None)
