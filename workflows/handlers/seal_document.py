"""Putting the firm's electronic seal on a PDF of a case file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.context import Context
from engine.handlers import Effect, Variables
from workflows.records import documents, seals


def prepare(context: Context, *, document_id: str) -> dict[str, Any]:
    """Check that the document is a PDF that can be sealed."""
    document = documents.get_document(context.session, document_id)
    if document.media_type != documents.PDF:
        raise seals.SealRefused(title=document.title, reason="it is not a PDF")
    return {"document_id": document.id, "title": document.title, "at": context.now.isoformat()}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Sign and stamp the PDF."""
    sealed = seals.seal_pdf(
        tools["read_document"](payload["document_id"]),
        title=payload["title"],
        at=datetime.fromisoformat(payload["at"]),
        data_dir=tools["data_dir"],
        fonts=tools.get("fonts"),
    )
    return {"pdf": base64.b64encode(sealed).decode()}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the sealed PDF in place of the other; sets ``sealed_document_id``."""
    document = documents.replace_content(
        context, payload["document_id"], content=base64.b64decode(result["pdf"]), source="seal"
    )
    return {"sealed_document_id": document.id}


HANDLERS = (Effect("documents.seal", prepare, perform, finish, title="加盖电子印章"),)
