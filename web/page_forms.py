"""Forms that belong to a page and to no task: read from the same files, judged by the same rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import Actor, RunOperation, forms
from engine.errors import FormInvalid
from web import auth
from web.forms import parse_posted, take_files, wants_redraw, with_options, word_errors
from workflows.records import documents, identifiers, people
from workflows.wiring import ROOT


@dataclass(frozen=True)
class FileOf:
    """Where a page's uploads go: into a file that stands apart from the cases, under its id."""

    file_id: str
    actor: Actor

    def take(self, name: str, content: bytes, field: str) -> str:
        """Store an upload; returns the document's id. Raises a ``FileRefused``."""
        given = {"lead_id": self.file_id, "name": name, "content": content}
        return str(auth.firm().run(RunOperation("documents.upload", given), self.actor)["document_id"])

    def title(self, document_id: str) -> str | None:
        """The title of a document of this file; None for any other."""
        with auth.firm().reading() as read:
            document = documents.find_document(read, document_id)
        return document.title if document is not None and document.lead_id == self.file_id else None


@dataclass(frozen=True)
class Posted:
    """What was posted: ``values`` as typed, ``clean`` when they may be used, else ``errors``; ``redraw``: show the form again."""

    values: dict[str, Any]
    errors: dict[str, list[str]]
    clean: dict[str, Any] | None
    redraw: bool


def read_schema(key: str, session: Session) -> dict[str, Any]:
    """A form by its key, its selects filled with the firm's people."""
    names = [{"value": person.id, "label": person.name} for person in people.list_people(session)]
    return with_options(_read(key), {"people": names})


def read_posted(schema: dict[str, Any], desk: FileOf) -> Posted:
    """The posted form, its uploads stored, its entries judged."""
    values = parse_posted(schema, request.form)
    errors = take_files(schema, values, request.files, desk)
    if errors or wants_redraw(request.form):
        return Posted(values, errors, None, redraw=not errors)
    try:
        clean = forms.validate(schema, values, checks=identifiers.CHECKS)
    except FormInvalid as invalid:
        return Posted(values, word_errors(invalid.errors), None, redraw=False)
    return Posted(values, {}, clean, redraw=False)


@lru_cache(maxsize=16)
def _read(key: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((ROOT / "forms" / f"{key}.json").read_text(encoding="utf-8"))
    return schema


def go(target: str) -> AnyResponse:
    """On to another page; the script would put its form in the place of this one, and it has none."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)
