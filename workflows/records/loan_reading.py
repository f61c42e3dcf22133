"""Reading filed volumes: who may open which page, the log of every read, and the purpose that reads of secrets have (G10).

A filed volume of level 秘密 and above is read page by page in the reader, on a loan that was granted; its files, its package
and its sheets are handed to nobody. Before it is filed, whoever opens one of its documents says what for, and that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.access import identities
from engine.context import Actor, Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import NotAllowed
from workflows.records import documents, loan_words, volume_contents, volumes, walls
from workflows.records import volume_loans as loans
from workflows.records.documents import Document
from workflows.records.volume_contents import Piece
from workflows.records.volume_loans import Loan
from workflows.records.volumes import Volume

PAPER_ROLES = frozenset({"archivist", "partner", "director", "compliance"})
READER, FILE, COPYING = "reader", "file", "copy"
SECRET_LEVELS = frozenset(volumes.LEVELS) - {volumes.INTERNAL}


class ReadRow(Base):
    """One page or file that somebody opened."""

    __tablename__ = "volume_reads"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(String(32), index=True)
    loan_id: Mapped[str | None] = mapped_column(String(32), index=True)
    document_id: Mapped[str | None] = mapped_column(String(32))
    page: Mapped[int | None]
    way: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(4))
    purpose: Mapped[str] = mapped_column(Text)
    reader_id: Mapped[str] = mapped_column(String(80), index=True)
    reader_name: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Read:
    """One line of the log: who opened which page, when, how, and for what."""

    id: str
    volume_id: str
    loan_id: str | None
    document_id: str | None
    page: int | None
    way: str
    level: str
    purpose: str
    reader_id: str
    reader_name: str
    at: datetime


def find_volume(session: Session, document: Document) -> Volume | None:
    """The volume whose catalogue or places hold a document, its sheets included; None for papers that lie in no volume."""
    found = volumes.list_volumes_of_lead(session, document.lead_id)
    for volume in found:
        if any(piece.document_id == document.id for piece in volume_contents.list_pieces(session, volume.id)):
            return volume
    return found[-1] if found and document.slot else None


def is_sealed(session: Session, document: Document) -> bool:
    """Whether a document lies in a filed volume of level 秘密 or above: then no way leads to its file."""
    if not any(is_sealed_volume(each) for each in volumes.list_volumes_of_lead(session, document.lead_id)):
        return False
    volume = find_volume(session, document)
    return volume is not None and is_sealed_volume(volume)


def is_sealed_volume(volume: Volume) -> bool:
    """Whether a volume is filed and of level 秘密 or above: nobody downloads it or any of it."""
    return volume.level in SECRET_LEVELS and volume.state in volumes.LOCKED


def needs_purpose(session: Session, document: Document) -> bool:
    """Whether whoever opens a document says what for (G10): the level of its volume is 秘密 or above."""
    if not any(each.level in SECRET_LEVELS for each in volumes.list_volumes_of_lead(session, document.lead_id)):
        return False
    volume = find_volume(session, document)
    return volume is not None and volume.level in SECRET_LEVELS


def may_open_papers(session: Session, loan: Loan, viewer: Actor) -> bool:
    """Whether somebody may open a loan's own papers: its applicant, the archivists and those in charge; nobody behind a wall."""
    if viewer.kind != "person" or walls.keeps_out(session, loan.lead_id, viewer):
        return False
    return bool(viewer.roles & PAPER_ROLES) or not identities(viewer).isdisjoint({loan.applied_by, loan.borrower_id})


def may_read(session: Session, loan: Loan, viewer: Actor, now: datetime) -> bool:
    """Whether somebody may turn pages on a loan: the borrower themselves, while it is open, and outside of every wall."""
    if viewer.kind != "person" or walls.keeps_out(session, loan.lead_id, viewer):
        return False
    if loan.mode != loans.ELECTRONIC or loan.state != loans.READING or loan.borrower_id not in identities(viewer):
        return False
    return loan.link_until is not None and now < loan.link_until


def list_pages(session: Session, loan: Loan) -> list[int]:
    """The page numbers of the volume that a loan opens: those that were asked for, or all."""
    volume = volumes.get_volume(session, loan.volume_id)
    return parse_pages(loan.pages, volume.pages) or list(range(1, volume.pages + 1))


