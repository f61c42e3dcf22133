"""Tombstones (销毁留痕): what stays of a destroyed volume – its number, masked parties, digests, the list and certificate.

Names of parties are masked here; the conflict index keeps them with their role, because a firm must recognise its former
clients for good (律师法 art. 39, 律师执业行为规范), and nothing else of them (个人信息保护法 art. 6).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine import queries
from engine.context import Context
from engine.db import Base, Json, UtcDateTime
from engine.errors import NotFound

CERTIFIED = "tombstone.certified"
_PERSON = 4  # a name of up to four characters is a person's


class TombstoneRow(Base):
    __tablename__ = "tombstones"

    volume_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    file_no: Mapped[str] = mapped_column(String(60), unique=True)
    list_no: Mapped[str] = mapped_column(String(40), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    digest: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    certified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Tombstone:
    """What stays of one volume; ``digest`` is None until the supervisors have signed."""

    volume_id: str
    file_no: str
    list_no: str
    content: dict[str, Any]
    digest: str | None
    made_at: datetime
    certified_at: datetime | None


def make(context: Context, volume_id: str, *, file_no: str, list_no: str, content: dict[str, Any]) -> None:
    """Keep what stays of a volume whose content is erased in this transaction."""
    row = TombstoneRow(volume_id=volume_id, file_no=file_no, list_no=list_no, content=content, made_at=context.now)
    context.session.add(row)
    context.session.flush()
    context.audit("tombstone.made", f"volume:{volume_id}", file_no=file_no, list_no=list_no)


def certify(context: Context, list_no: str, certified: dict[str, Any]) -> int:
    """Add the certificate to the tombstones of a list and close them with their digest; returns how many."""
    rows = context.session.scalars(select(TombstoneRow).where(TombstoneRow.list_no == list_no)).all()
    for row in rows:
        row.content = {**row.content, **certified}
        row.digest, row.certified_at = digest_of(row.content), context.now
        context.audit(CERTIFIED, f"volume:{row.volume_id}", file_no=row.file_no, digest=row.digest)
    context.session.flush()
    return len(rows)


def find_fault(session: Session, stone: Tombstone) -> str:
    """What is wrong with a tombstone; nothing when it is what the audit chain says it was."""
    if stone.digest is None:
        return "the supervisors have not signed yet"
    if digest_of(stone.content) != stone.digest:
        return "its content does not agree with its digest"
    lines = queries.list_audit(session, subject=f"volume:{stone.volume_id}")
    said = {line.data.get("digest") for line in lines if line.event == CERTIFIED}
    return "" if stone.digest in said else "the audit log knows another digest"


def find_by_number(session: Session, file_no: str) -> Tombstone | None:
    """The tombstone of a file number (档号), or None."""
    row = session.scalar(select(TombstoneRow).where(TombstoneRow.file_no == file_no))
    return _stone(row) if row else None


def get_tombstone(session: Session, volume_id: str) -> Tombstone:
    """The tombstone of a volume; raises NotFound."""
    row = session.get(TombstoneRow, volume_id)
    if row is None:
        raise NotFound(kind="tombstone", id=volume_id)
    return _stone(row)


def list_tombstones(session: Session, list_no: str = "") -> list[Tombstone]:
    """Every tombstone, or those of a list, in the order of file numbers."""
    query = select(TombstoneRow).order_by(TombstoneRow.file_no)
    return [_stone(row) for row in session.scalars(query.where(TombstoneRow.list_no == list_no) if list_no else query)]


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 over the content as canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def mask_name(name: str) -> str:
    """A name that nobody can be found by: 张三 → 张*, 示例贸易有限公司 → 示例****公司."""
    name = name.strip()
    if len(name) <= _PERSON:
        return name[:1] + "*" * max(len(name) - 1, 0)
    return f"{name[:2]}{'*' * (len(name) - 4)}{name[-2:]}"


def _stone(row: TombstoneRow) -> Tombstone:
    return Tombstone(**{name: getattr(row, name) for name in Tombstone.__dataclass_fields__})
