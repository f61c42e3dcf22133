"""The parts of a volume's package as they were written: the package itself (0) and its supplements, chained by their seals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime
from engine.errors import StateRefused
from workflows.records import volumes


class PackagePartRow(Base):
    __tablename__ = "package_parts"

    volume_id: Mapped[str] = mapped_column(ForeignKey("volumes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    document_ids: Mapped[list[str]] = mapped_column(Json, default=list)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(120))
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(12))


@dataclass(frozen=True)
class PackagePart:
    """One bag; ``looked_at`` and ``outcome`` (whole, repaired, lost) are of the last patrol."""

    volume_id: str
    number: int
    sha256: str
    previous: str
    size: int
    reason: str
    document_ids: list[str]
    written_at: datetime
    written_by_name: str
    looked_at: datetime | None
    outcome: str | None


def record_part(
    context: Context,
    volume_id: str,
    number: int,
    *,
    sha256: str,
    size: int,
    reason: str = "",
    document_ids: list[str] | None = None,
) -> PackagePart:
    """Record a bag that was written; raises StateRefused for one that does not follow the last."""
    there = list_parts(context.session, volume_id)
    if number != len(there) or (number and volumes.get_volume(context.session, volume_id).state in volumes.GONE):
        raise StateRefused(what=f"{volume_id}/{number}", old=str(len(there)), new=str(number), reason="it is not the next part")
    row = PackagePartRow(
        volume_id=volume_id,
        number=number,
        sha256=sha256,
        previous=there[-1].sha256 if there else "",
        size=size,
        reason=reason,
        document_ids=document_ids or [],
        written_at=context.now,
        written_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    if number:
        context.audit("volume.supplemented", f"volume:{volume_id}", number=number, sha256=sha256, previous=row.previous)
    return _part(row)


def list_parts(session: Session, volume_id: str) -> list[PackagePart]:
    """The package and its supplements in order; nothing before the volume was packed."""
    query = select(PackagePartRow).where(PackagePartRow.volume_id == volume_id).order_by(PackagePartRow.number)
    return [_part(row) for row in session.scalars(query)]


def _part(row: PackagePartRow) -> PackagePart:
    return PackagePart(**{name: getattr(row, name) for name in PackagePart.__dataclass_fields__})
