"""Signed copies of the documents that a client signed through a link."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import Context, Effect
from engine.handlers import Variables
from workflows.records import client_signatures, documents, signature_pages


def prepare(context: Context, *, lead_id: str, purpose: str) -> dict[str, Any]:
    """The documents under the newest signature for a purpose; each gets a page with the signatures and their proof."""
    signed = client_signatures.get_signature(context.session, lead_id, purpose)
    everybody = client_signatures.list_signatures_beside(context.session, signed)
    for each in everybody:
        signature_pages.read_drawing(each.signature)
    entries = [
        {
            "role": each.signer_position or "委托人",
            "name": each.signer_name,
            "signature": each.signature,
            "signed_at": each.signed_at.isoformat(),
            "address": each.address,
        }
        for each in everybody
    ]
    found = [documents.get_document(context.session, document_id) for document_id in signed.hashes]
    return {
        "documents": [{"id": each.id, "title": each.title, "document_sha256": signed.hashes[each.id]} for each in found],
        "signatures": entries,
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Add the page to each document."""
    signed = {}
    for document in payload["documents"]:
        content = signature_pages.add_signature_page(
            tools["read_document"](document["id"]),
            title=document["title"],
            signatures=[{**each, "document_sha256": document["document_sha256"]} for each in payload["signatures"]],
            at=datetime.fromisoformat(payload["at"]),
            fonts=tools.get("fonts"),
        )
        signed[document["id"]] = base64.b64encode(content).decode()
    return {"signed": signed}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store each signed copy in place of the other; ``signed_<kind>_id`` for each, ``signed_document_ids`` all."""
    made = [
        documents.replace_content(context, document_id, content=base64.b64decode(content), source="signature")
        for document_id, content in result["signed"].items()
    ]
    by_kind = {f"signed_{document.kind}_id": document.id for document in made}
    return {**by_kind, "signed_document_ids": [document.id for document in made]}


HANDLERS = (Effect("documents.sign_by_client", prepare, perform, finish, "生成客户签名页"),)
