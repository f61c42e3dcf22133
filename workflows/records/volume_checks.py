"""Checks of a volume: the four-nature tests (DA/T 70, 四性检测) of each stage and the archivist's, kept with their findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id

AUTOMATIC, ARCHIVIST, RECEPTION, TRANSFER, YEARLY = "automatic", "archivist", "reception", "transfer", "yearly"
NAMES = {
    AUTOMATIC: "四性检测（归档）",
    ARCHIVIST: "档案管理员接收检查",
    RECEPTION: "四性检测（接收）",
    TRANSFER: "四性检测（移交）",
    YEARLY: "四性检测（长期保存）",
}
STAGES = {AUTOMATIC: "归档", RECEPTION: "接收", TRANSFER: "移交", YEARLY: "长期保存"}


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


def record_test(
    context: Context,
    volume_id: str,
    stage: str,
    *,
    results: list[dict[str, Any]],
    defects: list[dict[str, Any]],
    report_id: str | None,
) -> None:
    """Keep a four-nature test with the result of each check and the report that was set."""
    _record(context, volume_id, stage, not defects, [], defects, "", results, report_id)


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


def is_accepted(session: Session, volume_id: str, since: datetime | None) -> bool:
    """Whether the last thing the archivist said of a volume since it was handed in is that it is accepted (G6)."""
    said = [each for each in list_checks(session, volume_id) if each.kind == ARCHIVIST]
    return bool(said) and said[0].passed and since is not None and said[0].checked_at >= since


def _record(
    context: Context,
    volume_id: str,
    kind: str,
    passed: bool,
    points: list[str],
    defects: list[dict[str, Any]],
    opinion: str,
    results: list[dict[str, Any]] | None = None,
    report_id: str | None = None,
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
            results=results,
            report_id=report_id,
        )
    )
    context.session.flush()
    context.audit("volume.checked", f"volume:{volume_id}", kind=kind, passed=passed, defects=len(defects))
