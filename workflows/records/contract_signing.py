"""Signing a contract: the client's signature with its proof, and the register of the firm's seal (用印登记).

Electronic Signature Law (电子签名法) art. 13: a reliable signature is bound to its signer and to the text that was
signed; the proof kept here is who, when, from which address, and the SHA-256 of the document that was on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records.contracts import get_contract, mark_sealed
from workflows.records.numbers import allocate


class ContractSignatureRow(Base):
    __tablename__ = "contract_signatures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    version: Mapped[int]
    signer_name: Mapped[str] = mapped_column(String(120))
    signer_position: Mapped[str] = mapped_column(String(120))
    signature: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(80))
    document_sha256: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(80))
    proof: Mapped[dict[str, Any]] = mapped_column(Json)


class SealUseRow(Base):
    __tablename__ = "seal_uses"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    register_no: Mapped[str] = mapped_column(String(40), unique=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    seal_kind: Mapped[str] = mapped_column(String(20))
    copies: Mapped[int]
    pages: Mapped[int]
    riding_seal: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str] = mapped_column(String(80))
    applied_by_name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class ContractSignature:
    """The client's signature under one version: typed name or drawing (a ``data:`` address), and its proof."""

    id: str
    contract_id: str
    version: int
    signer_name: str
    signer_position: str
    signature: str
    signed_at: datetime
    address: str
    document_sha256: str
    actor: str
    proof: dict[str, Any]


@dataclass(frozen=True)
class SealUse:
    """One line of the seal register."""

    id: str
    register_no: str
    contract_id: str
    seal_kind: str
    copies: int
    pages: int
    riding_seal: bool
    note: str
    applied_at: datetime
    applied_by: str
    applied_by_name: str


def record_signature(
    context: Context,
    contract_id: str,
    *,
    version: int,
    signer_name: str,
    signer_position: str,
    signature: str,
    proof: dict[str, Any],
) -> ContractSignature:
    """Keep the client's signature; ``proof`` holds ``address``, ``document_sha256`` and what else the page knew."""
    row = ContractSignatureRow(
        id=new_id(),
        contract_id=contract_id,
        version=version,
        signer_name=signer_name,
        signer_position=signer_position,
        signature=signature,
        signed_at=context.now,
        address=str(proof.get("address") or ""),
        document_sha256=str(proof.get("document_sha256") or ""),
        actor=context.actor.id,
        proof=proof,
    )
    context.session.add(row)
    context.session.flush()
    context.audit(
        "contract.client_signed",
        f"contract:{contract_id}",
        version=version,
        address=row.address,
        document_sha256=row.document_sha256,
    )
    return _signature(row)


def find_signature(session: Session, contract_id: str) -> ContractSignature | None:
    """The newest signature of the client under a contract, or None."""
    row = session.scalar(
        select(ContractSignatureRow)
        .where(ContractSignatureRow.contract_id == contract_id)
        .order_by(ContractSignatureRow.id.desc())
        .limit(1)
    )
    return _signature(row) if row else None


def list_signatures(session: Session, contract_id: str, version: int) -> list[ContractSignature]:
    """The signatures under one version, oldest first; one without a drawing was promised on paper."""
    rows = session.scalars(
        select(ContractSignatureRow)
        .where(ContractSignatureRow.contract_id == contract_id, ContractSignatureRow.version == version)
        .order_by(ContractSignatureRow.id)
    )
    return [_signature(row) for row in rows]


def register_seal(
    context: Context, contract_id: str, *, seal_kind: str, copies: int, pages: int, riding_seal: bool, note: str
) -> SealUse:
    """Enter one use of the seal, with the next register number, and mark the contract sealed.

    Raises NotFound when the client has not signed this version: the firm does not seal first.
    """
    version = get_contract(context.session, contract_id).version
    if not list_signatures(context.session, contract_id, version):
        raise NotFound(kind="client signature", id=contract_id)
    year = context.now.astimezone(FIRM_ZONE).year
    row = SealUseRow(
        id=new_id(),
        register_no=f"YZ-{year}-{allocate(context, 'seal', year):05d}",
        contract_id=contract_id,
        seal_kind=seal_kind,
        copies=copies,
        pages=pages,
        riding_seal=riding_seal,
        note=note,
        applied_at=context.now,
        applied_by=context.actor.id,
        applied_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("seal.applied", f"contract:{contract_id}", register_no=row.register_no, copies=copies, pages=pages)
    mark_sealed(context, contract_id)
    return _seal_use(row)


def list_seal_uses(session: Session, contract_id: str) -> list[SealUse]:
    """The lines of the seal register for a contract, oldest first."""
    rows = session.scalars(select(SealUseRow).where(SealUseRow.contract_id == contract_id).order_by(SealUseRow.id))
    return [_seal_use(row) for row in rows]


def _signature(row: ContractSignatureRow) -> ContractSignature:
    return ContractSignature(**{name: getattr(row, name) for name in ContractSignature.__dataclass_fields__})


def _seal_use(row: SealUseRow) -> SealUse:
    return SealUse(**{name: getattr(row, name) for name in SealUse.__dataclass_fields__})
