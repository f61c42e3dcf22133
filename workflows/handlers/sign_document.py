"""Making the signed copy of a PDF: the text that was signed, then a page with the signatures and their proof."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.context import Context
from engine.errors import NotFound
from engine.handlers import Effect, Variables
from workflows.records import confirmations, contract_signing, documents, option_tables, signature_pages, waivers


def prepare(
    context: Context,
    *,
    document_id: str,
    signatures: list[dict[str, Any]] | None = None,
    contract_id: str | None = None,
    waiver_id: str | None = None,
    confirmation_id: str | None = None,
    option_table_id: str | None = None,
) -> dict[str, Any]:
    """Take the signatures as given (see ``signature_pages.add_signature_page``), or those under one of the records named."""
    document = documents.get_document(context.session, document_id)
    if waiver_id:
        signatures = [waivers.get_signature(context.session, waiver_id)]
    if confirmation_id:
        signatures = [confirmations.get_signature(context.session, confirmation_id)]
    if option_table_id:
        signatures = option_tables.list_signatures(context.session, option_table_id)
    signatures = signatures or _under_contract(context, contract_id)
    for signature in signatures:
        signature_pages.read_drawing(str(signature["signature"]))
    return {
        "document_id": document.id,
        "title": document.title,
        "signatures": signatures,
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Add the page."""
    signed = signature_pages.add_signature_page(
        tools["read_document"](payload["document_id"]),
        title=payload["title"],
        signatures=payload["signatures"],
        at=datetime.fromisoformat(payload["at"]),
        fonts=tools.get("fonts"),
    )
    return {"pdf": base64.b64encode(signed).decode()}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the signed copy in place of the other; sets ``signed_document_id``."""
    document = documents.replace_content(
        context, payload["document_id"], content=base64.b64decode(result["pdf"]), source="signature"
    )
    return {"signed_document_id": document.id}


def _under_contract(context: Context, contract_id: str | None) -> list[dict[str, Any]]:
    signed = contract_signing.find_signature(context.session, contract_id) if contract_id else None
    if signed is None:
        raise NotFound(kind="signature", id=contract_id or "-")
    return [
        {
            "role": signed.signer_position or "甲方（委托人）",
            "name": signed.signer_name,
            "signature": signed.signature,
            "signed_at": signed.signed_at.isoformat(),
            "address": signed.address,
            "document_sha256": signed.document_sha256,
        }
    ]


HANDLERS = (Effect("documents.add_signature_page", prepare, perform, finish, title="生成签名页"),)
