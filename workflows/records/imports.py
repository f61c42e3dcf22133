"""Imports of a firm's old data (数据导入): a file, what is wrong in it, and how far it has been taken in.

A file is checked first and changes nothing; after somebody accepted it, its good rows are written in portions, each in one
transaction together with the count of what is done, so that a process that dies leaves nothing twice and nothing out.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, LargeBinary, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import JuanzongError, NotFound, StateRefused
from workflows.records.import_tables import COLUMNS

UPLOADED, CHECKED, ACCEPTED, DONE = "UPLOADED", "CHECKED", "ACCEPTED", "DONE"
DISCARDED, UNREADABLE = "DISCARDED", "UNREADABLE"
NEXT: Mapping[str, frozenset[str]] = {
    UPLOADED: frozenset({CHECKED, UNREADABLE, DISCARDED}),
    CHECKED: frozenset({ACCEPTED, DISCARDED}),
    ACCEPTED: frozenset({DONE}),
    DONE: frozenset(),
    DISCARDED: frozenset(),
    UNREADABLE: frozenset({DISCARDED}),
}
BUSY = (UPLOADED, ACCEPTED)
FORMULA = ("=", "+", "-", "@")
LARGEST = 64 * 1024 * 1024


class ImportTooLarge(JuanzongError):
    """The file is larger than {most} MB: split it."""


class ImportEmpty(JuanzongError):
    """The file is empty."""


class ImportRow(Base):
    """One file; ``total`` rows are good, ``done`` of these are written; the first ``faults`` faults are the check's."""

    __tablename__ = "imports"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(255))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12), default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    reason: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # the sentence of an error, and its fields
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    faults: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by: Mapped[str] = mapped_column(String(80))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_by: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportFaultRow(Base):
    """Something wrong with a row; ``kept`` rows are taken all the same; ``cells`` are the row as it was read."""

    __tablename__ = "import_faults"
    import_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    sheet: Mapped[str] = mapped_column(String(255))
    number: Mapped[int] = mapped_column(Integer)
    column: Mapped[str] = mapped_column("column_name", String(30))
    code: Mapped[str] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(String(200))
    other_row: Mapped[int] = mapped_column(Integer)
    kept: Mapped[bool] = mapped_column(Boolean)
    cells: Mapped[dict[str, str]] = mapped_column(Json)


@dataclass(frozen=True)
class Import:
    """One import without its bytes."""

    id: str
    file_name: str
    kind: str
    state: str
    reason: dict[str, Any]
    counts: dict[str, int]
    rows: int
    total: int
    done: int
    uploaded_at: datetime
    uploaded_by: str
    accepted_at: datetime | None
    accepted_by: str | None
    ended_at: datetime | None


