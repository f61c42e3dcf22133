"""Putting the firm's electronic seal on a PDF of a case file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.context import Context
from engine.handlers import Effect, Variables
from workflows.records import documents, seals


def prepare(context: Context, *, document_id: str | list[str]) -> dict[str, Any]:
    """Check that the document, or each of several, is a PDF that can be sealed; empty ids are left out."""
    ids = [document_id] if isinstance(document_id, str) else [each for each in document_id if each]
    found = [documents.get_document(context.session, each) for each in ids]
    for document in found:
        if document.media_type != documents.PDF:
            raise seals.SealRefused(title=document.title, reason="it is not a PDF")
    return {
        "documents": [{"id": document.id, "title": document.title} for document in found],
        "at": context.now.isoformat(),
    }


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Sign and stamp each PDF."""
    sealed = {
        document["id"]: seals.seal_pdf(
            tools["read_document"](document["id"]),
            title=document["title"],
            at=datetime.fromisoformat(payload["at"]),
            data_dir=tools["data_dir"],
            fonts=tools.get("fonts"),
        )
        for document in payload["documents"]
    }
    return {"sealed": {document_id: base64.b64encode(content).decode() for document_id, content in sealed.items()}}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store each sealed PDF in place of the other; ``sealed_document_id`` is the first, ``sealed_document_ids`` all."""
    made = [
        documents.replace_content(
            context, document["id"], content=base64.b64decode(result["sealed"][document["id"]]), source="seal"
        )
        for document in payload["documents"]
    ]
    return {"sealed_document_id": made[0].id, "sealed_document_ids": [document.id for document in made]}


HANDLERS = (Effect("documents.seal", prepare, perform, finish, title="加盖电子印章"),)
