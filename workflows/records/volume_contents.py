"""What is in a volume: its slots as they fill, what is missing and excused, and the catalogue (卷内目录)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime
from engine.errors import JuanzongError, NotFound
from workflows.records import documents, volume_slots, volumes
from workflows.records.documents import Document
from workflows.records.firm import read_firm
from workflows.records.volume_slots import MADE, REQUIRED, Slot

ORIGINAL, COPY, ELECTRONIC = "original", "copy", "electronic"


class VolumeLocked(JuanzongError):
    """The volume “{title}” has been handed in: nothing can be put in or taken out any more."""


class FileTwice(documents.FileRefused):
    """“{name}” is in the volume already, in the place “{place}”."""


class AbsenceRow(Base):
    __tablename__ = "volume_absences"

    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    slot: Mapped[str] = mapped_column(String(60), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stated_by: Mapped[str] = mapped_column(String(80))
    stated_by_name: Mapped[str] = mapped_column(String(120))


class DescriptionRow(Base):
    __tablename__ = "volume_descriptions"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    doc_no: Mapped[str] = mapped_column(String(120))
    author: Mapped[str] = mapped_column(String(200))
    dated_on: Mapped[date | None] = mapped_column(Date)
    pages: Mapped[int | None]
    form: Mapped[str] = mapped_column(String(12))
    remark: Mapped[str] = mapped_column(String(300))


class ExclusionRow(Base):
    __tablename__ = "volume_exclusions"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    excluded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    excluded_by: Mapped[str] = mapped_column(String(80))


class PieceRow(Base):
    __tablename__ = "volume_pieces"

    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    slot: Mapped[str] = mapped_column(String(60))
    slot_number: Mapped[str] = mapped_column(String(4))
    title: Mapped[str] = mapped_column(String(300))
    doc_no: Mapped[str] = mapped_column(String(120))
    author: Mapped[str] = mapped_column(String(200))
    dated_on: Mapped[date] = mapped_column(Date)
    page_from: Mapped[int]
    page_to: Mapped[int]
    form: Mapped[str] = mapped_column(String(12))
    remark: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True)
class SlotState:
    """One place of a volume as it stands: its documents, or the reason why there are none."""

    slot: Slot
    documents: tuple[Document, ...]
    excused: str
    blocks: bool

    @property
    def is_missing(self) -> bool:
        """Whether something required is neither there nor excused."""
        return self.slot.need == REQUIRED and not self.documents and (self.blocks or not self.excused)


@dataclass(frozen=True)
class Piece:
    """One line of the catalogue: a document with its page numbers in the volume."""

    number: int
    document_id: str
    slot: str
    slot_number: str
    title: str
    doc_no: str
    author: str
    dated_on: date
    page_from: int
    page_to: int
    form: str
    remark: str
    sha256: str


def slot_view(session: Session, volume_id: str) -> list[SlotState]:
    """Every place of a volume in the statutory order, with what is there, what is missing and who owes it."""
    volume = volumes.get_volume(session, volume_id)
    there = _documents(session, volume)
    reasons = {row.slot: row.reason for row in session.scalars(select(AbsenceRow).where(AbsenceRow.volume_id == volume_id))}
    return [
        SlotState(
            slot=slot,
            documents=tuple(document for document in there if document.slot == slot.key),
            excused=reasons.get(slot.key, ""),
            blocks=slot.must_be_there(volume.close_reason),
        )
        for slot in volume_slots.list_slots(volume.matter_type)
    ]


def list_missing(session: Session, volume_id: str) -> list[SlotState]:
    """The places where something required is neither there nor excused."""
    return [state for state in slot_view(session, volume_id) if state.is_missing]


def list_unplaced(session: Session, volume_id: str) -> list[Document]:
    """PDFs, pictures and scans of the case file that lie in no place of this volume; drafts in Word are left out."""
    volume = volumes.get_volume(session, volume_id)
    known = {slot.key for slot in volume_slots.list_slots(volume.matter_type)} | set(MADE)
    excluded = _excluded(session, volume_id)
    return [
        document
        for document in documents.list_documents(session, volume.lead_id)
        if document.slot not in known
        and document.id not in excluded
        and not (document.media_type == documents.WORD and document.source == "letter")
    ]


def list_late(session: Session, volume_id: str) -> list[Document]:
    """Documents in places of the volume that its catalogue does not list: they came in after it was made."""
    known = {piece.document_id for piece in list_pieces(session, volume_id)}
    return [each for state in slot_view(session, volume_id) for each in state.documents if each.id not in known]


def list_exclusions(session: Session, volume_id: str) -> list[tuple[Document, str]]:
    """What was taken out of the volume, and why."""
    rows = session.scalars(select(ExclusionRow).where(ExclusionRow.volume_id == volume_id))
    return [(documents.get_document(session, row.document_id), row.reason) for row in rows]


def add_to_slot(
    context: Context,
    volume_id: str,
    document_id: str,
    *,
    slot: str,
    title: str = "",
    doc_no: str = "",
    author: str = "",
    dated_on: date | None = None,
    pages: int | None = None,
    form: str = ELECTRONIC,
    remark: str = "",
) -> None:
    """Put a document of the case file into a place of its volume, described for the catalogue."""
    volume = _open_volume(context, volume_id)
    if volume_slots.find_slot(volume.matter_type, slot) is None:
        raise NotFound(kind="slot", id=slot)
    document = documents.get_document(context.session, document_id)
    if document.lead_id != volume.lead_id:
        raise NotFound(kind="document", id=document_id)
    documents.place_document(context, document_id, slot=slot, title=title or None)
    described = DescriptionRow(
        document_id=document_id,
        doc_no=doc_no,
        author=author,
        dated_on=dated_on,
        pages=pages,
        form=form,
        remark=remark,
    )
    context.session.merge(described)
    context.session.execute(delete(ExclusionRow).where(ExclusionRow.document_id == document_id))


def check_new(session: Session, volume: volumes.Volume, name: str, content: bytes) -> None:
    """Raise FileTwice when the very same bytes lie in a place of the volume already."""
    sha256 = hashlib.sha256(content).hexdigest()
    for state in slot_view(session, volume.id):
        if any(document.sha256 == sha256 for document in state.documents):
            raise FileTwice(name=name, place=state.slot.title)


def exclude(context: Context, volume_id: str, document_id: str, reason: str) -> None:
    """Take a document out of the volume, which stays in the case file (立卷归档办法 art. 9)."""
    volume = _open_volume(context, volume_id)
    if documents.get_document(context.session, document_id).lead_id != volume.lead_id:
        raise NotFound(kind="document", id=document_id)
    row = ExclusionRow(
        document_id=document_id,
        volume_id=volume_id,
        reason=reason,
        excluded_at=context.now,
        excluded_by=context.actor.id,
    )
    context.session.merge(row)
    context.audit("volume.document_excluded", f"volume:{volume_id}", document=document_id, reason=reason)


def excuse(context: Context, volume_id: str, slot: str, reason: str) -> None:
    """State that there is no such document in this matter (无此材料), and why."""
    _open_volume(context, volume_id)
    row = AbsenceRow(
        volume_id=volume_id,
        slot=slot,
        reason=reason,
        stated_at=context.now,
        stated_by=context.actor.id,
        stated_by_name=context.actor.name,
    )
    context.session.merge(row)
    context.audit("volume.absence_stated", f"volume:{volume_id}", slot=slot, reason=reason)


def arrange(context: Context, volume_id: str) -> list[Piece]:
    """Put the documents in the statutory order, number the pages through, and write the catalogue afresh."""
    volume = _open_volume(context, volume_id)
    session = context.session
    session.execute(delete(PieceRow).where(PieceRow.volume_id == volume_id))
    pieces: list[Piece] = []
    page = 1
    for state in slot_view(session, volume_id):
        for document, described in _described(session, state.documents):
            piece = _piece(len(pieces) + 1, page, state.slot, document, described)
            session.add(PieceRow(volume_id=volume_id, **vars(piece)))
            pieces.append(piece)
            page = piece.page_to + 1
    session.flush()
    volumes.count_contents(context, volume_id, pieces=len(pieces), pages=page - 1)
    context.audit("volume.arranged", f"volume:{volume.id}", pieces=len(pieces), pages=page - 1)
    return pieces


def list_pieces(session: Session, volume_id: str) -> list[Piece]:
    """The catalogue in order; empty before the volume was arranged."""
    rows = session.scalars(select(PieceRow).where(PieceRow.volume_id == volume_id).order_by(PieceRow.number))
    return [Piece(**{name: getattr(row, name) for name in Piece.__dataclass_fields__}) for row in rows]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The catalogue and the stated absences for the cover, catalogue and remarks sheets."""
    volume = volumes.find_volume_by_lead(session, lead_id)
    if volume is None:
        return {}
    pieces = list_pieces(session, volume.id)
    filled = {piece.slot for piece in pieces}
    return {
        "catalogue": [{**vars(piece), "dated_on": piece.dated_on.isoformat()} for piece in pieces],
        # What came in after the catalogue was made is still absent from it.
        "absences": [
            {"slot": state.slot.title, "reason": state.excused}
            for state in slot_view(session, volume.id)
            if state.excused and state.slot.key not in filled
        ],
        "exclusions": [{"title": document.title, "reason": reason} for document, reason in list_exclusions(session, volume.id)],
    }


