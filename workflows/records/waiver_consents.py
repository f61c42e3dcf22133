"""Consents (知情同意): one client's part in the waiver of a conflict, from the notice to the signed answer and its withdrawal.

Practice Standards art. 52: every client whom the conflict touches is told the facts and the possible consequences and agrees in
writing; art. 53: no client learns another's secrets. So each has a notice of its own, in the client's own case file.
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
from engine.errors import NotFound, StateRefused

DRAFT, APPROVED, CONSENTED, REFUSED, STOPPED, WITHDRAWN = "DRAFT", "APPROVED", "CONSENTED", "REFUSED", "STOPPED", "WITHDRAWN"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({DRAFT, APPROVED, REFUSED, STOPPED}),
    APPROVED: frozenset({CONSENTED, REFUSED, STOPPED}),
    CONSENTED: frozenset({WITHDRAWN}),
    REFUSED: frozenset(),
    STOPPED: frozenset(),
    WITHDRAWN: frozenset(),
}
OPEN = frozenset({DRAFT, APPROVED})
# Whose consent it is: the one who wants to engage the firm, or a client of another matter whom the conflict touches.
NEW, AFFECTED = "new", "affected"
# The three statements of a consent: knows the facts, knows the consequences, agrees.
STATEMENTS = ("knows_facts", "knows_consequences", "agrees")


class WaiverConsentRow(Base):
    """One client's consent; ``lead_id`` is that client's own case file."""

    __tablename__ = "waiver_consents"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    waiver_id: Mapped[str] = mapped_column(String(32), index=True)
    check_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    side: Mapped[str] = mapped_column(String(10))
    client_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    notice: Mapped[dict[str, Any]] = mapped_column(Json)
    opinions: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    consent: Mapped[dict[str, Any]] = mapped_column(Json)
    document_id: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Consent:
    """One client's consent; ``notice`` is what the client is told, ``opinions`` what the firm said, ``consent`` the answer."""

    id: str
    waiver_id: str
    check_id: str
    lead_id: str
    side: str
    client_name: str
    state: str
    notice: dict[str, Any]
    opinions: list[dict[str, Any]]
    consent: dict[str, Any]
    document_id: str
    reason: str
    created_at: datetime
    settled_at: datetime | None
    withdrawn_at: datetime | None


