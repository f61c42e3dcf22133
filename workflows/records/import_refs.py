"""The numbers that imported clients and matters had in the firm's old system (旧编号), and what they became."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base


class ImportRefRow(Base):
    """An old number: of a client, or of a matter (whose lead it leads to)."""

    __tablename__ = "import_refs"
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    ref: Mapped[str] = mapped_column(String(60), primary_key=True)
    id: Mapped[str] = mapped_column(String(32))
    import_id: Mapped[str] = mapped_column(String(32))


def find_ref(session: Session, kind: str, ref: str) -> str | None:
    """What an old number of a kind became."""
    return session.scalar(select(ImportRefRow.id).where(ImportRefRow.kind == kind, ImportRefRow.ref == ref))
