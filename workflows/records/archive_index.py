"""The index of the archive: an entry for each volume, each line of its catalogue, each text of its documents.

The index follows the rows themselves: whoever writes a volume, a line of a catalogue or a document's text has its entry written
in the same transaction. Of a volume with state secrets only the volume itself is indexed (档案法 art. 20); of a destroyed one
nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Integer, String, Text, delete, event, insert, inspect, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base
from workflows.records import archive_grams
from workflows.records.document_texts import DocumentTextRow
from workflows.records.matters import MatterRow
from workflows.records.name_writing import normalise
from workflows.records.volume_contents import PieceRow
from workflows.records.volumes import DESTROYED, STATE_SECRET, VolumeRow

VOLUME, PIECE, TEXT = "volume", "piece", "text"
KINDS = (VOLUME, PIECE, TEXT)
MARKS = {VOLUME: "\ue001", PIECE: "\ue002", TEXT: "\ue003"}  # letters for private use: no text has them


class ArchiveEntryRow(Base):
    """One thing that can be found; ``body`` is what is searched, but for a text, which ``document_texts`` holds."""

    __tablename__ = "archive_entries"
    __table_args__ = (Index(None, "volume_id", "kind", "number"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    volume_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    number: Mapped[int] = mapped_column(Integer, default=0)
    document_id: Mapped[str] = mapped_column(String(32), default="", index=True)
    body: Mapped[str] = mapped_column(Text)


def is_needed(session: Session) -> bool:
    """Whether volumes are there that the index does not know: they were written before there was one."""
    known = select(ArchiveEntryRow.id).where(ArchiveEntryRow.volume_id == VolumeRow.id, ArchiveEntryRow.kind == VOLUME)
    return session.scalar(select(VolumeRow.id).where(VolumeRow.state != DESTROYED, ~known.exists()).limit(1)) is not None


def rebuild(context: Context) -> int:
    """Index every volume afresh; returns how many."""
    session = context.session
    connection = session.connection()
    remove(connection, ArchiveEntryRow.id > 0)
    count = 0
    for row in session.scalars(select(VolumeRow).order_by(VolumeRow.id)):
        _volume_written(connection, row)
        _index_contents(connection, row)
        count += 1
    context.audit("archive.index_rebuilt", "archive", volumes=count)
    return count


def _body(*parts: Any) -> str:
    """Some texts as one body, each a line; values inside dictionaries and lists count."""
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Mapping):
            lines.append(_body(*part.values()))
        elif isinstance(part, list | tuple):
            lines.append(_body(*part))
        elif part:
            lines.append(normalise(str(part)))
    return "\n".join(line for line in lines if line)


def _put(connection: Connection, **values: Any) -> None:
    """Write the entry of a volume or a line, in place of what was there."""
    entry = ArchiveEntryRow
    key = [entry.volume_id == values["volume_id"], entry.kind == values["kind"], entry.number == values["number"]]
    old = connection.execute(select(entry.id, entry.body, entry.document_id).where(*key)).first()
    if old is not None and (old.body, old.document_id) == (values["body"], values.get("document_id", "")):
        return
    if old is not None:
        remove(connection, entry.id == old.id)
    _add(connection, values["body"], **values)


def _add(connection: Connection, searched: str, **values: Any) -> None:
    _add_many(connection, [(searched, {"number": 0, "document_id": "", **values})])


def _add_many(connection: Connection, entries: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Write new entries, each with the text by which it is found."""
    if not entries:
        return
    returned = insert(ArchiveEntryRow).returning(ArchiveEntryRow.id, sort_by_parameter_order=True)
    made = connection.execute(returned, [values for _searched, values in entries]).scalars()
    marked = zip(made, entries, strict=True)
    archive_grams.put(connection, ((number, MARKS[values["kind"]], searched) for number, (searched, values) in marked))


def remove(connection: Connection, which: Any) -> int:
    """Take entries out of the index, before the texts they were made of go."""
    query = select(ArchiveEntryRow.id, ArchiveEntryRow.kind, ArchiveEntryRow.body, DocumentTextRow.content)
    on = (DocumentTextRow.document_id == ArchiveEntryRow.document_id) & (ArchiveEntryRow.kind == TEXT)
    rows = connection.execute(query.outerjoin(DocumentTextRow, on).where(which)).all()
    gone = [(row.id, MARKS[row.kind], (row.content or "") if row.kind == TEXT else row.body) for row in rows]
    archive_grams.remove(connection, gone)
    connection.execute(delete(ArchiveEntryRow).where(which))
    return len(gone)


