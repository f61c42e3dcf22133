"""The text of a contract's versions: as the firm's template gives it, or as the lawyer edited it in Word.

Each version keeps its whole text, so that a reviewer and a client see what changed since the version before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from workflows.records.letter_models import Letter, read_letter

GENERATED, EDITED = "generated", "edited"


class ContractTextRow(Base):
    __tablename__ = "contract_texts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    version: Mapped[int]
    source: Mapped[str] = mapped_column(String(12))
    letter: Mapped[dict[str, Any]] = mapped_column(Json)
    document_id: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    made_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class ContractText:
    """One version's text; ``document_id`` is the Word file that it stands in."""

    version: int
    source: str
    letter: Letter
    document_id: str
    made_at: datetime
    made_by_name: str


def keep_text(
    context: Context, contract_id: str, *, version: int, source: str, letter: Letter, document_id: str
) -> ContractText:
    """Keep the text of a version; made again, the newest counts."""
    row = ContractTextRow(
        id=new_id(),
        contract_id=contract_id,
        version=version,
        source=source,
        letter=letter.to_json(),
        document_id=document_id,
        made_at=context.now,
        made_by=context.actor.id,
        made_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    return _text(row)


def find_text(session: Session, contract_id: str, version: int) -> ContractText | None:
    """The newest text of a version, or None."""
    return _first(session, contract_id, ContractTextRow.version == version)


def find_earlier_text(session: Session, contract_id: str, version: int) -> ContractText | None:
    """The text of the version before, or None for the first."""
    return _first(session, contract_id, ContractTextRow.version < version)


def _first(session: Session, contract_id: str, which: Any) -> ContractText | None:
    row = session.scalars(
        select(ContractTextRow)
        .where(ContractTextRow.contract_id == contract_id, which)
        .order_by(ContractTextRow.version.desc(), ContractTextRow.id.desc())
        .limit(1)
    ).first()
    return _text(row) if row else None


def _text(row: ContractTextRow) -> ContractText:
    return ContractText(row.version, row.source, read_letter(row.letter), row.document_id, row.made_at, row.made_by_name)
