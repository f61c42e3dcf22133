"""Confirmations (重要事项确认): decisions, risks and instructions that the client signs for, one row a version.

Civil Code (民法典) art. 922: an agent follows the principal's instructions; where the principal cannot be reached in time the
agent acts well and reports at once. A changed text is a new version; what was signed is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import service_guard

DRAFT, SENT, SIGNED, REFUSED, EXPIRED, SUPERSEDED = "DRAFT", "SENT", "SIGNED", "REFUSED", "EXPIRED", "SUPERSEDED"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({DRAFT, SENT, SUPERSEDED, EXPIRED}),
    SENT: frozenset({SENT, SIGNED, REFUSED, EXPIRED, SUPERSEDED}),  # sent again when the client gets more time
    SIGNED: frozenset(),
    REFUSED: frozenset(),
    EXPIRED: frozenset(),
    SUPERSEDED: frozenset(),
}
STATE_NAMES: Mapping[str, str] = {
    DRAFT: "起草中",
    SENT: "待客户确认",
    SIGNED: "已签字确认",
    REFUSED: "客户拒签",
    EXPIRED: "逾期未确认",
    SUPERSEDED: "已由新文本替代",
}
# What the drafting form holds of a confirmation.
FIELDS = ("kind", "form", "subject", "content", "silence", "act", "amount", "irrevocable", "liberty", "options")
NO_WAY = "the procedure does not allow it"


class ConfirmationRow(Base):
    __tablename__ = "confirmations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    version: Mapped[int]
    previous_id: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(20))
    act: Mapped[str | None] = mapped_column(String(20), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    draft: Mapped[dict[str, Any]] = mapped_column(Json)
    legal_deadline: Mapped[date | None] = mapped_column(Date)
    origin: Mapped[str] = mapped_column(String(20))
    review: Mapped[dict[str, Any]] = mapped_column(Json)
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    refusal: Mapped[dict[str, Any]] = mapped_column(Json)
    urgent: Mapped[dict[str, Any]] = mapped_column(Json)
    closed_reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    created_by_name: Mapped[str] = mapped_column(String(120))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document_id: Mapped[str | None] = mapped_column(String(32))
    signed_document_id: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True)
class Confirmation:
    """One version; ``draft`` is the form, ``answer`` the client's with signature and proof, ``urgent`` what was done before."""

    id: str
    lead_id: str
    matter_id: str
    version: int
    previous_id: str | None
    state: str
    kind: str
    act: str | None
    subject: str
    draft: dict[str, Any]
    legal_deadline: date | None
    origin: str
    review: dict[str, Any]
    answer: dict[str, Any]
    refusal: dict[str, Any]
    urgent: dict[str, Any]
    closed_reason: str
    created_at: datetime
    created_by: str
    created_by_name: str
    sent_at: datetime | None
    due_at: datetime | None
    answered_at: datetime | None
    document_id: str | None
    signed_document_id: str | None


def draft_confirmation(
    context: Context,
    *,
    lead_id: str,
    matter_id: str,
    values: Mapping[str, Any],
    previous_id: str | None = None,
    origin: str = "manual",
) -> Confirmation:
    """Write a confirmation; over one that is still a draft, else as the next version of the one before."""
    before = _get_row(context.session, previous_id) if previous_id else None
    if before is not None and before.state == DRAFT:
        row = before
    else:
        row = ConfirmationRow(id=new_id(), lead_id=lead_id, matter_id=matter_id, state=DRAFT, origin=origin, closed_reason="")
        row.version, row.previous_id = (before.version + 1, before.id) if before else (1, None)
        row.review, row.answer, row.refusal, row.urgent = {}, {}, {}, dict(before.urgent) if before else {}
        context.session.add(row)
        if before is not None and SUPERSEDED in NEXT[before.state]:
            before.state = SUPERSEDED
    row.draft = {key: values.get(key) for key in FIELDS}
    row.kind, row.act, row.subject = values["kind"], values.get("act") or None, values["subject"]
    row.legal_deadline = date.fromisoformat(str(values["legal_deadline"])[:10]) if values.get("legal_deadline") else None
    row.created_at, row.created_by, row.created_by_name = context.now, context.actor.id, context.actor.name
    context.session.flush()
    context.audit("confirmation.drafted", f"confirmation:{row.id}", version=row.version, kind=row.kind)
    return _confirmation(row)


def record_review(context: Context, confirmation_id: str, *, decision: str, opinion: str) -> None:
    """Keep what a partner said of the draft."""
    row = _get_row(context.session, confirmation_id)
    row.review = {"decision": decision, "opinion": opinion, "by_name": context.actor.name, "at": context.now.isoformat()}
    context.session.flush()
    context.audit("confirmation.reviewed", f"confirmation:{confirmation_id}", decision=decision)


def send_confirmation(context: Context, confirmation_id: str, *, document_id: str, due_at: datetime) -> Confirmation:
    """The letter goes to the client, who has until ``due_at``."""
    service_guard.check_advice(context.session, _get_row(context.session, confirmation_id).lead_id, context.now, SENT)
    row = _move(context, confirmation_id, SENT)
    row.sent_at, row.document_id, row.due_at = context.now, document_id, due_at
    return _audited(context, row, document_id=document_id)


