"""What the holder of a link sends in and may read: only files of their own case, only the documents the link names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import Actor, RunOperation
from web import auth
from workflows.records import documents
from workflows.records.links import Link


@dataclass(frozen=True)
class LinkDesk:
    """Where files sent through a link go: into the case file, under the link's name."""

    link: Link
    actor: Actor

    def take(self, name: str, content: bytes, field: str) -> str:
        """Store an upload; returns the document's id. Raises a ``FileRefused``."""
        given = {"lead_id": self.link.lead_id, "name": name, "content": content, "kind": "client_upload"}
        return str(auth.firm().run(RunOperation("documents.upload", given), self.actor)["document_id"])

    def title(self, document_id: str) -> str | None:
        """The title of a document that came through this link; None for any other."""
        with auth.firm().reading() as read:
            document = documents.find_document(read, document_id)
        own = document is not None and (document.lead_id, document.created_by) == (self.link.lead_id, self.actor.id)
        return document.title if document is not None and own else None


def list_shown(session: Session, link: Link) -> list[documents.Document]:
    """The documents a link's holder may read beside the form, in the order they were named."""
    found = [documents.find_document(session, each) for each in link.document_ids]
    return [document for document in found if document is not None and document.lead_id == link.lead_id]
