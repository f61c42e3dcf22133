"""Reviews of a contract (合同审查): what a partner said of each clause of a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, Json, UtcDateTime


class ContractReviewRow(Base):
    __tablename__ = "contract_reviews"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewer: Mapped[str] = mapped_column(String(80))
    reviewer_name: Mapped[str] = mapped_column(String(120))
    decision: Mapped[str] = mapped_column(String(12))  # APPROVED | RETURNED
    verdicts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    opinion: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class ContractReview:
    """One judgement of one version: each clause ok or returned, with the comment."""

    id: str
    contract_id: str
    version: int
    at: datetime
    reviewer: str
    reviewer_name: str
    decision: str
    verdicts: list[dict[str, Any]]
    opinion: str


def list_reviews(session: Session, contract_id: str) -> list[ContractReview]:
    """Every judgement of a contract, oldest first."""
    rows = session.scalars(
        select(ContractReviewRow).where(ContractReviewRow.contract_id == contract_id).order_by(ContractReviewRow.id)
    )
    return [
        ContractReview(**{name: getattr(row, name) for name in ContractReview.__dataclass_fields__}) for row in rows
    ]
