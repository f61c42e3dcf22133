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
    """The documents under the newest signature for a purpose; each gets a page with the signature and its proof."""
    signed = client_signatures.get_signature(context.session, lead_id, purpose)
    signature_pages.read_drawing(signed.signature)
    entry = {
        "role": signed.signer_position or "委托人",
        "name": signed.signer_name,
        "signature": signed.signature,
        "signed_at": signed.signed_at.isoformat(),
        "address": signed.address,
    }
    found = [documents.get_document(context.session, document_id) for document_id in signed.hashes]
    return {
        "documents": [{"id": each.id, "title": each.title, "document_sha256": signed.hashes[each.id]} for each in found],
        "signature": entry,
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Add the page to each document."""
    signed = {}
    for document in payload["documents"]:
        content = signature_pages.add_signature_page(
            tools["read_document"](document["id"]),
            title=document["title"],
            signatures=[{**payload["signature"], "document_sha256": document["document_sha256"]}],
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
