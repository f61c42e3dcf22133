"""Signatures of clients (客户签名) given through a link, with their proof: what was signed, when, and from where.

Electronic Signature Law (电子签名法) art. 13: a signature is reliable when it can be attributed and any change to it
or to the text can be discovered; the hash of every document that was shown is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records import documents


class ClientSignatureRow(Base):
    __tablename__ = "client_signatures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    signer_name: Mapped[str] = mapped_column(String(120))
    signer_position: Mapped[str] = mapped_column(String(120))
    signature: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(80))
    hashes: Mapped[dict[str, str]] = mapped_column(Json)
    actor: Mapped[str] = mapped_column(String(80))
    proof: Mapped[dict[str, Any]] = mapped_column(Json)


@dataclass(frozen=True)
class ClientSignature:
    """One signature; ``signature`` is a typed name or a PNG ``data:`` address, ``hashes`` document id → SHA-256."""

    id: str
    lead_id: str
    purpose: str
    signer_name: str
    signer_position: str
    signature: str
    signed_at: datetime
    address: str
    hashes: dict[str, str]
    actor: str
    proof: dict[str, Any]


def record_signature(
    context: Context,
    *,
    lead_id: str,
    purpose: str,
    values: Mapping[str, Any],
    kinds: tuple[str, ...],
) -> ClientSignature:
    """Keep the signature of a form (``signer_name``, ``signer_position``, ``signature``, ``_proof``) under documents.

    ``kinds`` are the document kinds that are signed. What the page showed counts (``_proof.documents``); where it said
    nothing, the newest of each kind.
    """
    proof = dict(values.get("_proof") or {})
    shown = {entry["id"]: entry["sha256"] for entry in proof.get("documents") or [] if entry.get("kind") in kinds}
    newest = [documents.find_latest(context.session, lead_id, kind) for kind in kinds]
    row = ClientSignatureRow(
        id=new_id(),
        lead_id=lead_id,
        purpose=purpose,
        signer_name=str(values["signer_name"]),
        signer_position=str(values.get("signer_position") or ""),
        signature=str(values["signature"]),
        signed_at=context.now,
        address=str(proof.get("address") or ""),
        hashes=shown or {document.id: document.sha256 for document in newest if document},
        actor=context.actor.id,
        proof=proof,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("client_signed", f"lead:{lead_id}", purpose=purpose, address=row.address, hashes=row.hashes)
    return _signature(row)


def get_signature(session: Session, lead_id: str, purpose: str) -> ClientSignature:
    """The newest signature for a purpose. Raises ``NotFound``."""
    found = find_signature(session, lead_id, purpose)
    if found is None:
        raise NotFound(kind="signature", id=f"{lead_id}/{purpose}")
    return found


def list_signatures_beside(session: Session, signature: ClientSignature) -> list[ClientSignature]:
    """Every signature for the same purpose under the very same documents, oldest first: joint clients sign one text."""
    rows = session.scalars(
        select(ClientSignatureRow)
        .where(ClientSignatureRow.lead_id == signature.lead_id, ClientSignatureRow.purpose == signature.purpose)
        .order_by(ClientSignatureRow.id)
    )
    return [_signature(row) for row in rows if row.hashes == signature.hashes]


def find_signature(session: Session, lead_id: str, purpose: str) -> ClientSignature | None:
    """The newest signature for a purpose, or None."""
    row = session.scalars(
        select(ClientSignatureRow)
        .where(ClientSignatureRow.lead_id == lead_id, ClientSignatureRow.purpose == purpose)
        .order_by(ClientSignatureRow.id.desc())
    ).first()
    return _signature(row) if row else None


def _signature(row: ClientSignatureRow) -> ClientSignature:
    return ClientSignature(**{name: getattr(row, name) for name in ClientSignature.__dataclass_fields__})
