"""Where files that somebody of the firm puts into a form go: into the case file of the task."""

from __future__ import annotations

from dataclasses import dataclass

from engine import Actor, RunOperation
from engine.errors import JuanzongError
from web import auth
from workflows.records import documents


class NoCaseYet(JuanzongError):
    """“{name}” cannot be taken yet: the case file is opened with the first step."""


@dataclass(frozen=True)
class CaseDesk:
    """The case file of one task; ``lead_id`` is empty before there is one."""

    lead_id: str
    actor: Actor

    def take(self, name: str, content: bytes, field: str) -> str:
        """Store an upload; returns the document's id. Raises a ``FileRefused`` or ``NoCaseYet``."""
        if not self.lead_id:
            raise NoCaseYet(name=name)
        given = {"lead_id": self.lead_id, "name": name, "content": content}
        return str(auth.firm().run(RunOperation("documents.upload", given), self.actor)["document_id"])

    def title(self, document_id: str) -> str | None:
        """The title of a document of this case; None for any other."""
        with auth.firm().reading() as read:
            document = documents.find_document(read, document_id)
        return document.title if document is not None and document.lead_id == self.lead_id else None
