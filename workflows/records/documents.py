"""Documents of a case file: what was made, received or signed, and the bytes behind it, found by their SHA-256.

The bytes stand in ``blobs`` once, however many documents share them, and in the database so that every node reads the
same. A document is never changed: a sealed, signed or corrected one is a new document that supersedes the old.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from sqlalchemy import ForeignKey, LargeBinary, String, column, select, table
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError, NotFound

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = "image/png"
JPEG = "image/jpeg"
TEXT = "text/plain"
OFD = "application/ofd"

SUFFIXES = {PDF: ".pdf", WORD: ".docx", EXCEL: ".xlsx", PNG: ".png", JPEG: ".jpg", TEXT: ".txt", OFD: ".ofd"}
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()} | {".jpeg": JPEG}

# What a file of the type begins with; a Word, Excel or OFD file is a zip archive.
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    PDF: (b"%PDF-",),
    PNG: (b"\x89PNG\r\n\x1a\n",),
    JPEG: (b"\xff\xd8\xff",),
    WORD: (b"PK\x03\x04",),
    EXCEL: (b"PK\x03\x04",),
    OFD: (b"PK\x03\x04",),
}

MAX_UPLOAD = 50 * 1024 * 1024
# The tables of the records that build on this one.
_PIECES = table("volume_pieces", column("volume_id"), column("document_id"))
_VOLUMES = table("volumes", column("id"), column("file_no"), column("state"))


class DocumentDamaged(JuanzongError):
    """The stored content of “{title}” no longer matches its SHA-256: it was changed outside the system."""


class DocumentArchived(JuanzongError):
    """“{title}” is in an archived volume: nothing replaces or moves it; add a supplement (G7)."""


class FileRefused(JuanzongError):
    """“{name}” cannot be taken."""


class FileTypeRefused(FileRefused):
    """“{name}” cannot be taken: send PDF, Word, Excel, OFD, PNG, JPEG or text files."""


class FileEmpty(FileRefused):
    """“{name}” cannot be taken: the file is empty."""


class FileTooLarge(FileRefused):
    """“{name}” cannot be taken: it is larger than 50 MB."""


class FileMismatch(FileRefused):
    """“{name}” cannot be taken: its content is not what its name says."""


class FileLocked(FileRefused):
    """“{name}” cannot be taken: the PDF is damaged or locked with a password."""


class DocumentRow(Base):
    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str | None] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    slot: Mapped[str | None] = mapped_column(String(60))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("blobs.sha256"), index=True)
    page_count: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(60))
    template: Mapped[str | None] = mapped_column(String(60))
    template_version: Mapped[str | None] = mapped_column(String(40))
    data_digest: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    created_by_name: Mapped[str] = mapped_column(String(120))
    superseded_by: Mapped[str | None] = mapped_column(String(32))


class BlobRow(Base):
    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True)
class Document:
    """One document of a case file, without its bytes (see ``read_content``)."""

    id: str
    lead_id: str
    matter_id: str | None
    kind: str
    title: str
    slot: str | None
    media_type: str
    size: int
    sha256: str
    page_count: int | None
    source: str  # letter | seal | signature | upload | generated
    template: str | None
    template_version: str | None
    data_digest: str | None
    created_at: datetime
    created_by: str
    created_by_name: str
    superseded_by: str | None

    @property
    def file_name(self) -> str:
        """The title with the suffix of its type, fit for a file system."""
        name = "".join("_" if c in '\\/:*?"<>|%' or ord(c) < 32 else c for c in self.title).strip(" .") or self.id
        return name[:60] + SUFFIXES.get(self.media_type, ".bin")


def add_document(
    context: Context,
    *,
    lead_id: str,
    kind: str,
    title: str,
    media_type: str,
    content: bytes,
    slot: str | None = None,
    source: str = "generated",
    matter_id: str | None = None,
    template: str | None = None,
    template_version: str | None = None,
    data_digest: str | None = None,
    supersedes: str | None = None,
) -> Document:
    """Store a document of a case file; ``slot`` is its place in the volume (keys in ``rules/volume_slots.yaml``).

    ``supersedes`` is the id of the document that this one replaces; that one stays readable and leaves the volume.
    """
    sha256 = _store_blob(context.session, content)
    row = DocumentRow(
        id=new_id(),
        lead_id=lead_id,
        matter_id=matter_id,
        kind=kind,
        title=title,
        slot=slot,
        media_type=media_type,
        size=len(content),
        sha256=sha256,
        page_count=count_pages(content, media_type),
        source=source,
        template=template,
        template_version=template_version,
        data_digest=data_digest,
        created_at=context.now,
        created_by=context.actor.id,
        created_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    if supersedes:
        supersede(context, supersedes, row.id)
    context.audit("document.added", f"document:{row.id}", lead_id=lead_id, kind=kind, title=title, sha256=sha256)
    return _document(row)


def supersede(context: Context, document_id: str, by: str) -> None:
    """Mark a document as replaced by another; raises NotFound if it does not exist."""
    row = context.session.get(DocumentRow, document_id)
    if row is None:
        raise NotFound(kind="document", id=document_id)
    if is_archived(context.session, document_id):
        raise DocumentArchived(title=row.title)
    row.superseded_by = by
    context.session.flush()
    context.audit("document.superseded", f"document:{document_id}", by=by)


def place_document(context: Context, document_id: str, *, slot: str, title: str | None = None) -> Document:
    """Put a document into a place of the volume, under a better title when one is given; raises NotFound."""
    row = context.session.get(DocumentRow, document_id)
    if row is None:
        raise NotFound(kind="document", id=document_id)
    if is_archived(context.session, document_id):
        raise DocumentArchived(title=row.title)
    row.slot, row.title = slot, title or row.title
    context.session.flush()
    context.audit("document.placed", f"document:{document_id}", slot=slot, title=row.title)
    return _document(row)


def place_uploads(context: Context, document_ids: Sequence[str], *, lead_id: str, slot: str, title: str) -> list[str]:
    """Put files that came with a form of this case into a place of the volume; returns those that are the case's."""
    found = [find_document(context.session, each) for each in document_ids]
    own = [document.id for document in found if document and document.lead_id == lead_id]
    for document_id in own:
        place_document(context, document_id, slot=slot, title=title)
    return own


