"""Names and texts that are new or changed (待比对名称): what the monitor compares with every open matter, at night or at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id

EVERYTHING = "everything"  # not one name: many came at once, every open matter is compared
DOCUMENT = "document"  # not a name: a text was read, the names of open matters are looked for in it


class ConflictChangeRow(Base):
    """A subject of the conflict index that was written, or a document that was read, and not yet compared."""

    __tablename__ = "conflict_changes"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[str] = mapped_column(String(80), index=True)
    name: Mapped[str] = mapped_column(String(200))
    lead_id: Mapped[str | None] = mapped_column(String(32), index=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Change:
    """A name to compare; ``lead_id`` is where it was written."""

    id: str
    subject_kind: str
    subject_id: str
    name: str
    lead_id: str | None


def note(context: Context, subject_kind: str, subject_id: str, name: str, lead_id: str | None = None) -> None:
    """Remember that a name is new or changed."""
    context.session.add(
        ConflictChangeRow(
            id=new_id(),
            subject_kind=subject_kind,
            subject_id=subject_id,
            name=name[:200],
            lead_id=lead_id,
            noted_at=context.now,
        )
    )


def forget_lead(context: Context, lead_id: str) -> None:
    """Take back what was noted of a lead's parties: they are written anew, or forgotten."""
    query = delete(ConflictChangeRow).where(ConflictChangeRow.lead_id == lead_id, ConflictChangeRow.subject_kind != DOCUMENT)
    context.session.execute(query.execution_options(synchronize_session=False))


def take(context: Context, most: int) -> list[Change]:
    """The oldest changes, which no longer wait."""
    rows = list(context.session.scalars(select(ConflictChangeRow).order_by(ConflictChangeRow.id).limit(most)))
    found = [Change(row.id, row.subject_kind, row.subject_id, row.name, row.lead_id) for row in rows]
    for row in rows:
        context.session.delete(row)
    context.session.flush()
    return found


def count(session: Session) -> int:
    """How many names wait to be compared."""
    return int(session.execute(select(func.count()).select_from(ConflictChangeRow)).scalar_one())
