"""How the consents to a waiver read: in the review sheet, on the pages, in English where the reader wants it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import links
from workflows.records.conflict_words import word
from workflows.records.waiver_consents import Consent


def describe(session: Session, consent: Consent, *, english: bool = False) -> dict[str, Any]:
    """One client's consent: who, when and how told, what answered; the hash is that of the notice as it was shown."""
    told = [link for link in links.list_links(session, consent.lead_id) if link.purpose == "waiver_consent"]
    first = min((link.created_at for link in told if link.created_at >= consent.created_at), default=None)
    return {
        "id": consent.id,
        "client": consent.client_name,
        "side": word("consent_side", consent.side, english=english),
        "state": consent.state,
        "said": word("consent", consent.state, english=english),
        "told": _say_told(first, told[0].recipient_email if told else "", english),
        "answer": _say_answer(consent, english),
        "sha256": consent.consent.get("proof", {}).get("document_sha256", "")[:16],
        "document_id": consent.document_id,
    }


def _say_told(at: datetime | None, address: str, english: bool) -> str:
    if at is None:
        return "not told" if english else "未告知"
    day = f"{at.astimezone(FIRM_ZONE):%Y-%m-%d}"
    if english:
        return f"{day}, link {'by mail' if address else 'handed over'}"
    return f"{day}，{'电子邮件发送链接' if address else '前台当面交付链接'}"


def _say_answer(consent: Consent, english: bool) -> str:
    said = word("consent", consent.state, english=english)
    signer = consent.consent.get("signer_name", "")
    parts = [said, signer and f"{'signed by ' if english else '签署人'}{signer}", consent.reason]
    return ("; " if english else "；").join(part for part in parts if part)