def upload(context: Context, *, file_name: str, content: bytes, kind: str = "") -> Import:
    """Keep a file to be checked. Raises ``ImportEmpty`` and ``ImportTooLarge``."""
    if not content.strip():
        raise ImportEmpty
    if len(content) > LARGEST:
        raise ImportTooLarge(most=LARGEST >> 20)
    row = ImportRow(
        id=new_id(),
        file_name=file_name[-255:],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        kind=kind,
        state=UPLOADED,
        counts={},
        uploaded_at=context.now,
        uploaded_by=context.actor.id,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("import.uploaded", f"import:{row.id}", file_name=row.file_name, sha256=row.sha256)
    return _import(row)


def keep_findings(
    context: Context, import_id: str, *, counts: dict[str, int], total: int, faults: Sequence[dict[str, Any]]
) -> None:
    """Keep what the check has found; ``total`` rows can be taken."""
    row = _get_row(context.session, import_id)
    _move(context, row, CHECKED)
    row.counts, row.rows, row.total, row.faults = counts, sum(counts.values()), total, len(faults)
    _add_faults(context.session, import_id, faults)


def add_faults(context: Context, import_id: str, faults: Sequence[dict[str, Any]]) -> None:
    """Keep what turned out wrong while writing: the firm's data has changed since the check."""
    _add_faults(context.session, import_id, faults)


def _add_faults(session: Session, import_id: str, faults: Sequence[dict[str, Any]]) -> None:
    if not faults:
        return
    last = session.scalar(select(func.max(ImportFaultRow.place)).where(ImportFaultRow.import_id == import_id)) or 0
    values = [{"import_id": import_id, "place": last + place, **fault} for place, fault in enumerate(faults, start=1)]
    session.execute(insert(ImportFaultRow), values)


def refuse(context: Context, import_id: str, *, sentence: str, fields: dict[str, Any]) -> None:
    """Record that a file cannot be read, and why: a sentence with fields in braces."""
    row = _get_row(context.session, import_id)
    row.reason = {"sentence": sentence, "fields": fields}
    _move(context, row, UNREADABLE)


def accept(context: Context, import_id: str) -> None:
    """Let the good rows be written. Raises ``StateRefused`` unless the file was checked and has some."""
    row = _get_row(context.session, import_id)
    if row.state == CHECKED and not row.total:
        raise StateRefused(what=row.file_name, old=row.state, new=ACCEPTED, reason="no row of the file can be taken")
    row.accepted_at, row.accepted_by = context.now, context.actor.id
    _move(context, row, ACCEPTED)


def discard(context: Context, import_id: str) -> None:
    """Leave a file that was not accepted, and forget what was in it."""
    row = _get_row(context.session, import_id)
    row.content, row.ended_at = None, context.now
    context.session.execute(delete(ImportFaultRow).where(ImportFaultRow.import_id == import_id))
    _move(context, row, DISCARDED)


def count_done(context: Context, import_id: str, *, before: int, now: int) -> None:
    """Count a portion as written. Raises ``StateRefused`` when another process has written it."""
    row = _get_row(context.session, import_id, lock=True)
    if row.state != ACCEPTED or row.done != before:
        raise StateRefused(what=row.file_name, old=row.state, new=ACCEPTED, reason="another process has written this portion")
    row.done = now


def finish(context: Context, import_id: str) -> None:
    """End an import whose rows are all written; its bytes are not kept, its digest and its faults are."""
    row = _get_row(context.session, import_id)
    row.content, row.ended_at = None, context.now
    _move(context, row, DONE, done=row.done)


def read_content(session: Session, import_id: str) -> bytes:
    """The bytes of a file that is not finished."""
    return _get_row(session, import_id).content or b""


def get_import(session: Session, import_id: str) -> Import:
    """An import by id. Raises ``NotFound``."""
    return _import(_get_row(session, import_id))


def list_imports(session: Session, *, states: Sequence[str] = (), limit: int = 50) -> list[Import]:
    """Imports, newest first; those in some states."""
    query = select(ImportRow).order_by(ImportRow.id.desc()).limit(limit)
    return [_import(row) for row in session.scalars(query.where(ImportRow.state.in_(states)) if states else query)]


def list_faults(session: Session, import_id: str, *, after: int = 0, limit: int = 100) -> list[ImportFaultRow]:
    """What is wrong in a file, in the order of its rows; ``after`` is the place of the last one of the page before."""
    query = select(ImportFaultRow).where(ImportFaultRow.import_id == import_id, ImportFaultRow.place > after)
    return list(session.scalars(query.order_by(ImportFaultRow.place).limit(limit)))


def count_faults(session: Session, import_id: str) -> dict[bool, int]:
    """How many faults keep a row out (False) and how many are notes (True)."""
    query = select(ImportFaultRow.kept, func.count()).where(ImportFaultRow.import_id == import_id).group_by(ImportFaultRow.kept)
    return {bool(kept): int(number) for kept, number in session.execute(query)}


def list_left_out(session: Session, import_id: str) -> set[tuple[str, str, int]]:
    """Kind, table and number of the rows that the check left out; not of those refused while writing."""
    row, faults = ImportFaultRow, _get_row(session, import_id).faults
    query = select(row.kind, row.sheet, row.number).where(row.import_id == import_id, ~row.kept, row.place <= faults).distinct()
    return {(kind, sheet, number) for kind, sheet, number in session.execute(query)}


def write_left_out(session: Session, import_id: str, say: Any) -> bytes:
    """The rows that were left out as CSV (UTF-8 with BOM, which spreadsheets read), each with the reason in words."""
    rows: dict[tuple[str, str, int], tuple[dict[str, str], list[str]]] = {}
    for fault in session.scalars(
        select(ImportFaultRow).where(ImportFaultRow.import_id == import_id, ~ImportFaultRow.kept).order_by(ImportFaultRow.place)
    ):
        rows.setdefault((fault.kind, fault.sheet, fault.number), (fault.cells, []))[1].append(say(fault))
    used = {column for cells, _reasons in rows.values() for column in cells}
    columns = [column for column in dict.fromkeys(column for each in COLUMNS.values() for column in each) if column in used]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["row", *columns, "reason"])
    for (_kind, _sheet, number), (cells, reasons) in rows.items():
        # a spreadsheet would run a cell that begins like a formula
        safe = [f"'{text}" if text[:1] in FORMULA else text for text in (cells.get(column, "") for column in columns)]
        writer.writerow([number, *safe, "；".join(reasons)])
    return ("\ufeff" + out.getvalue()).encode()


def _move(context: Context, row: ImportRow, state: str, **data: Any) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.file_name, old=row.state, new=state, reason="the import is not at that point")
    old, row.state = row.state, state
    context.session.flush()
    context.audit("import.moved", f"import:{row.id}", old=old, new=state, **data)


def _get_row(session: Session, import_id: str, *, lock: bool = False) -> ImportRow:
    row = session.get(ImportRow, import_id, with_for_update=lock)
    if row is None:
        raise NotFound(kind="import", id=import_id)
    return row


def _import(row: ImportRow) -> Import:
    return Import(**{name: getattr(row, name) for name in Import.__dataclass_fields__})