def sign_confirmation(context: Context, confirmation_id: str, answer: Mapping[str, Any]) -> Confirmation:
    """Keep the client's signed answer: ``signer_name``, ``signer_position``, ``signature``, ``choice``, ``remark``, ``proof``."""
    row = _get_row(context.session, confirmation_id)
    if not str(answer.get("signature") or "").strip():
        raise StateRefused(what=row.subject, old=row.state, new=SIGNED, reason="there is no signature")
    row = _move(context, confirmation_id, SIGNED)
    row.answer = {**answer, "signed_at": context.now.isoformat(), "actor": context.actor.id}
    row.answered_at = context.now
    return _audited(context, row, signer=answer.get("signer_name"))


def refuse_confirmation(context: Context, confirmation_id: str, reason: str) -> Confirmation:
    """The client does not agree."""
    row = _move(context, confirmation_id, REFUSED)
    row.answer, row.answered_at = {"reason": reason, "actor": context.actor.id}, context.now
    return _audited(context, row)


def close_confirmation(context: Context, confirmation_id: str, state: str, reason: str) -> Confirmation:
    """End one without a signature: EXPIRED, or SUPERSEDED by the text that the client asked for."""
    row = _move(context, confirmation_id, state)
    row.closed_reason = reason
    return _audited(context, row)


def record_refusal(context: Context, confirmation_id: str, entry: Mapping[str, Any]) -> None:
    """Keep the second explanation and what a partner decided about a refusal."""
    row = _get_row(context.session, confirmation_id)
    row.refusal = {**row.refusal, **entry}
    context.session.flush()
    context.audit("confirmation.refusal_handled", f"confirmation:{confirmation_id}", parts=sorted(entry))


def allow_urgent(context: Context, confirmation_id: str, *, reason: str) -> Confirmation:
    """A partner lets the lawyer act before the client answers, who cannot be reached in time."""
    row = _get_row(context.session, confirmation_id)
    if "partner" not in context.actor.roles:
        raise StateRefused(what=row.subject, old=row.state, new="urgent", reason="only a partner may allow it")
    if row.state not in (DRAFT, SENT):
        raise StateRefused(what=row.subject, old=row.state, new="urgent", reason=NO_WAY)
    row.urgent = {"reason": reason, "by": context.actor.id, "by_name": context.actor.name, "allowed_at": context.now.isoformat()}
    return _audited(context, row, reason=reason)


def report_urgent(context: Context, confirmation_id: str, report: Mapping[str, Any]) -> Confirmation:
    """What was done before the client answered; it is reported at once and ratified afterwards."""
    row = _get_row(context.session, confirmation_id)
    if not row.urgent:
        raise StateRefused(what=row.subject, old=row.state, new="reported", reason=NO_WAY)
    row.urgent = {**row.urgent, **report, "reported_at": context.now.isoformat(), "reported_by_name": context.actor.name}
    return _audited(context, row)


def keep_signed_copy(context: Context, confirmation_id: str, document_id: str) -> Confirmation:
    """Remember the copy with the signature page."""
    row = _get_row(context.session, confirmation_id)
    if row.state != SIGNED:
        raise StateRefused(what=row.subject, old=row.state, new=SIGNED, reason=NO_WAY)
    row.signed_document_id = document_id
    return _audited(context, row, document_id=document_id)


def get_confirmation(session: Session, confirmation_id: str) -> Confirmation:
    """A confirmation by id. Raises ``NotFound``."""
    return _confirmation(_get_row(session, confirmation_id))


def list_confirmations(session: Session, lead_id: str) -> list[Confirmation]:
    """Every confirmation of a case, newest first."""
    query = select(ConfirmationRow).where(ConfirmationRow.lead_id == lead_id).order_by(ConfirmationRow.id.desc())
    return [_confirmation(row) for row in session.scalars(query)]


def list_for_act(session: Session, matter_id: str, act: str) -> list[Confirmation]:
    """The confirmations of a matter about one act, newest first."""
    mine = (ConfirmationRow.matter_id == matter_id) & (ConfirmationRow.act == act)
    query = select(ConfirmationRow).where(mine).order_by(ConfirmationRow.id.desc())
    return [_confirmation(row) for row in session.scalars(query)]


def get_signature(session: Session, confirmation_id: str) -> dict[str, Any]:
    """The client's signature as a signature page shows it. Raises ``NotFound`` before it is signed."""
    found = get_confirmation(session, confirmation_id)
    if found.state != SIGNED:
        raise NotFound(kind="signature", id=confirmation_id)
    proof = found.answer.get("proof") or {}
    return {
        "role": found.answer.get("signer_position") or "委托人",
        "name": found.answer["signer_name"],
        "signature": found.answer["signature"],
        "signed_at": found.answer["signed_at"],
        "address": proof.get("address", ""),
        "document_sha256": proof.get("document_sha256", ""),
    }


def _move(context: Context, confirmation_id: str, state: str) -> ConfirmationRow:
    row = _get_row(context.session, confirmation_id)
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.subject, old=row.state, new=state, reason=NO_WAY)
    row.state = state
    return row


def _audited(context: Context, row: ConfirmationRow, **data: Any) -> Confirmation:
    context.session.flush()
    context.audit("confirmation.changed", f"confirmation:{row.id}", state=row.state, **data)
    return _confirmation(row)


def _get_row(session: Session, confirmation_id: str) -> ConfirmationRow:
    row = session.get(ConfirmationRow, confirmation_id)
    if row is None:
        raise NotFound(kind="confirmation", id=confirmation_id)
    return row


def _confirmation(row: ConfirmationRow) -> Confirmation:
    return Confirmation(**{name: getattr(row, name) for name in Confirmation.__dataclass_fields__})