def _volume_written(connection: Connection, row: VolumeRow) -> None:
    if row.state == DESTROYED:
        remove(connection, ArchiveEntryRow.volume_id == row.id)
        return
    matter_no = connection.scalar(select(MatterRow.matter_no).where(MatterRow.id == row.matter_id))
    body = _body(row.title, row.client_name, row.file_no, matter_no, row.cover or {})
    _put(connection, volume_id=row.id, kind=VOLUME, number=0, body=body)


def _index_contents(connection: Connection, row: VolumeRow) -> None:
    """Index the lines and texts of a volume, but those that are known; of state secrets none."""
    if row.level == STATE_SECRET or row.state == DESTROYED:
        return
    known = {(kind, number, document) for kind, number, document in connection.execute(_known(row.id))}
    lines = [_line(piece) for piece in connection.execute(select(PieceRow.__table__).where(PieceRow.volume_id == row.id))]
    new = [(line["body"], line) for line in lines if (PIECE, line["number"], line["document_id"]) not in known]
    query = select(DocumentTextRow.document_id, DocumentTextRow.content).where(
        DocumentTextRow.lead_id == row.lead_id, DocumentTextRow.content != ""
    )
    for document_id, content in connection.execute(query):
        if (TEXT, 0, document_id) not in known:
            entry = {"volume_id": row.id, "kind": TEXT, "number": 0, "document_id": document_id, "body": ""}
            new.append((content, entry))
    _add_many(connection, new)


def _known(volume_id: str) -> Any:
    entry = ArchiveEntryRow
    return select(entry.kind, entry.number, entry.document_id).where(entry.volume_id == volume_id)


def _line(piece: Any) -> dict[str, Any]:
    body = _body(piece.title, piece.doc_no, piece.author, piece.remark)
    return {
        "volume_id": piece.volume_id, "kind": PIECE, "number": piece.number, "document_id": piece.document_id, "body": body,
    }  # fmt: skip


@event.listens_for(VolumeRow, "after_insert")
def _volume_added(_mapper: Any, connection: Connection, row: VolumeRow) -> None:
    _volume_written(connection, row)
    _index_contents(connection, row)


@event.listens_for(VolumeRow, "after_update")
def _volume_changed(_mapper: Any, connection: Connection, row: VolumeRow) -> None:
    changed = ("level", "pieces")
    state: Any = inspect(row)
    has_changed = {name for name in changed if state.attrs[name].history.has_changes()}
    _volume_written(connection, row)
    inside = ArchiveEntryRow.volume_id == row.id
    if "level" in has_changed:
        if row.level == STATE_SECRET:
            remove(connection, inside & (ArchiveEntryRow.kind != VOLUME))
        _index_contents(connection, row)
    if "pieces" in has_changed:  # a shorter catalogue leaves no lines behind
        remove(connection, inside & (ArchiveEntryRow.kind == PIECE) & (ArchiveEntryRow.number > row.pieces))


@event.listens_for(PieceRow, "after_insert")
@event.listens_for(PieceRow, "after_update")
def _piece_written(_mapper: Any, connection: Connection, row: PieceRow) -> None:
    level = connection.scalar(select(VolumeRow.level).where(VolumeRow.id == row.volume_id))
    if level == STATE_SECRET:
        return
    _put(connection, **_line(row))
    text = (ArchiveEntryRow.document_id == row.document_id) & (ArchiveEntryRow.kind == TEXT)
    connection.execute(update(ArchiveEntryRow).where(text).values(volume_id=row.volume_id))


@event.listens_for(DocumentTextRow, "after_insert")
def _text_read(_mapper: Any, connection: Connection, row: DocumentTextRow) -> None:
    """Index a text that was read; before its case has a volume it waits for one."""
    newest = select(VolumeRow.id).where(
        VolumeRow.lead_id == row.lead_id, VolumeRow.level != STATE_SECRET, VolumeRow.state != DESTROYED
    )
    placed = select(PieceRow.volume_id).where(PieceRow.document_id == row.document_id)
    volume_id = connection.scalar(newest.where(VolumeRow.id.in_(placed)).limit(1))
    volume_id = volume_id or connection.scalar(newest.order_by(VolumeRow.series.desc()).limit(1))
    if volume_id and row.content:
        _add(connection, row.content, volume_id=volume_id, kind=TEXT, number=0, document_id=row.document_id, body="")


@event.listens_for(ArchiveEntryRow.__table__, "after_create")
def _make_grams(_table: Any, connection: Connection, **_: Any) -> None:
    for statement in archive_grams.STATEMENTS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
