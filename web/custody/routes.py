"""Custody of the archive's packages: their patrols, the transfers to others, and what the firm should know of its disks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from engine.errors import JuanzongError
from web import auth
from web.errors import say
from web.i18n import translate as _
from workflows.records import documents, package_places, patrols, transfers, virus_scan, volumes
from workflows.records.volumes import Volume

blueprint = Blueprint("custody", __name__, template_folder="templates")
KEEPERS = ("archivist", "director")


def cause_name(cause: str) -> str:
    """Why a patrol was made, in the reader's language."""
    return {patrols.YEARLY: _("Yearly patrol"), patrols.MIGRATION: _("After a migration"), patrols.BY_HAND: _("By hand")}[cause]


def state_name(state: str) -> str:
    """Where a transfer stands, in the reader's language."""
    return {
        transfers.LISTED: _("List being made"),
        transfers.TESTED: _("Tested"),
        transfers.APPROVED: _("Approved"),
        transfers.HANDED_OVER: _("Transferred"),
        transfers.REFUSED: _("Given up"),
    }[state]


def kind_names() -> dict[str, str]:
    """Why volumes leave, in the reader's language."""
    return {
        "archive_house": _("To an archive house"),
        "merged_firm": _("To a merged firm"),
        "dissolution": _("At the firm's dissolution"),
        "other": _("To another body by law"),
    }


@blueprint.get("/custody")
@auth.with_role(*KEEPERS)
def index() -> str:
    """The patrols, the transfers, the warnings."""
    return page()


def page(**more: Any) -> str:
    """The page, with what was typed when a transfer was refused."""
    places = package_places.read_places(auth.firm().tools)
    with auth.firm().reading() as read:
        shown = {
            "patrols": [(each, patrols.count_done(read, each.id)) for each in patrols.list_patrols(read, limit=20)],
            "transfers": transfers.list_transfers(read),
            "volumes": list_free(read),
        }
    warnings = []
    if places.on_one_disk:
        warnings.append(_("The second copy is on the same disk: a broken disk takes both. Set ARCHIVE_COPY_DIR to another one."))
    if not virus_scan.has_scanner():
        warnings.append(_("ClamAV is not installed here: files are not scanned for malware, and the reports say so."))
    if not auth.firm().tools.get("archive_tsa_url"):
        warnings.append(_("No time-stamping authority is set (ARCHIVE_TSA_URL): the time is this server's, signed by the firm."))
    blank: dict[str, Any] = {"error": "", "typed": {}, "chosen": []}
    names = {"cause_name": cause_name, "state_name": state_name, "kinds": kind_names()}
    return render_template("custody/index.html", **shown, **names, warnings=warnings, **(blank | more))


def list_free(session: Session) -> list[Volume]:
    """The volumes that may leave."""
    stored = [each for state in sorted(transfers.FROM) for each in volumes.list_volumes(session, state=state)]
    listed = transfers.list_under_way(session)
    return [each for each in stored if each.id not in listed and not transfers.find_obstacle(session, each.id)]


@blueprint.post("/custody/patrols")
@auth.with_role(*KEEPERS)
def begin_patrol() -> AnyResponse:
    """Begin a patrol now."""
    auth.firm().run(RunOperation("patrols.begin", {"cause": patrols.BY_HAND}), auth.current_actor())
    return redirect(url_for("custody.index"), 303)


@blueprint.post("/custody/transfers")
@auth.with_role(*KEEPERS)
def begin_transfer() -> AnyResponse | tuple[str, int]:
    """List volumes for a transfer; a refusal comes back with everything that was typed."""
    typed, chosen = request.form.to_dict(), request.form.getlist("volume_ids")
    recipient, basis = typed.get("recipient", "").strip()[:200], typed.get("basis", "").strip()[:1000]
    if not (chosen and recipient and basis and typed.get("kind") in transfers.KINDS):
        return page(error=_("Say to whom and why, and choose at least one volume."), typed=typed, chosen=chosen), 422
    values = {
        "kind": typed["kind"],
        "recipient": recipient,
        "basis": basis,
        "volume_ids": chosen,
        "notify_clients": "notify_clients" in typed,
    }
    try:
        auth.firm().run(RunOperation("transfers.begin", values), auth.current_actor())
    except JuanzongError as refused:
        return page(error=say(refused), typed=typed, chosen=chosen), 422
    return redirect(url_for("custody.index"), 303)


@blueprint.get("/custody/reports/<document_id>")
@auth.with_role(*KEEPERS)
def report(document_id: str) -> Response:
    """The report of a patrol or the list of a transfer."""
    with auth.firm().reading() as read:
        known = {each.report_id for each in patrols.list_patrols(read)}
        known |= {each.report_id for each in transfers.list_transfers(read)}
        if document_id not in known:
            abort(404)
        content = documents.read_content(read, document_id)
    return Response(content, mimetype=documents.PDF)
