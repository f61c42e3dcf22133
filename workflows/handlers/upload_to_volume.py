"""Putting a file into a place of a volume, from the volume's page."""

from __future__ import annotations

from datetime import date

from engine import Context, Operation
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import deadline_triggers, documents, matters, pushes, volume_contents, volumes


def upload(
    context: Context,
    *,
    volume_id: str,
    slot: str,
    name: str,
    content: bytes,
    title: str = "",
    doc_no: str = "",
    author: str = "",
    dated_on: date | None = None,
    pages: int | None = None,
    form: str = volume_contents.ELECTRONIC,
    remark: str = "",
) -> Variables:
    """Store a file and describe it for the catalogue; only the matter's team may, and only before it is handed in."""
    volume = volumes.get_volume(context.session, volume_id)
    if context.actor.id not in matters.list_members(context.session, volume.matter_id):
        raise NotAllowed(reason="only the lawyers of the matter put files into its volume")
    name = name.replace("\\", "/").rsplit("/", 1)[-1]  # a name is no path
    media_type = documents.check_file(name, content)
    volume_contents.check_new(context.session, volume, name, content)
    document = documents.add_document(
        context,
        lead_id=volume.lead_id,
        matter_id=volume.matter_id,
        kind=slot,
        title=title or name.rsplit(".", 1)[0],
        media_type=media_type,
        content=content,
        source="upload",
    )
    volume_contents.add_to_slot(
        context,
        volume_id,
        document.id,
        slot=slot,
        doc_no=doc_no,
        author=author,
        dated_on=dated_on,
        pages=pages,
        form=form,
        remark=remark,
    )
    if slot == "judgment":
        deadline_triggers.trigger_from_judgment(context, volume.matter_id, document, document.title)
    pushes.push_document(context, document, slot=slot, author=author)
    return {"document_id": document.id}


HANDLERS = (Operation("volumes.upload", upload, title="放入卷内文件"),)
