"""The text of stored documents (案卷文字), read once, in the form in which names are compared; pictures and scans have none."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zipfile import BadZipFile

import docx
from sqlalchemy import ColumnElement, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime
from workflows.records import conflict_changes, documents, pdf_pages
from workflows.records.conflict_names import normalise
from workflows.records.documents import PDF, TEXT, WORD, DocumentRow

READ, EMPTY, FAILED = "READ", "EMPTY", "FAILED"
READABLE = (PDF, WORD, TEXT)
MOST_PAGES, MOST_LETTERS = 200, 400_000
PORTION = 40  # documents read in one search; what is left is said, and read at night
SHORTEST = 2  # one letter is no name
AROUND = 12  # letters shown on each side of a name

# Whatever is wrong inside a file shows in one of these.
UNREADABLE: tuple[type[Exception], ...] = (
    documents.DocumentDamaged, *pdf_pages.UNREADABLE, BadZipFile, KeyError, TypeError, AttributeError, RecursionError,
)  # fmt: skip


class DocumentTextRow(Base):
    """The text of one document; ``state`` READ, EMPTY (a scan) or FAILED; ``is_cut`` when it was too long."""

    __tablename__ = "document_texts"
    document_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(8))
    is_cut: Mapped[bool]
    content: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Mention:
    """A name in a document of another case file."""

    document_id: str
    lead_id: str
    title: str
    excerpt: str


@dataclass(frozen=True)
class Coverage:
    """How many documents were searched, and why others were not."""

    searched: int
    unread: int
    without_text: int
    cut: int


def _readable() -> ColumnElement[bool]:
    # A letter's Word form says what its PDF says.
    return DocumentRow.media_type.in_(READABLE) & ~(DocumentRow.template.is_not(None) & (DocumentRow.media_type == WORD))


def _unread() -> ColumnElement[bool]:
    return _readable() & DocumentRow.id.not_in(select(DocumentTextRow.document_id))


def read_new(context: Context, most: int = PORTION) -> int:
    """Read the text of documents that were not read yet, the newest first; returns how many."""
    session = context.session
    query = select(DocumentRow.id, DocumentRow.lead_id, DocumentRow.media_type).where(_unread())
    rows = session.execute(query.order_by(DocumentRow.id.desc()).limit(most)).all()
    for document_id, lead_id, media_type in rows:
        state, text = _extract(session, document_id, media_type)
        session.add(
            DocumentTextRow(
                document_id=document_id,
                lead_id=lead_id,
                state=state,
                is_cut=len(text) > MOST_LETTERS,
                content=text[:MOST_LETTERS],
                read_at=context.now,
            )
        )
        if text:
            conflict_changes.note(context, conflict_changes.DOCUMENT, document_id, "", lead_id)
    session.flush()
    return len(rows)


def _extract(session: Session, document_id: str, media_type: str) -> tuple[str, str]:
    try:
        text = normalise(extract(documents.read_content(session, document_id), media_type))
    except UNREADABLE:
        return FAILED, ""  # whatever is wrong with a file, the search goes on and says that it was not read
    return (READ if text else EMPTY), text


def extract(content: bytes, media_type: str) -> str:
    """The text of a PDF, Word or text file."""
    if media_type == PDF:
        return pdf_pages.extract_text(content, MOST_PAGES)
    if media_type == WORD:
        read = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(each.text for each in read.paragraphs), *cells])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def find_mentions(session: Session, names: Sequence[str], *, without_lead: str) -> list[Mention]:
    """The documents of other case files that hold one of some names, newest first, one mention a document."""
    found: dict[str, Mention] = {}
    for name in names:
        norm = normalise(name)
        if len(norm) < SHORTEST:
            continue
        query = (
            select(DocumentTextRow.document_id, DocumentTextRow.lead_id, DocumentTextRow.content, DocumentRow.title)
            .join(DocumentRow, DocumentRow.id == DocumentTextRow.document_id)
            .where(DocumentTextRow.lead_id != without_lead, DocumentTextRow.content.contains(norm, autoescape=True))
            .order_by(DocumentTextRow.document_id.desc())
        )
        for document_id, lead_id, content, title in session.execute(query):
            at = content.find(norm)
            excerpt = content[max(0, at - AROUND) : at + len(norm) + AROUND]
            found.setdefault(document_id, Mention(document_id, lead_id, title, f"…{excerpt}…"))
    return [found[each] for each in sorted(found, reverse=True)]


def find_named(session: Session, document_id: str, names: Mapping[str, set[str]]) -> set[str]:
    """The cases, other than a document's own, of which the document holds a name; ``names`` maps a name to its cases."""
    row = session.get(DocumentTextRow, document_id)
    if row is None:
        return set()
    # Two letters at a time first: a long text is looked through once, not once for each of thousands of names.
    pairs = {row.content[i : i + 2] for i in range(len(row.content) - 1)}
    found = (cases for norm, cases in names.items() if norm[:2] in pairs and norm[-2:] in pairs and norm in row.content)
    return set().union(*found) - {row.lead_id}


def count_unread(session: Session) -> int:
    """How many documents nobody has read yet."""
    return session.scalar(select(func.count()).select_from(DocumentRow).where(_unread())) or 0


def measure(session: Session) -> Coverage:
    """How much of the stored documents a search covers."""
    states: dict[str, int] = {}
    for state, number in session.execute(select(DocumentTextRow.state, func.count()).group_by(DocumentTextRow.state)):
        states[state] = number
    cut = session.scalar(select(func.count()).select_from(DocumentTextRow).where(DocumentTextRow.is_cut)) or 0
    pictures = select(func.count()).select_from(DocumentRow).where(DocumentRow.media_type.not_in(READABLE))
    without = states.get(EMPTY, 0) + states.get(FAILED, 0) + (session.scalar(pictures) or 0)
    return Coverage(states.get(READ, 0), count_unread(session), without, cut)