def ask(context: Context, *, waiver_id: str, check_id: str, lead_id: str, side: str, client_name: str) -> Consent:
    """A consent that is to be asked for."""
    row = WaiverConsentRow(
        id=new_id(),
        waiver_id=waiver_id,
        check_id=check_id,
        lead_id=lead_id,
        side=side,
        client_name=client_name,
        state=DRAFT,
        notice={},
        opinions=[],
        consent={},
        document_id="",
        reason="",
        created_at=context.now,
        settled_at=None,
        withdrawn_at=None,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("consent_asked", f"waiver:{waiver_id}", consent=row.id, lead=lead_id, side=side)
    return _consent(row)


def draft_notice(context: Context, consent_id: str, notice: dict[str, Any]) -> Consent:
    """Write the notice, first or again after it was returned. Raises ``StateRefused`` unless its secrecy was looked into."""
    row = _get_row(context.session, consent_id)
    if not notice.get("secrecy_checked"):
        raise StateRefused(what=row.client_name, old=row.state, new=DRAFT, reason="nobody says that it holds no secret")
    _move(row, DRAFT)
    row.notice = notice
    context.session.flush()
    context.audit("waiver_notice_drafted", f"consent:{consent_id}")
    return _consent(row)


def add_opinion(context: Context, consent_id: str, *, opinion: str, text: str, state: str | None = None) -> Consent:
    """Keep what a partner said of the notice; ``state`` moves the consent on."""
    row = _get_row(context.session, consent_id)
    if state:
        _move(row, state)
    who, at = context.actor, context.now.isoformat()
    row.opinions = [*row.opinions, {"opinion": opinion, "text": text, "by": who.id, "by_name": who.name, "at": at}]
    context.session.flush()
    context.audit("waiver_opinion_given", f"consent:{consent_id}", opinion=opinion)
    return _consent(row)


def record_consent(context: Context, consent_id: str, consent: dict[str, Any], proof: Mapping[str, Any]) -> Consent:
    """Keep the client's signed consent with its proof (who, when, from where, the hash of what was shown).

    Raises ``StateRefused`` when one of the three statements is missing.
    """
    row = _get_row(context.session, consent_id)
    if not all(consent.get(name) for name in STATEMENTS) or not consent.get("signature"):
        raise StateRefused(what=row.client_name, old=row.state, new=CONSENTED, reason="a statement or the signature is missing")
    _move(row, CONSENTED)
    row.consent = {**consent, "signed_at": context.now.isoformat(), "actor": context.actor.id, "proof": dict(proof)}
    row.settled_at = context.now
    context.session.flush()
    context.audit("waiver_consented", f"consent:{consent_id}", signer=consent["signer_name"])
    return _consent(row)


def end(context: Context, consent_id: str, state: str, reason: str) -> Consent:
    """End a consent that is not given: refused, lapsed, not to be asked for, or no longer needed."""
    row = _get_row(context.session, consent_id)
    _move(row, state)
    row.reason, row.settled_at = reason, context.now
    context.session.flush()
    context.audit("consent_ended", f"consent:{consent_id}", state=state, reason=reason)
    return _consent(row)


def withdraw(context: Context, consent_id: str, reason: str) -> Consent:
    """Keep that a client took the consent back; the check it belonged to holds no longer (guard G1)."""
    row = _get_row(context.session, consent_id)
    _move(row, WITHDRAWN)
    row.reason, row.withdrawn_at = reason, context.now
    context.session.flush()
    context.audit("consent_withdrawn", f"consent:{consent_id}", reason=reason)
    return _consent(row)


def keep_document(context: Context, consent_id: str, document_id: str) -> None:
    """Remember which document the signed notice is."""
    _get_row(context.session, consent_id).document_id = document_id
    context.session.flush()


def is_withdrawn(session: Session, check_id: str) -> bool:
    """Whether somebody took back the consent that a check rests on."""
    query = select(WaiverConsentRow.id).where(WaiverConsentRow.check_id == check_id, WaiverConsentRow.state == WITHDRAWN)
    return session.scalars(query).first() is not None


def get_consent(session: Session, consent_id: str) -> Consent:
    """A consent by id. Raises ``NotFound``."""
    return _consent(_get_row(session, consent_id))


def list_consents(session: Session, *, waiver_id: str = "", check_id: str = "") -> list[Consent]:
    """The consents of a waiver or of a check, the new client's first."""
    query = select(WaiverConsentRow).order_by(WaiverConsentRow.id)
    where = WaiverConsentRow.waiver_id == waiver_id if waiver_id else WaiverConsentRow.check_id == check_id
    return [_consent(row) for row in session.scalars(query.where(where))]


def find_newest(session: Session, lead_id: str) -> Consent | None:
    """The newest consent asked of the client of a case file."""
    query = select(WaiverConsentRow).where(WaiverConsentRow.lead_id == lead_id).order_by(WaiverConsentRow.id.desc())
    row = session.scalars(query).first()
    return _consent(row) if row else None


def get_signature(session: Session, consent_id: str) -> dict[str, Any]:
    """The client's signature as a signature page shows it. Raises ``NotFound`` before there is a consent."""
    consent = get_consent(session, consent_id).consent
    if not consent:
        raise NotFound(kind="signature", id=consent_id)
    return {
        "role": consent.get("signer_position") or "委托人",
        "name": consent["signer_name"],
        "signature": consent["signature"],
        "signed_at": consent["signed_at"],
        "address": consent["proof"].get("address", ""),
        "document_sha256": consent["proof"].get("document_sha256", ""),
    }


def _move(row: WaiverConsentRow, state: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.client_name, old=row.state, new=state, reason="the procedure does not allow it")
    row.state = state


def _get_row(session: Session, consent_id: str) -> WaiverConsentRow:
    row = session.get(WaiverConsentRow, consent_id)
    if row is None:
        raise NotFound(kind="consent", id=consent_id)
    return row


def _consent(row: WaiverConsentRow) -> Consent:
    return Consent(**{name: getattr(row, name) for name in Consent.__dataclass_fields__})
