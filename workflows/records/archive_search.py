"""Search over the archive: the lines of the volume register (案卷目录), of the catalogues (卷内目录), and the documents' text.

What a wall closes to somebody, they do not find (G9); what is closed in a volume they may see, they do not find either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.context import Actor, Context
from workflows.records import archive_grams, document_access, documents, volumes
from workflows.records.archive_grams import GRAMS
from workflows.records.archive_index import KINDS, MARKS, PIECE, TEXT, VOLUME, ArchiveEntryRow, remove
from workflows.records.document_access import COMPLAINT_SLOT, SURVEY_SLOT
from workflows.records.document_texts import DocumentTextRow
from workflows.records.documents import DocumentRow
from workflows.records.name_writing import normalise
from workflows.records.volume_access import visible_to
from workflows.records.volume_contents import PieceRow
from workflows.records.volumes import INTERNAL, VolumeRow

MOST_TERMS, LONGEST_TERM, COUNTED = 6, 60, 300
AROUND = 24  # letters of a text shown on each side of what was found
CLOSED_SLOTS = frozenset({COMPLAINT_SLOT, SURVEY_SLOT})


@dataclass(frozen=True)
class Hit:
    """One thing found: a volume, a line of its catalogue, or a document whose text has the words."""

    entry_id: int
    kind: str
    volume: volumes.Volume
    number: int
    document_id: str
    title: str
    excerpt: str


@dataclass(frozen=True)
class Found:
    """One page; ``counts`` of each kind stop at ``COUNTED``; ``after`` continues (None: that was all)."""

    hits: list[Hit]
    counts: Mapping[str, int]
    after: tuple[str, int] | None


def read_terms(words: str) -> list[str]:
    """What somebody looks for, as it is compared: every term must be found."""
    terms = (normalise(word)[:LONGEST_TERM] for word in words.split())
    return list(dict.fromkeys(term for term in terms if term))[:MOST_TERMS]


def search(
    session: Session,
    words: str,
    viewer: Actor,
    *,
    kind: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 20,
    counted: bool = True,
) -> Found:
    """A page of what somebody finds and may see: volumes first, then catalogue lines, then texts, the newest of each first."""
    terms = read_terms(words)
    if not terms:
        return Found([], {}, None)
    kinds = [each for each in KINDS if not kind or each == kind]
    hits: list[Hit] = []
    last: tuple[str, int] | None = None
    for each in kinds[kinds.index(after[0]) if after and after[0] in kinds else 0 :]:
        before = after[1] if after and after[0] == each else None
        for hit in _find(session, each, terms, viewer, before, limit + 1 - len(hits)):
            hits.append(hit)
        if len(hits) > limit:
            break
    if len(hits) > limit:
        hits = hits[:limit]
        last = (hits[-1].kind, hits[-1].entry_id)
    counts = {each: _count(session, each, terms, viewer) for each in kinds} if counted else {}
    return Found(hits, counts, last)


def _find(session: Session, kind: str, terms: list[str], viewer: Actor, before: int | None, limit: int) -> Iterator[Hit]:
    """Up to ``limit`` things of one kind that somebody may see, read in portions: some of them may be closed to them."""
    found = 0
    while found < limit:
        rows = session.execute(_query(session, kind, terms, viewer, before).limit(limit)).all()
        for row in rows:
            hit = _read_hit(session, kind, row, terms, viewer)
            if hit is not None and found < limit:
                found += 1
                yield hit
        if len(rows) < limit:
            return
        before = rows[-1].id


def _query(session: Session, kind: str, terms: list[str], viewer: Actor, before: int | None) -> Any:
    """The entries of a kind, newest first, each with its volume, its title, its document and what was searched."""
    entry, volume = ArchiveEntryRow, VolumeRow
    body = DocumentTextRow.content if kind == TEXT else entry.body
    title = {VOLUME: volume.title, PIECE: PieceRow.title, TEXT: DocumentRow.title}[kind]
    shown = (entry.id, entry.number, entry.document_id, title.label("title"), volume)
    query: Any = (
        select(*shown).select_from(GRAMS).join(entry, entry.id == GRAMS.c.rowid).join(volume, volume.id == entry.volume_id)
    )
    if kind == PIECE:
        query = query.join(PieceRow, (PieceRow.volume_id == entry.volume_id) & (PieceRow.number == entry.number))
    if kind != VOLUME:
        query = query.join(DocumentRow, DocumentRow.id == entry.document_id).add_columns(DocumentRow.slot)
    if kind == TEXT:
        query = query.join(DocumentTextRow, DocumentTextRow.document_id == entry.document_id).add_columns(body)
        # What stands in a document of a higher class is read in the reader alone, which asks for a purpose (G10).
        query = query.where(volume.level == INTERNAL)
    query = query.where(archive_grams.having(session.connection(), MARKS[kind], terms), visible_to(session, viewer))
    for term in terms:
        if not archive_grams.is_exact(term):
            query = query.where(body.contains(term, autoescape=True))
    if before is not None:
        query = query.where(GRAMS.c.rowid < before)
    return query.order_by(GRAMS.c.rowid.desc())


def _count(session: Session, kind: str, terms: list[str], viewer: Actor) -> int:
    inner = _query(session, kind, terms, viewer, None).with_only_columns(GRAMS.c.rowid).order_by(None).limit(COUNTED)
    return session.scalar(select(func.count()).select_from(inner.subquery())) or 0


def _read_hit(session: Session, kind: str, row: Any, terms: list[str], viewer: Actor) -> Hit | None:
    volume: VolumeRow = row.VolumeRow
    is_closed = kind == TEXT or (kind == PIECE and row.slot in CLOSED_SLOTS)
    if is_closed and not document_access.may_read(session, documents.get_document(session, row.document_id), viewer):
        return None
    excerpt = _excerpt(row.content, terms) if kind == TEXT else ""
    return Hit(row.id, kind, volumes.get_volume(session, volume.id), row.number, row.document_id, row.title, excerpt)


def _excerpt(content: str, terms: list[str]) -> str:
    at = content.find(terms[0])
    start, end = max(0, at - AROUND), at + len(terms[0]) + AROUND
    return ("…" if start else "") + content[start:end].replace("\n", " ") + ("…" if end < len(content) else "")


def forget(context: Context, volume_id: str) -> int:
    """Take everything of a volume out of the index, with the text of its documents; returns how many entries went."""
    session = context.session
    session.flush()
    connection = session.connection()
    removed = remove(connection, ArchiveEntryRow.volume_id == volume_id)
    row = session.get(VolumeRow, volume_id)
    if row is not None:
        ours = select(PieceRow.document_id).where(PieceRow.volume_id == volume_id)
        others = select(VolumeRow.id).where(VolumeRow.lead_id == row.lead_id, VolumeRow.id != volume_id)
        texts: Any = DocumentTextRow.document_id.in_(ours)
        if session.scalar(others.limit(1)) is None:  # nothing of the case file is kept in another volume
            texts |= DocumentTextRow.lead_id == row.lead_id
        session.execute(delete(DocumentTextRow).where(texts).execution_options(synchronize_session=False))
    context.audit("archive.index_forgotten", f"volume:{volume_id}", entries=removed)
    return removed
