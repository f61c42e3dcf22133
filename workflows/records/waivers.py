"""Waivers (利益冲突豁免): the notice to the client, the client's written consent, and the firm's confirmation.

Practice Standards art. 52: the client must know the facts and the possible consequences and expressly agree, in writing;
art. 53: after a waiver each client's secrets stay apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import conflicts

DRAFT, APPROVED, CONSENTED, WAIVED, REFUSED = "DRAFT", "APPROVED", "CONSENTED", "WAIVED", "REFUSED"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({DRAFT, APPROVED, REFUSED}),
    APPROVED: frozenset({CONSENTED, REFUSED}),
    CONSENTED: frozenset({WAIVED, REFUSED}),
    WAIVED: frozenset(),
    REFUSED: frozenset(),
}
# The three statements of a consent: knows the facts, knows the consequences, agrees.
STATEMENTS = ("knows_facts", "knows_consequences", "agrees")


class WaiverRow(Base):
    __tablename__ = "waivers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    check_id: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    notice: Mapped[dict[str, Any]] = mapped_column(Json)
    opinions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    consent: Mapped[dict[str, Any]] = mapped_column(Json)
    refused_reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Waiver:
    """One waiver; ``notice`` is what the client is told, ``opinions`` what the firm said, ``consent`` the signed answer."""

    id: str
    lead_id: str
    check_id: str
    state: str
    notice: dict[str, Any]
    opinions: list[dict[str, Any]]
    consent: dict[str, Any]
    refused_reason: str
    created_at: datetime
    closed_at: datetime | None


def draft_notice(context: Context, check_id: str, notice: dict[str, Any]) -> Waiver:
    """Write the notice, first or again after it was returned. Raises ``StateRefused`` for a conflict that cannot be waived."""
    session = context.session
    check = conflicts.get_check(session, check_id)
    if check.state != conflicts.WAIVABLE:
        raise StateRefused(what=check.check_no, old=check.state, new=WAIVED, reason="only a waivable conflict can be waived")
    row = session.scalars(select(WaiverRow).where(WaiverRow.check_id == check_id)).first()
    if row is None:
        row = WaiverRow(
            id=new_id(),
            lead_id=check.lead_id,
            check_id=check_id,
            state=DRAFT,
            notice={},
            opinions=[],
            consent={},
            refused_reason="",
            created_at=context.now,
        )
        session.add(row)
    _move(row, DRAFT, check.check_no)
    row.notice = notice
    session.flush()
    context.audit("waiver_notice_drafted", f"waiver:{row.id}")
    return _waiver(row)


def add_opinion(context: Context, waiver_id: str, *, opinion: str, text: str, state: str | None = None) -> Waiver:
    """Keep what a partner or the director said; ``state`` moves the waiver on."""
    row = _get_row(context.session, waiver_id)
    if state:
        _move(row, state, waiver_id)
    who, at = context.actor, context.now.isoformat()
    entry = {"opinion": opinion, "text": text, "by": who.id, "by_name": who.name, "at": at}
    row.opinions = [*row.opinions, entry]
    context.session.flush()
    context.audit("waiver_opinion_given", f"waiver:{waiver_id}", opinion=opinion)
    return _waiver(row)


def record_consent(context: Context, waiver_id: str, consent: dict[str, Any], proof: Mapping[str, Any]) -> Waiver:
    """Keep the client's signed consent with its proof (who, when, from where, the hash of what was shown)."""
    row = _get_row(context.session, waiver_id)
    _move(row, CONSENTED, waiver_id)
    row.consent = {**consent, "signed_at": context.now.isoformat(), "actor": context.actor.id, "proof": dict(proof)}
    context.session.flush()
    context.audit("waiver_consented", f"waiver:{waiver_id}", signer=consent["signer_name"])
    return _waiver(row)


def close_waiver(context: Context, waiver_id: str, state: str, reason: str = "") -> Waiver:
    """End a waiver, and its conflict check with it."""
    row = _get_row(context.session, waiver_id)
    _move(row, state, waiver_id)
    row.closed_at, row.refused_reason = context.now, reason
    context.session.flush()
    result = conflicts.WAIVED if state == WAIVED else conflicts.REFUSED
    conflicts.close_check(context, row.check_id, result, annex_digest=digest_of(row))
    context.audit("waiver_closed", f"waiver:{waiver_id}", result=state)
    return _waiver(row)


def refuse_waiver(context: Context, *, check_id: str, waiver_id: str, reason: str) -> None:
    """End a waiver that failed; without a notice (it would have broken a secret) only the check ends."""
    if waiver_id:
        close_waiver(context, waiver_id, REFUSED, reason)
        return
    conflicts.close_check(context, check_id, conflicts.REFUSED)
    context.audit("waiver_refused", f"conflict_check:{check_id}", reason=reason)


def digest_of(row: WaiverRow) -> str:
    """SHA-256 of a waiver: the notice as it was told, who approved it, the signed consent; sealed with its check."""
    return hashlib.sha256(orjson.dumps(conflicts.read_columns(row), option=orjson.OPT_SORT_KEYS)).hexdigest()


def get_waiver(session: Session, waiver_id: str) -> Waiver:
    """A waiver by id. Raises ``NotFound``."""
    return _waiver(_get_row(session, waiver_id))


def find_waiver(session: Session, check_id: str) -> Waiver | None:
    """The waiver of a conflict check."""
    row = session.scalars(select(WaiverRow).where(WaiverRow.check_id == check_id)).first()
    return _waiver(row) if row else None


def get_signature(session: Session, waiver_id: str) -> dict[str, Any]:
    """The client's signature as a signature page shows it. Raises ``NotFound`` before there is a consent."""
    consent = get_waiver(session, waiver_id).consent
    if not consent:
        raise NotFound(kind="signature", id=waiver_id)
    return {
        "role": consent.get("signer_position") or "委托人",
        "name": consent["signer_name"],
        "signature": consent["signature"],
        "signed_at": consent["signed_at"],
        "address": consent["proof"].get("address", ""),
        "document_sha256": consent["proof"].get("document_sha256", ""),
    }


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels say of the newest waiver: ``waiver``; empty while there is none."""
    row = session.scalars(select(WaiverRow).where(WaiverRow.lead_id == lead_id).order_by(WaiverRow.id.desc())).first()
    if row is None:
        return {}
    consent = {key: value for key, value in row.consent.items() if key != "signature"}
    return {"waiver": {**row.notice, "state": row.state, "opinions": row.opinions, "consent": consent}}


def _move(row: WaiverRow, state: str, what: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=what, old=row.state, new=state, reason="the procedure does not allow it")
    row.state = state


def _get_row(session: Session, waiver_id: str) -> WaiverRow:
    row = session.get(WaiverRow, waiver_id)
    if row is None:
        raise NotFound(kind="waiver", id=waiver_id)
    return row


def _waiver(row: WaiverRow) -> Waiver:
    return Waiver(**{name: getattr(row, name) for name in Waiver.__dataclass_fields__})
