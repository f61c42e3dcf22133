"""Complaints for those who handle and watch over them: the list, one complaint, entering one that came in person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engine import ReceiveMessage, RunOperation
from engine.errors import HandlerFailed, JuanzongError
from engine.forms import fill_defaults
from web import auth
from web.complaints import reading
from web.errors import say, status_of
from web.i18n import translate as _
from web.page_forms import FileOf, go, read_posted, read_schema
from workflows.records import case_access, complaints, matters
from workflows.records.leads import Lead

blueprint = Blueprint("complaints", __name__, template_folder="templates")
READERS = ("complaint", "compliance", "director", "partner", "desk")
REGISTRARS = ("complaint", "compliance", "director", "desk")
FORM = "complaint/begin"
LONGEST = 2000


@blueprint.get("/complaints")
@auth.with_role(*READERS)
def index() -> str:
    """The complaints that somebody may see: the open ones, the most urgent first."""
    view = request.args.get("view", "open")
    view = view if view in reading.VIEWS else "open"
    actor, now = auth.current_actor(), auth.firm().clock.now()
    with auth.firm().reading() as read:
        rows = reading.list_rows(read, actor, view, now)
    may_register = bool(actor.roles & set(REGISTRARS))
    return render_template("complaints/index.html", rows=rows, view=view, views=reading.VIEWS, may_register=may_register)


@blueprint.route("/complaints/new", methods=["GET", "POST"])
@auth.with_role(*REGISTRARS)
def register() -> AnyResponse | str | tuple[str, int]:
    """Enter a complaint that came by telephone, visit, letter, or from a public body."""
    actor, file_id = auth.current_actor(), read_file_id()
    with auth.firm().reading() as read:
        schema = read_schema(FORM, read)
    if request.method == "GET":
        return registering(schema, fill_defaults(schema, {}), file_id)
    posted = read_posted(schema, FileOf(file_id, actor))
    if posted.clean is None:
        return registering(schema, posted.values, file_id, posted.errors), 200 if posted.redraw else 422
    values = posted.clean
    lead_id = find_lead(str(values.get("matter_no") or "").strip())
    if lead_id is None:
        errors = {"matter_no": [_("There is no matter with this number.")]}
        return registering(schema, posted.values, file_id, errors), 422
    auth.firm().run(ReceiveMessage("complaint.received", lead_id or "firm", payload_of(values, lead_id, file_id)), actor)
    flash(_("The complaint is entered, the receipt is on its way."))
    with auth.firm().reading() as read:
        found = complaints.get_complaint(read, file_id)
        mine = reading.may_read(read, found, actor)
    return go(url_for("complaints.show", complaint_id=file_id) if mine else url_for("complaints.index"))


def registering(schema: dict[str, Any], values: dict[str, Any], file_id: str, errors: dict[str, list[str]] | None = None) -> str:
    """The page with the form."""
    desk = FileOf(file_id, auth.current_actor())
    return render_template("complaints/new.html", schema=schema, values=values, errors=errors or {}, file=file_id, desk=desk)


def read_file_id() -> str:
    """The id that the complaint will have: its papers may come before it. Never that of one that is there."""
    given = request.args.get("file", "")
    if len(given) == 32 and given.isalnum():
        with auth.firm().reading() as read:
            if complaints.find_complaint(read, given) is None:
                return given
    return complaints.reserve_id()


def find_lead(number: str) -> str | None:
    """The case with a matter or lead number: empty for no number, None for one that nobody knows, or that a wall closes."""
    if not number:
        return ""
    with auth.firm().reading() as read:
        matter = read.scalar(select(matters.MatterRow).where(matters.MatterRow.matter_no == number))
        lead = read.get(Lead, matter.lead_id) if matter else read.scalar(select(Lead).where(Lead.lead_no == number))
        if lead is None or case_access.find_level(read, lead, auth.current_actor()) is None:
            return None
        return lead.id


def payload_of(values: dict[str, Any], lead_id: str, complaint_id: str) -> dict[str, Any]:
    """What the process is told of a complaint that was entered here."""
    who = ("name", "relation", "phone", "email", "address", "anonymous", "identity")
    return {
        "source": values["source"],
        "facts": values["facts"],
        "lead_id": lead_id,
        "complaint_id": complaint_id,
        "complainant": {key: values[key] for key in who if values.get(key)},
        "kinds": values.get("kinds") or [],
        "respondents": values.get("respondents") or [],
        "claim": values.get("claim") or "",
        "external_by": str(values.get("external_by") or ""),
    }


@blueprint.get("/complaints/<complaint_id>")
@auth.with_role(*READERS)
def show(complaint_id: str) -> str:
    """One complaint; for whom it is about it does not exist."""
    return page(complaint_id)


def page(complaint_id: str, **more: Any) -> str:
    """One complaint's page."""
    actor, now = auth.current_actor(), auth.firm().clock.now()
    with auth.firm().reading() as read:
        found = complaints.find_complaint(read, complaint_id)
        if found is None or not reading.may_read(read, found, actor):
            abort(404)
        shown = reading.read_page(read, found, actor, now)
    return render_template("complaints/complaint.html", **{"notice": "", "address": "", **shown, **more})


def act(complaint_id: str, operation: str, given: dict[str, Any], done: str) -> AnyResponse | tuple[str, int]:
    """Do something to a complaint that its reader may open; a refusal stands on the page."""
    page(complaint_id)  # 404 for whom it is about
    try:
        auth.firm().run(RunOperation(operation, {"complaint_id": complaint_id, **given}), auth.current_actor())
    except HandlerFailed:
        raise
    except JuanzongError as refused:
        return page(complaint_id, notice=say(refused)), status_of(refused)
    flash(done)
    return redirect(url_for("complaints.show", complaint_id=complaint_id), 303)


@blueprint.post("/complaints/<complaint_id>/extend")
@auth.with_role(*READERS)
def extend(complaint_id: str) -> AnyResponse | tuple[str, int]:
    """Put the reply off, once."""
    reason = request.form.get("reason", "")[:LONGEST]
    return act(complaint_id, "complaints.extend", {"reason": reason}, _("The reply is put off; the complainant is told."))


@blueprint.post("/complaints/<complaint_id>/answer")
@auth.with_role(*READERS)
def answer(complaint_id: str) -> AnyResponse | tuple[str, int]:
    """Note what the complainant said to the reply, by telephone or letter."""
    given = {"decision": request.form.get("decision", ""), "note": request.form.get("note", "")[:LONGEST]}
    return act(complaint_id, "complaints.answer", given, _("The answer is noted."))


@blueprint.post("/complaints/<complaint_id>/external")
@auth.with_role(*READERS)
def go_external(complaint_id: str) -> AnyResponse | tuple[str, int]:
    """Note that the complaint is now before somebody outside."""
    given = {key: request.form.get(key, "")[:LONGEST] for key in ("body", "note")}
    return act(complaint_id, "complaints.go_external", given, _("Noted."))


@blueprint.post("/complaints/<complaint_id>/link")
@auth.with_role(*READERS)
def hand_over(complaint_id: str) -> str | tuple[str, int]:
    """Make an address to follow the complaint, for somebody without an e-mail address; it is shown this once."""
    page(complaint_id)
    try:
        given = {"complaint_id": complaint_id}
        made = auth.firm().run(RunOperation("complaints.hand_over_link", given), auth.current_actor())
    except JuanzongError as refused:
        return page(complaint_id, notice=say(refused)), status_of(refused)
    return page(complaint_id, address=made["url"])
