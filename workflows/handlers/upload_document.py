"""Taking in a file that somebody of the firm or a client sends to a case."""

from __future__ import annotations

from engine import Context, Operation
from engine.handlers import Variables
from workflows.records import documents


def upload(
    context: Context,
    *,
    lead_id: str,
    name: str,
    content: bytes,
    kind: str = "upload",
    slot: str | None = None,
    title: str | None = None,
) -> Variables:
    """Check a file by name and first bytes and store it; returns ``document_id``. Raises a FileRefused."""
    media_type = documents.check_file(name, content)
    document = documents.add_document(
        context,
        lead_id=lead_id,
        kind=kind,
        title=title or name.rsplit(".", 1)[0],
        media_type=media_type,
        content=content,
        slot=slot,
        source="upload",
    )
    return {"document_id": document.id}


HANDLERS = (Operation("documents.upload", upload, title="上传文件"),)