def _open_volume(context: Context, volume_id: str) -> volumes.Volume:
    volume = volumes.get_volume(context.session, volume_id)
    if volume.state not in volumes.OPEN:
        raise VolumeLocked(title=volume.title)
    return volume


def _excluded(session: Session, volume_id: str) -> set[str]:
    return set(session.scalars(select(ExclusionRow.document_id).where(ExclusionRow.volume_id == volume_id)))


def _documents(session: Session, volume: volumes.Volume) -> list[Document]:
    excluded = _excluded(session, volume.id)
    return [each for each in documents.list_documents(session, volume.lead_id) if each.slot and each.id not in excluded]


def _described(session: Session, there: tuple[Document, ...]) -> list[tuple[Document, DescriptionRow | None]]:
    """Documents of a slot by the date they bear, each with its description."""
    pairs = [(document, session.get(DescriptionRow, document.id)) for document in there]
    return sorted(pairs, key=lambda pair: (_dated_on(*pair), pair[0].id))


def _dated_on(document: Document, described: DescriptionRow | None) -> date:
    given = described.dated_on if described else None
    return given or document.created_at.astimezone(FIRM_ZONE).date()


def _piece(number: int, page: int, slot: Slot, document: Document, described: DescriptionRow | None) -> Piece:
    # The numbers stand on the pages themselves, so the file's own count goes first; a paper's count fills in for the rest.
    pages = document.page_count or (described.pages if described else None) or 1
    made_here = document.source in ("letter", "seal", "signature", "generated")
    return Piece(
        number=number,
        document_id=document.id,
        slot=slot.key,
        slot_number=slot.number,
        title=document.title,
        doc_no=described.doc_no if described else "",
        author=(described.author if described else "") or (read_firm()["name"] if made_here else ""),
        dated_on=_dated_on(document, described),
        page_from=page,
        page_to=page + pages - 1,
        form=described.form if described else ELECTRONIC,
        remark=described.remark if described else "",
        sha256=document.sha256,
    )