def parse_pages(text: str, last: int) -> list[int]:
    """The pages that “1-5，12” names, in order, without those the volume lacks; none of what is no number."""
    found: set[int] = set()
    for part in text.replace("，", ",").replace("、", ",").replace("；", ",").replace("—", "-").replace("–", "-").split(","):
        first, _, end = part.strip().partition("-")
        if first.strip().isdigit() and (not end or end.strip().isdigit()):
            start = int(first)
            found |= set(range(max(1, start), min(int(end or first), last) + 1))
    return sorted(found)


def find_piece(session: Session, volume_id: str, page: int) -> Piece | None:
    """The document on which a page of the volume lies."""
    return next(
        (each for each in volume_contents.list_pieces(session, volume_id) if each.page_from <= page <= each.page_to), None
    )


def open_page(context: Context, loan_id: str, page: int) -> tuple[str, int, str]:
    """Log that the borrower turns to a page; returns its document, the number of the page in it, and the words over it.

    Raises ``NotAllowed`` for everybody else, after the last day, behind a wall, and for pages that were not granted.
    """
    loan = loans.get_loan(context.session, loan_id)
    if not may_read(context.session, loan, context.actor, context.now) or page not in list_pages(context.session, loan):
        raise NotAllowed(reason="this page is not open to you")
    piece = find_piece(context.session, loan.volume_id, page)
    if piece is None:
        raise NotAllowed(reason="this page is not open to you")
    log(context, loan.volume_id, way=READER, purpose=say_purpose(loan), loan_id=loan.id, document_id=piece.document_id, page=page)
    return piece.document_id, page - piece.page_from, f"{context.actor.name} {loan.loan_no}"


def open_file(context: Context, document_id: str, purpose: str) -> None:
    """Log that somebody opens a document whose volume is 秘密 or above and not filed yet, and what for.

    Raises ``NotAllowed`` without a purpose and for a volume that is filed.
    """
    document = documents.get_document(context.session, document_id)
    volume = find_volume(context.session, document)
    if volume is None or is_sealed_volume(volume) or walls.keeps_out(context.session, document.lead_id, context.actor):
        raise NotAllowed(reason="this document is not open to you")
    if len(purpose.strip()) < 2:
        raise NotAllowed(reason="whoever reads a secret says what for")
    log(context, volume.id, way=FILE, purpose=purpose.strip(), document_id=document_id)


def log(
    context: Context,
    volume_id: str,
    *,
    way: str,
    purpose: str,
    loan_id: str | None = None,
    document_id: str | None = None,
    page: int | None = None,
) -> None:
    """Enter a read into the log; of secrets also into the audit chain."""
    volume = volumes.get_volume(context.session, volume_id)
    row = ReadRow(
        id=new_id(),
        volume_id=volume_id,
        loan_id=loan_id,
        document_id=document_id,
        page=page,
        way=way,
        level=volume.level,
        purpose=purpose,
        reader_id=context.actor.id,
        reader_name=context.actor.name,
        at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    if volume.level in SECRET_LEVELS:
        said = {"document": document_id, "page": page, "purpose": purpose, "level": volume.level, "way": way}
        context.audit("volume.secret_read", f"volume:{volume_id}", **said)


def say_purpose(loan: Loan) -> str:
    """What a loan is for, in words."""
    name = loan_words.PURPOSES.get(loan.purpose, loan.purpose)
    return f"{name}：{loan.purpose_note}" if loan.purpose_note else name


def list_reads(session: Session, volume_id: str, *, loan_id: str | None = None, limit: int = 200) -> list[Read]:
    """The log of a volume or of one loan, newest first."""
    query = select(ReadRow).where(ReadRow.volume_id == volume_id)
    if loan_id:
        query = query.where(ReadRow.loan_id == loan_id)
    return [_read(row) for row in session.scalars(query.order_by(ReadRow.id.desc()).limit(limit))]


def count_pages(reads: Sequence[Read]) -> int:
    """How many different pages of a log were opened."""
    return len({each.page for each in reads if each.page is not None})


def _read(row: ReadRow) -> Read:
    return Read(**{name: getattr(row, name) for name in Read.__dataclass_fields__})


def count_electronic(session: Session, volume_id: str) -> int:
    """How many pages of a volume have a picture."""
    total = 0
    for piece in volume_contents.list_pieces(session, volume_id):
        document = documents.get_document(session, piece.document_id)
        total += min(document.page_count or 0, piece.page_to - piece.page_from + 1)
    return total