def supersede_earlier(context: Context, document: Document) -> None:
    """Let a new letter replace what was made before from the same template for the same case, sealed copies too.

    What is in an archived volume stays, and the new letter comes beside it.
    """
    for earlier in list_documents(context.session, document.lead_id):
        same = (earlier.template, earlier.media_type) == (document.template, document.media_type)
        if same and earlier.id != document.id and not is_archived(context.session, earlier.id):
            supersede(context, earlier.id, document.id)


def retire_letter(context: Context, lead_id: str, template: str, by: str) -> None:
    """Let what was made from a template count no more, because ``by`` was made without it."""
    for earlier in list_documents(context.session, lead_id):
        if earlier.template == template and not is_archived(context.session, earlier.id):
            supersede(context, earlier.id, by)


def replace_content(context: Context, document_id: str, *, content: bytes, source: str) -> Document:
    """Store another form of a document (sealed, signed) as a new one that supersedes it."""
    old = get_document(context.session, document_id)
    return add_document(
        context,
        lead_id=old.lead_id,
        matter_id=old.matter_id,
        kind=old.kind,
        title=old.title,
        media_type=old.media_type,
        content=content,
        slot=old.slot,
        source=source,
        template=old.template,
        template_version=old.template_version,
        data_digest=old.data_digest,
        supersedes=old.id,
    )


def find_document(session: Session, document_id: str) -> Document | None:
    """The document with this id, or None."""
    row = session.get(DocumentRow, document_id)
    return _document(row) if row else None


def get_document(session: Session, document_id: str) -> Document:
    """The document with this id; raises NotFound."""
    document = find_document(session, document_id)
    if document is None:
        raise NotFound(kind="document", id=document_id)
    return document


def list_documents(
    session: Session,
    lead_id: str,
    *,
    kind: str | None = None,
    slot: str | None = None,
    include_superseded: bool = False,
) -> list[Document]:
    """The documents of a case file, oldest first; superseded ones only when asked for."""
    statement = select(DocumentRow).where(DocumentRow.lead_id == lead_id)
    if kind:
        statement = statement.where(DocumentRow.kind == kind)
    if slot:
        statement = statement.where(DocumentRow.slot == slot)
    if not include_superseded:
        statement = statement.where(DocumentRow.superseded_by.is_(None))
    return [_document(row) for row in session.scalars(statement.order_by(DocumentRow.id))]


def find_latest(session: Session, lead_id: str, kind: str, media_type: str = PDF) -> Document | None:
    """The newest document of a kind and type in a case file, or None."""
    found = [d for d in list_documents(session, lead_id, kind=kind) if d.media_type == media_type]
    return found[-1] if found else None


def is_archived(session: Session, document_id: str) -> bool:
    """Whether a document is a piece of a volume that has its file number and is not destroyed."""
    query = (
        select(_PIECES.c.document_id)
        .join(_VOLUMES, _VOLUMES.c.id == _PIECES.c.volume_id)
        .where(_PIECES.c.document_id == document_id, _VOLUMES.c.file_no.is_not(None), _VOLUMES.c.state != "DESTROYED")
    )
    return session.execute(query.limit(1)).first() is not None


def read_content(session: Session, document_id: str) -> bytes:
    """The bytes of a document, checked against its SHA-256; raises NotFound or DocumentDamaged."""
    document = get_document(session, document_id)
    content = session.scalar(select(BlobRow.content).where(BlobRow.sha256 == document.sha256))
    if content is None or hashlib.sha256(content).hexdigest() != document.sha256:
        raise DocumentDamaged(title=document.title)
    return bytes(content)


def check_file(name: str, content: bytes) -> str:
    """The media type of a file somebody sends in, by its name and first bytes; raises a FileRefused."""
    media_type = MEDIA_TYPES.get("." + name.rsplit(".", 1)[-1].lower() if "." in name else "")
    if media_type is None:
        raise FileTypeRefused(name=name)
    if not content:
        raise FileEmpty(name=name)
    if len(content) > MAX_UPLOAD:
        raise FileTooLarge(name=name)
    if media_type in _BEGINNINGS and not content.startswith(_BEGINNINGS[media_type]):
        raise FileMismatch(name=name)
    if media_type == PDF and count_pages(content, PDF) is None:
        raise FileLocked(name=name)
    return media_type


def count_pages(content: bytes, media_type: str) -> int | None:
    """Pages of a PDF, 1 for a picture, None where pages cannot be told."""
    if media_type in (PNG, JPEG):
        return 1
    if media_type != PDF:
        return None
    try:
        return len(PdfReader(io.BytesIO(content)).pages)
    except (PyPdfError, ValueError, KeyError, TypeError, OSError):
        return None  # a broken PDF may fail in any of these ways; it has no pages that could be numbered


def _store_blob(session: Session, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    insert: Any = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgresql
    values = {"sha256": sha256, "size": len(content), "content": content}
    session.execute(insert(BlobRow).values(values).on_conflict_do_nothing(index_elements=["sha256"]))
    return sha256


def _document(row: DocumentRow) -> Document:
    return Document(**{name: getattr(row, name) for name in Document.__dataclass_fields__})
