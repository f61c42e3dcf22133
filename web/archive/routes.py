"""The archive's pages: one volume with its places, its package, and the download of documents."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, abort, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import Actor, RunOperation
from engine.errors import JuanzongError
from web import auth
from web.archive import figures, registers, shelves, volume_sections
from web.archive.blueprint import blueprint
from web.archive.words import check_name, need_name, state_name
from web.errors import say
from web.i18n import translate as _
from workflows.records import (
    document_access,
    documents,
    loan_reading,
    matters,
    packages,
    people,
    volume_access,
    volume_checks,
    volume_contents,
    volumes,
)
from workflows.records.volume_slots import SHEETS

PARTS = (figures, registers, shelves)  # whose routes come with these
SHOWN_IN_PLACE = frozenset({documents.PDF, documents.PNG, documents.JPEG})
PURPOSE_LENGTH = 2  # of what a secret is read for, at least
IN_MEMORY = 16 * 1024 * 1024  # larger packages are zipped on disk


def read_volume(session: Session, volume_id: str, actor: Actor) -> tuple[volumes.Volume, matters.Matter]:
    """A volume and its matter, for somebody who may see it; for others it does not exist (404)."""
    if len(volume_id) != 32:
        abort(404)
    volume = volumes.get_volume(session, volume_id)
    matter = matters.get_matter(session, volume.matter_id)
    if not volume_access.may_see(session, volume, actor):
        abort(404)
    return volume, matter


@blueprint.get("/archive/<volume_id>")
@auth.logged_in
def show(volume_id: str) -> str:
    """One volume."""
    return page(volume_id)


def page(volume_id: str, **more: Any) -> str:
    """One volume's page, with what was typed when an upload was refused."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        volume, matter = read_volume(read, volume_id, actor)
        lawyer = people.find_person(read, matter.lawyer_id)
        found = {
            "volume": volume,
            "matter": matter,
            "lawyer": lawyer.name if lawyer else "",
            "states": volume_contents.slot_view(read, volume_id),
            "pieces": volume_contents.list_pieces(read, volume_id),
            "late": volume_contents.list_late(read, volume_id) if volume.state in volumes.LOCKED else [],
            "sheets": list_sheets(read, volume),
            "readable": list_readable(read, volume, actor),
            "unplaced": volume_contents.list_unplaced(read, volume_id),
            "checks": volume_checks.list_checks(read, volume_id),
            "may_add": volume.state in volumes.OPEN and actor.id in matters.list_members(read, matter.id),
        }
        found["sections"] = volume_sections.draw_sections(read, volume, actor, auth.firm().clock.now())
    blank: dict[str, Any] = {"error": "", "typed": {}}
    names = {"state_name": state_name, "need_name": need_name, "check_name": check_name}
    return render_template("archive/volume.html", **found, **names, **(blank | more))


def list_sheets(session: Session, volume: volumes.Volume) -> list[documents.Document]:
    """The newest cover, catalogue and remarks sheet."""
    found = {document.slot: document for document in documents.list_documents(session, volume.lead_id)}
    return [found[name] for name in SHEETS if name in found]


def list_readable(session: Session, volume: volumes.Volume, actor: Actor) -> set[str]:
    """The ids of the volume's documents that somebody may open; a survey is closed to the lawyers it asks about."""
    there = documents.list_documents(session, volume.lead_id)
    return {each.id for each in there if document_access.may_read(session, each, actor)}


@blueprint.post("/archive/<volume_id>/files")
@auth.logged_in
def upload(volume_id: str) -> AnyResponse | tuple[str, int]:
    """Put files into a place of the volume; a refused one comes back with everything that was typed."""
    actor, typed = auth.current_actor(), request.form.to_dict()
    with auth.firm().reading() as read:
        read_volume(read, volume_id, actor)
    try:
        described = read_description(typed)
    except ValueError as wrong:
        return page(volume_id, error=str(wrong), typed=typed), 422
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        return page(volume_id, error=_("Choose a file."), typed=typed), 422
    refusals = []
    for file in files:
        values = {"volume_id": volume_id, "name": Path(file.filename or "").name, "content": file.stream.read(), **described}
        try:
            auth.firm().run(RunOperation("volumes.upload", values), actor)
        except (documents.FileRefused, volume_contents.VolumeLocked) as refused:
            refusals.append(say(refused))  # the others go on
    if refusals:
        return page(volume_id, error="\n".join(refusals), typed=typed), 422
    return redirect(url_for("archive.show", volume_id=volume_id, _anchor=f"slot-{described['slot']}"))


