"""The append-only, hash-chained audit log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine.context import AuditEntry, Context
from engine.store import SETTINGS, insert_missing, table
from engine.tables import AuditLine, audit_guards

__all__ = ["Verdict", "append", "audit_guards", "chain", "digest_of", "verify"]

HEAD = "audit.head"
FIRST = "0" * 64
EMPTY = {"seq": 0, "hash": FIRST}
LINES = table(AuditLine)
STABLE = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS

# The row of the head is locked last in a transaction, so that commands wait for each other only while they write their lines.
LOCK_HEAD = select(SETTINGS.c.value).where(SETTINGS.c.key == HEAD).with_for_update()
MOVE_HEAD = update(SETTINGS).where(SETTINGS.c.key == HEAD).values(value=bindparam("head"))
ADD_LINES = insert(LINES)


def digest_of(data: Any) -> str:
    """The SHA-256 of some JSON, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(data, default=str, option=STABLE)).hexdigest()


def chain(previous: str, line: dict[str, Any]) -> str:
    """The hash of a line: SHA-256 over the hash before it and all its fields."""
    fields = orjson.dumps({**line, "at": line["at"].astimezone(UTC).isoformat()}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + fields).hexdigest()


def append(context: Context) -> None:
    """Write the transaction's audit entries; the head's row is locked until the commit, so the chain never forks."""
    if not context.entries:
        return
    connection = context.connection
    head = connection.execute(LOCK_HEAD).scalar()
    if head is None:
        insert_missing(connection, SETTINGS, [{"key": HEAD, "value": EMPTY}])
        head = connection.execute(LOCK_HEAD).scalar_one()
    seq, previous = head["seq"], head["hash"]
    rows = []
    for entry in context.entries:
        seq += 1
        row = to_line(context, entry, seq)
        row["hash"] = chain(previous, row)
        row["previous"] = previous
        previous = row["hash"]
        rows.append(row)
    connection.execute(ADD_LINES, rows)
    connection.execute(MOVE_HEAD, {"head": {"seq": seq, "hash": previous}})


def to_line(context: Context, entry: AuditEntry, seq: int) -> dict[str, Any]:
    """An entry as a row, before it is chained; its data are brought to plain JSON first, as they will be read back."""
    data = orjson.loads(orjson.dumps(entry.data, default=str, option=STABLE))
    actor = context.actor
    return {
        "seq": seq,
        "at": context.now,
        "actor": actor.id,
        "actor_name": actor.name,
        "on_behalf_of": actor.on_behalf_of,
        "event": entry.event,
        "subject": entry.subject,
        "definition": entry.definition,
        "data": data,
        "digest": entry.digest or digest_of(data),
    }


@dataclass(frozen=True)
class Verdict:
    """What a check of the log found: the number of lines, and the first broken one or None."""

    lines: int
    broken_at: int | None
    reason: str = ""


def verify(session: Session) -> Verdict:
    """Recompute the whole chain; finds an edited, removed, added or reordered line."""
    previous, expected = FIRST, 0
    query = select(LINES).order_by(LINES.c.seq).execution_options(yield_per=500)
    for row in session.connection().execute(query):
        expected += 1
        fields = dict(row._mapping)
        stored, before = fields.pop("hash"), fields.pop("previous")
        if row.seq != expected:
            return Verdict(expected, expected, "a line is missing or stands at another place")
        if before != previous or chain(previous, fields) != stored:
            return Verdict(expected, row.seq, "a line was changed")
        previous = stored
    head = session.scalar(select(SETTINGS.c.value).where(SETTINGS.c.key == HEAD)) or EMPTY
    if (head["seq"], head["hash"]) != (expected, previous):
        return Verdict(expected, expected + 1, "lines are missing at the end")
    return Verdict(expected, None)
