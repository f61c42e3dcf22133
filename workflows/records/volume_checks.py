"""Checks of a volume: the automatic ones at filing (DA/T 70, 四性检测) and the archivist's, kept with their findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from workflows.records import documents, volume_contents, volumes
from workflows.records.documents import DocumentDamaged

AUTOMATIC, ARCHIVIST, RECEPTION, TRANSFER, YEARLY = "automatic", "archivist", "reception", "transfer", "yearly"
NAMES = {
    AUTOMATIC: "四性检测（归档）",
    ARCHIVIST: "档案管理员接收检查",
    RECEPTION: "四性检测（接收）",
    TRANSFER: "四性检测（移交）",
    YEARLY: "四性检测（长期保存）",
}


class VolumeCheckRow(Base):
    __tablename__ = "volume_checks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[str] = mapped_column(String(80))
    checked_by_name: Mapped[str] = mapped_column(String(120))
    passed: Mapped[bool]
    points: Mapped[list[str]] = mapped_column(Json)
    defects: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    opinion: Mapped[str] = mapped_column(Text)
    results: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    report_id: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True)
class VolumeCheck:
    """One check; a defect has ``problem`` and, when it concerns one document, its ``line`` in the catalogue."""

    id: str
    volume_id: str
    kind: str
    checked_at: datetime
    checked_by: str
    checked_by_name: str
    passed: bool
    points: list[str]
    defects: list[dict[str, Any]]
    opinion: str
    results: list[dict[str, Any]] | None
    report_id: str | None


def inspect(session: Session, volume_id: str) -> list[dict[str, Any]]:
    """What is wrong with a volume as arranged: 真实 (digests), 完整 (slots, catalogue, pages), 可用 (readable)."""
    volume = volumes.get_volume(session, volume_id)
    pieces = volume_contents.list_pieces(session, volume_id)
    findings: list[dict[str, Any]] = [
        {"problem": f"完整性：缺少“{state.slot.title}”，且无缺件说明"}
        for state in volume_contents.slot_view(session, volume_id)
        if state.is_missing
    ]
    there = {document.id for state in volume_contents.slot_view(session, volume_id) for document in state.documents}
    if there != {piece.document_id for piece in pieces}:
        findings.append({"problem": "完整性：卷内目录与卷内文件不一致，应当重新排序编页"})
    next_page = 1
    for piece in pieces:
        if piece.page_from != next_page:
            findings.append({"line": piece.number, "problem": "完整性：页号不连续"})
        next_page = piece.page_to + 1
        findings += _judge_piece(session, piece)
    if not volume.cover.get("cause"):
        findings.append({"problem": "完整性：封面没有案由"})
    return findings


def record_inspection(context: Context, volume_id: str, findings: list[dict[str, Any]]) -> None:
    """Keep the result of the automatic checks."""
    _record(context, volume_id, AUTOMATIC, not findings, [], findings, "")


def record_check(
    context: Context, volume_id: str, *, accepted: bool, points: list[str], defects: list[dict[str, Any]], opinion: str
) -> None:
    """Keep the archivist's judgement."""
    _record(context, volume_id, ARCHIVIST, accepted, points, defects, opinion)


def list_checks(session: Session, volume_id: str) -> list[VolumeCheck]:
    """Every check of a volume, newest first."""
    statement = select(VolumeCheckRow).where(VolumeCheckRow.volume_id == volume_id).order_by(VolumeCheckRow.id.desc())
    return [
        VolumeCheck(**{name: getattr(row, name) for name in VolumeCheck.__dataclass_fields__})
        for row in session.scalars(statement)
    ]


def _judge_piece(session: Session, piece: volume_contents.Piece) -> list[dict[str, Any]]:
    document = documents.get_document(session, piece.document_id)
    if document.sha256 != piece.sha256:
        return [{"line": piece.number, "problem": "真实性：文件与编目时不一致"}]
    try:
        content = documents.read_content(session, document.id)
    except DocumentDamaged:
        return [{"line": piece.number, "problem": "真实性：文件内容与其SHA-256不符，可能被改动"}]
    if document.media_type == documents.PDF and documents.count_pages(content, documents.PDF) is None:
        return [{"line": piece.number, "problem": "可用性：文件打不开"}]
    return []


def _record(
    context: Context,
    volume_id: str,
    kind: str,
    passed: bool,
    points: list[str],
    defects: list[dict[str, Any]],
    opinion: str,
) -> None:
    context.session.add(
        VolumeCheckRow(
            id=new_id(),
            volume_id=volume_id,
            kind=kind,
            checked_at=context.now,
            checked_by=context.actor.id,
            checked_by_name=context.actor.name,
            passed=passed,
            points=points,
            defects=defects,
            opinion=opinion,
        )
    )
    context.audit("volume.checked", f"volume:{volume_id}", kind=kind, passed=passed, defects=len(defects))