def read_description(typed: dict[str, str]) -> dict[str, Any]:
    """What the catalogue says of an upload; raises ValueError with a sentence for the reader."""
    described: dict[str, Any] = {key: typed.get(key, "").strip() for key in ("slot", "title", "doc_no", "author")}
    if any(len(value) > 200 for value in described.values()):
        raise ValueError(_("At most 200 characters."))
    dated_on = typed.get("dated_on", "").strip()
    if dated_on:
        try:
            described["dated_on"] = date.fromisoformat(dated_on)
        except ValueError as error:
            raise ValueError(_("This is not a date.")) from error
    form = typed.get("form", volume_contents.ELECTRONIC)
    known = (volume_contents.ELECTRONIC, volume_contents.ORIGINAL, volume_contents.COPY)
    described["form"] = form if form in known else volume_contents.ELECTRONIC
    return described


@blueprint.get("/archive/<volume_id>/package.zip")
@auth.logged_in
def package(volume_id: str) -> AnyResponse | tuple[str, int]:
    """The archive package as a BagIt zip, after every file was checked against the manifest that was filed."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        volume, _matter = read_volume(read, volume_id, actor)
        readable = list_readable(read, volume, actor)
        closed = [piece for piece in volume_contents.list_pieces(read, volume_id) if piece.document_id not in readable]
    if not volume.file_no or not volume.package_sha256:
        abort(404)
    if closed:  # the package is whole or not at all
        return page(volume_id, error=_("The package holds documents that are closed to you: ask the archivist.")), 403
    data_dir = Path(auth.firm().tools["data_dir"])
    stream = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - Flask closes it after sending
    try:
        packages.check_seal(data_dir, volume.file_no, volume.package_sha256)
        packages.zip_package(data_dir, volume.file_no, stream)
    except JuanzongError as damaged:
        stream.close()
        return page(volume_id, error=say(damaged)), 409
    stream.seek(0)
    return send_file(stream, "application/zip", as_attachment=True, download_name=f"{volume.file_no}.zip")


@blueprint.get("/documents/<document_id>")
@auth.logged_in
def document(document_id: str) -> Response:
    """The bytes of a document, for somebody who may read it; for others it does not exist (404)."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        found = documents.find_document(read, document_id)
        if found is None or not document_access.may_read(read, found, actor):
            abort(404)
        if loan_reading.needs_purpose(read, found):  # a secret is opened by POST, with what it is read for (G10)
            return Response(render_template("archive/purpose.html", document=found, error=""))
        content = documents.read_content(read, document_id)
    return send_document(found, content)


@blueprint.post("/documents/<document_id>")
@auth.logged_in
def open_document(document_id: str) -> Response:
    """A document of a volume of level 秘密 or above that is not filed yet, after its reader said what for; that is logged."""
    actor, purpose = auth.current_actor(), request.form.get("purpose", "").strip()[:500]
    with auth.firm().reading() as read:
        found = documents.find_document(read, document_id)
        if found is None or not document_access.may_read(read, found, actor) or not loan_reading.needs_purpose(read, found):
            abort(404)
    if len(purpose) < PURPOSE_LENGTH:
        error = _("Say what you read it for.")
        return Response(render_template("archive/purpose.html", document=found, error=error), status=422)
    auth.firm().run(RunOperation("loans.open_file", {"document_id": document_id, "purpose": purpose}), actor)
    with auth.firm().reading() as read:
        content = documents.read_content(read, document_id)
    response = send_document(found, content)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def send_document(found: documents.Document, content: bytes) -> Response:
    """The bytes of a document as the browser gets them."""
    place = "inline" if found.media_type in SHOWN_IN_PLACE and "download" not in request.args else "attachment"
    response = Response(content, mimetype=found.media_type)
    response.headers["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(found.file_name)}"
    # a document is never a page: nothing in it may run or load, whatever somebody uploaded
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
