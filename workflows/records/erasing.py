"""Erasing a volume (电子销毁): its documents and whatever was made of them, for good, and proof that nothing can be read.

The bytes of a document stand once however many cases share them: those that another document still needs stay. While the
case has another volume, only this volume's own documents go; with its last volume goes the whole case file. What stays is the
register of matters, the accounts with their own period, and the conflict index with names and roles (see ``tombstones``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base
from workflows.records import archive_search, destruction_blocks, lead_purges, leads, tombstones, volume_contents, volumes
from workflows.records.archive_index import ArchiveEntryRow
from workflows.records.client_signatures import ClientSignatureRow
from workflows.records.communications import CommunicationRow
from workflows.records.document_texts import DocumentTextRow
from workflows.records.documents import BlobRow, DocumentRow
from workflows.records.links import LinkRow
from workflows.records.mails import MailRow
from workflows.records.volumes import Volume, VolumeRow

_AT_ONCE = 400  # ids in one statement; SQLite allows no more than some thousand


@dataclass(frozen=True)
class Erased:
    """What was erased of one volume: documents, and the digests of bytes that must be nowhere any more."""

    volume_id: str
    file_no: str
    documents: int
    shared: int
    digests: list[str]


def erase(context: Context, volume_id: str) -> Erased:
    """Erase what a volume holds and mark it destroyed; the catalogue's digests go onto its tombstone before.

    Raises ``Kept`` (G8) while anything keeps the volume.
    """
    session, today = context.session, context.now.astimezone(FIRM_ZONE).date()
    volume = volumes.get_volume(session, volume_id)
    destruction_blocks.check_free(session, volume, today)
    _mark(context, volume)
    archive_search.forget(context, volume_id)
    is_last = all(each.state in volumes.GONE for each in volumes.list_volumes_of_lead(session, volume.lead_id))
    ids = _documents_of(session, volume, whole_file=is_last)
    digests = _digests(session, ids)
    _delete_documents(session, volume_id, ids)
    shared = _delete_bytes(session, digests)
    if is_last:
        _delete_case_file(context, volume)
    session.flush()
    context.audit("volume.erased", f"volume:{volume_id}", documents=len(ids), shared=len(shared))
    return Erased(volume_id, volume.file_no or "", len(ids), len(shared), sorted(digests - shared))


def describe(session: Session, volume: Volume) -> dict[str, Any]:
    """What a tombstone says of a volume's contents: numbers, places, pages and digests, no titles."""
    pieces = volume_contents.list_pieces(session, volume.id)
    return {
        "file_no": volume.file_no,
        "cause": volume.cover.get("cause") or "",
        "client": tombstones.mask_name(volume.client_name),
        "opponents": [tombstones.mask_name(each) for each in str(volume.cover.get("opponents") or "").split("、") if each],
        "opened_on": volume.opened_at.astimezone(FIRM_ZONE).date().isoformat(),
        "closed_on": volume.closed_on.isoformat() if volume.closed_on else "",
        "accepted_on": volume.accepted_at.astimezone(FIRM_ZONE).date().isoformat() if volume.accepted_at else "",
        "pieces": volume.pieces,
        "pages": volume.pages,
        "retention": volume.retention,
        "retention_reason": volume.retention_reason,
        "expires_on": volume.expires_on.isoformat() if volume.expires_on else "",
        "package_sha256": volume.package_sha256 or "",
        "documents": [
            {"no": piece.number, "place": piece.slot_number, "from": piece.page_from, "to": piece.page_to, "sha256": piece.sha256}
            for piece in pieces
        ],
    }


def list_readable(session: Session, erased: Erased) -> list[str]:
    """What could still be read of an erased volume; nothing when the destruction is complete."""
    left: list[str] = []
    for part in _portions(erased.digests):
        left += session.scalars(select(BlobRow.sha256).where(BlobRow.sha256.in_(part))).all()
    left += session.scalars(select(volume_contents.PieceRow.title).where(volume_contents.PieceRow.volume_id == erased.volume_id))
    entries = select(ArchiveEntryRow.kind).where(
        ArchiveEntryRow.volume_id == erased.volume_id, ArchiveEntryRow.kind.in_(("piece", "text"))
    )
    return [*left, *session.scalars(entries)]


def _mark(context: Context, volume: Volume) -> None:
    """Say that the volume is destroyed; its row names nobody any more."""
    row = context.session.get_one(VolumeRow, volume.id)
    row.destroyed_on = context.now.astimezone(FIRM_ZONE).date()
    volumes.move(context, volume.id, volumes.DESTROYED)
    row.client_name = tombstones.mask_name(volume.client_name)
    row.title = f"{volume.cover.get('cause') or '已销毁案卷'}（已销毁）"
    row.cover, row.remarks, row.location = {}, "", ""
    context.session.flush()


def _documents_of(session: Session, volume: Volume, *, whole_file: bool) -> set[str]:
    """The documents that go: the whole case file's, or this volume's with the versions that they replaced."""
    rows = session.execute(select(DocumentRow.id, DocumentRow.superseded_by).where(DocumentRow.lead_id == volume.lead_id)).all()
    if whole_file:
        return {row.id for row in rows}
    found = {piece.document_id for piece in volume_contents.list_pieces(session, volume.id)}
    while more := {row.id for row in rows if row.superseded_by in found} - found:
        found |= more
    return found


def _digests(session: Session, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in _portions(ids):
        found |= set(session.scalars(select(DocumentRow.sha256).where(DocumentRow.id.in_(part))))
    return found


def _delete_documents(session: Session, volume_id: str, ids: Collection[str]) -> None:
    """Documents and every row that hangs on them: descriptions, lines of the catalogue, texts."""
    documents = DocumentRow.__table__
    hanging = [
        (table, key.parent)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is documents and table is not documents
    ]
    _run(session, delete(volume_contents.PieceRow).where(volume_contents.PieceRow.volume_id == volume_id))
    for part in _portions(ids):
        for table, column in hanging:
            _run(session, delete(table).where(column.in_(part)))
        _run(session, delete(DocumentTextRow).where(DocumentTextRow.document_id.in_(part)))
        _run(session, delete(DocumentRow).where(DocumentRow.id.in_(part)))


def _delete_bytes(session: Session, digests: Collection[str]) -> set[str]:
    """The bytes that no other document shares; returns the digests of those that stay for another's sake."""
    shared: set[str] = set()
    for part in _portions(digests):
        used = set(session.scalars(select(DocumentRow.sha256).where(DocumentRow.sha256.in_(part))))
        _run(session, delete(BlobRow).where(BlobRow.sha256.in_([each for each in part if each not in used])))
        shared |= used
    return shared


def _delete_case_file(context: Context, volume: Volume) -> None:
    """What else the case file holds: letters, log, links, signatures, entries of its ended processes; names stay with role."""
    session, lead_id = context.session, volume.lead_id
    for table in (CommunicationRow, MailRow, LinkRow, ClientSignatureRow, DocumentTextRow):
        _run(session, delete(table).where(table.lead_id == lead_id))
    lead = leads.get_lead(session, lead_id)
    lead_purges.bare(context, lead)
    context.forget_instances(lead_id, *filter(None, [lead.instance_id]))
    context.forget_instances(volume.matter_id)


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def _portions(values: Collection[str]) -> list[list[str]]:
    given = sorted(values)
    return [given[start : start + _AT_ONCE] for start in range(0, len(given), _AT_ONCE)]
