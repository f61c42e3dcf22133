"""Supplements and corrections of archived volumes (补充件, A24): asked for, approved, appended; nothing archived changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import documents, volumes

SUPPLEMENT, CORRECTION = "supplement", "correction"
KINDS = {SUPPLEMENT: "补充", CORRECTION: "更正"}
ASKED, APPROVED, REFUSED, APPENDED = "ASKED", "APPROVED", "REFUSED", "APPENDED"
SLOT = "supplement"


class VolumeSupplementRow(Base):
    __tablename__ = "volume_supplements"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), index=True)
    number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    corrects: Mapped[str] = mapped_column(String(300))
    document_ids: Mapped[list[str]] = mapped_column(Json)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(80))
    asked_by_name: Mapped[str] = mapped_column(String(120))
    approved_by_name: Mapped[str] = mapped_column(String(120), default="")
    appended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appended_by_name: Mapped[str] = mapped_column(String(120), default="")


@dataclass(frozen=True)
class Supplement:
    """One supplement or correction; ``number`` is given when it is appended."""

    id: str
    volume_id: str
    number: int | None
    kind: str
    state: str
    reason: str
    corrects: str
    document_ids: list[str]
    asked_at: datetime
    asked_by: str
    asked_by_name: str
    approved_by_name: str
    appended_at: datetime | None
    appended_by_name: str


def ask(
    context: Context, volume_id: str, *, kind: str, reason: str, corrects: str, document_ids: Sequence[str]
) -> Supplement:
    """Ask for documents to be added to an archived volume; raises StateRefused for one that is still open or gone."""
    volume = volumes.get_volume(context.session, volume_id)
    if volume.state not in volumes.LOCKED - volumes.GONE:
        reason_why = "only an archived volume is supplemented"
        raise StateRefused(what=volume.title, old=volume.state, new="SUPPLEMENTED", reason=reason_why)
    there = [documents.get_document(context.session, each) for each in document_ids]
    if not there or any(each.lead_id != volume.lead_id for each in there):
        raise NotFound(kind="document", id=", ".join(document_ids))
    for document in there:
        documents.place_document(context, document.id, slot=SLOT)
    row = VolumeSupplementRow(
        id=new_id(),
        volume_id=volume_id,
        kind=kind,
        state=ASKED,
        reason=reason,
        corrects=corrects,
        document_ids=list(document_ids),
        asked_at=context.now,
        asked_by=context.actor.id,
        asked_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("volume.supplement_asked", f"volume:{volume_id}", kind=kind, documents=len(there))
    return _supplement(row)


def judge(context: Context, supplement_id: str, *, approved: bool) -> Supplement:
    """A partner approves or refuses; who asked does not approve."""
    row = _get_row(context.session, supplement_id)
    if row.state != ASKED or (approved and row.asked_by == context.actor.id):
        new = APPROVED if approved else REFUSED
        raise StateRefused(what=row.reason, old=row.state, new=new, reason="who asks for it does not approve it")
    row.state, row.approved_by_name = (APPROVED if approved else REFUSED), context.actor.name
    context.session.flush()
    context.audit("volume.supplement_judged", f"volume:{row.volume_id}", approved=approved)
    return _supplement(row)


def enter(context: Context, supplement_id: str, *, archivist: str) -> Supplement:
    """The archivist takes it in: its number, its line in the catalogue, and the note on the remarks sheet."""
    row = _get_row(context.session, supplement_id)
    if row.state != APPROVED:
        raise StateRefused(what=row.reason, old=row.state, new=APPENDED, reason="no partner has approved it")
    last = context.session.scalar(
        select(func.max(VolumeSupplementRow.number)).where(VolumeSupplementRow.volume_id == row.volume_id)
    )
    row.number, row.state = (last or 0) + 1, APPENDED
    row.appended_at, row.appended_by_name = context.now, archivist
    context.session.flush()
    day = context.now.astimezone(FIRM_ZONE).date()
    what = f"{KINDS[row.kind]}第{row.number}号：{row.reason}" + (f"（更正：{row.corrects}）" if row.corrects else "")
    volumes.append_remark(context, row.volume_id, f"{day} {what}。记载人：{archivist}")
    context.audit("volume.supplement_entered", f"volume:{row.volume_id}", number=row.number, kind=row.kind)
    return _supplement(row)


def get_supplement(session: Session, supplement_id: str) -> Supplement:
    """The supplement with this id; raises NotFound."""
    return _supplement(_get_row(session, supplement_id))


def list_supplements(session: Session, volume_id: str) -> list[Supplement]:
    """What was asked for a volume, oldest first."""
    query = select(VolumeSupplementRow).where(VolumeSupplementRow.volume_id == volume_id).order_by(VolumeSupplementRow.id)
    return [_supplement(row) for row in session.scalars(query)]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The lines 补 of the catalogue and the notes of the remarks sheet; each supplement counts its pages from 1."""
    volume = volumes.find_volume_by_lead(session, lead_id)
    if volume is None:
        return {}
    lines, notes = [], []
    for entry in list_supplements(session, volume.id):
        if entry.number is None or entry.appended_at is None:
            continue
        day, page = entry.appended_at.astimezone(FIRM_ZONE).date().isoformat(), 1
        for document_id in entry.document_ids:
            document = documents.get_document(session, document_id)
            last = page + (document.page_count or 1) - 1
            pages = f"补{entry.number}-{page}" + (f"–{last}" if last > page else "")
            remark = f"{KINDS[entry.kind]}" + (f"：{entry.corrects}" if entry.corrects else "")
            line = {"number": f"补{entry.number}", "title": document.title, "dated_on": day, "pages": pages, "remark": remark}
            lines.append(line)
            page = last + 1
        note = f"{KINDS[entry.kind]}第{entry.number}号：{entry.reason}（批准：{entry.approved_by_name}）"
        notes.append({"on": day, "text": note, "by": entry.appended_by_name})
    return {"supplements": lines, "later_notes": notes}


def _get_row(session: Session, supplement_id: str) -> VolumeSupplementRow:
    row = session.get(VolumeSupplementRow, supplement_id)
    if row is None:
        raise NotFound(kind="supplement", id=supplement_id)
    return row


def _supplement(row: VolumeSupplementRow) -> Supplement:
    return Supplement(**{name: getattr(row, name) for name in Supplement.__dataclass_fields__})
