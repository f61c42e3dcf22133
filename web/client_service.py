"""Confirmations as pages show them, beside a form and on the page of their case."""

from __future__ import annotations

from typing import Any

from web.i18n import translate
from workflows.records import confirmation_facts, deliveries
from workflows.records.confirmations import DRAFT, EXPIRED, REFUSED, SENT, SIGNED, SUPERSEDED, Confirmation


def state_name(state: str) -> str:
    """A confirmation's state in the reader's language."""
    return {
        DRAFT: translate("being drafted"),
        SENT: translate("waits for the client"),
        SIGNED: translate("signed"),
        REFUSED: translate("refused"),
        EXPIRED: translate("not answered in time"),
        SUPERSEDED: translate("replaced by a new text"),
    }[state]


def shown_confirmation(found: Confirmation) -> dict[str, Any]:
    """One confirmation with its names, the newest paper and what was said of it."""
    return {
        "row": found,
        "state": state_name(found.state),
        "kind": confirmation_facts.kind_name(found),
        "form": confirmation_facts.form_name(found),
        "document_id": found.signed_document_id or found.document_id,
        "refused": found.answer.get("reason") if found.state == REFUSED else "",
        "explained": found.refusal.get("explanation", ""),
        "choice": found.answer.get("choice", ""),
        "ratify": bool(found.urgent),
    }


def shown_delivery(found: deliveries.Delivery) -> dict[str, Any]:
    """One delivery of documents with the name of its state."""
    names = {
        deliveries.OPEN: translate("being prepared"),
        deliveries.DELIVERED: translate("copies given"),
        deliveries.VIEWED: translate("read at the firm"),
        deliveries.DECLINED: translate("told why not"),
    }
    return {"row": found, "state": names[found.state]}
