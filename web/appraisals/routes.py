"""Appraisals: what is due in the next years, each list with its volumes, the register of destructions, tombstones."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, RunOperation
from engine.forms import fill_defaults
from web import auth
from web.i18n import translate as _
from web.page_forms import FileOf, go, read_posted, read_schema
from workflows.records import appraisals, destructions, documents, legal_holds, retention_packs, tombstones, volumes
from workflows.records.volumes import VolumeRow

blueprint = Blueprint("appraisals", __name__, template_folder="templates")
READERS = tuple(sorted(appraisals.READERS))
OPENERS = tuple(sorted(appraisals.OPENERS))


def item_state(state: str) -> str:
    """Where a volume of a list stands, in the reader's language."""
    return {
        appraisals.LISTED: _("On the list"),
        appraisals.DROPPED: _("Dropped"),
        appraisals.KEPT: _("Kept on"),
        appraisals.FOREVER: _("Kept for good"),
        appraisals.TRANSFER: _("Transfer"),
        appraisals.TO_DESTROY: _("To be destroyed"),
        appraisals.GONE: _("Destroyed"),
    }[state]


def list_state(state: str) -> str:
    """Where a list stands, in the reader's language."""
    return {
        appraisals.OPEN: _("Still under way"),
        appraisals.DECIDED: _("Decided"),
        appraisals.CLOSED: _("Appraisal over"),
    }[state]


@blueprint.get("/appraisals")
@auth.with_role(*READERS)
def index() -> str:
    """What is due, the lists, the register of destructions."""
    today = auth.firm().clock.now().astimezone(FIRM_ZONE).date()
    with auth.firm().reading() as read:
        found = appraisals.list_appraisals(read)
        shown: dict[str, Any] = {
            "rows": [(each, len(appraisals.list_items(read, each.id))) for each in found],
            "due": appraisals.count_due(read, today),
            "register": destructions.list_destructions(read),
            "stones": tombstones.list_tombstones(read),
            "holds": legal_holds.list_active(read),
            "pack": retention_packs.PACKS[retention_packs.pack_in_force(read)],
        }
    shown |= {"most": max((count for _year, count in shown["due"]), default=0) or 1, "causes": legal_holds.CAUSES}
    may_open = bool(auth.current_actor().roles & appraisals.OPENERS)
    return render_template(
        "appraisals/index.html", **shown, may_open=may_open, list_state=list_state, destruction_states=destructions.STATES
    )


@blueprint.route("/appraisals/new", methods=["GET", "POST"])
@auth.with_role(*OPENERS)
def begin() -> AnyResponse | str | tuple[str, int]:
    """Open a list out of turn for volumes that are named."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        schema = read_schema("appraisal/begin", read)
    if request.method == "GET":
        return _form(schema, fill_defaults(schema, {}), {})
    posted = read_posted(schema, FileOf("", actor))
    if posted.clean is None:
        return _form(schema, posted.values, posted.errors), 200 if posted.redraw else 422
    ids, unknown = _find_numbers(str(posted.clean["file_nos"]))
    if unknown:
        errors = {"file_nos": [_("No stored volume has the number {number}.", number=unknown[0])]}
        return _form(schema, posted.values, errors), 422
    given = {"kind": appraisals.ADHOC, "reason": posted.clean["reason"], "volume_ids": ids}
    opened = auth.firm().run(RunOperation("appraisals.open", given), actor)["appraisal_opened"]
    flash(_("The list is made."))
    return go(url_for("appraisals.show", appraisal_id=opened))


@blueprint.get("/appraisals/<appraisal_id>")
@auth.logged_in
def show(appraisal_id: str) -> str:
    """One list; while it is published everybody of the firm reads it and may object."""
    return page(appraisal_id)


def page(appraisal_id: str, *, errors: dict[str, list[str]] | None = None, about: str = "") -> str:
    """One list, with what was wrong with an objection or an answer."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        found = appraisals.find_appraisal(read, appraisal_id)
        destruction = destructions.find_destruction(read, appraisal_id)
        published = destruction is not None and destruction.state == destructions.COOLING
        if found is None or not (published or appraisals.may_read(actor)):
            abort(404)
        items = appraisals.list_items(read, appraisal_id)
        shown = {
            "row": found,
            "items": items,
            "destruction": destruction,
            "published": published,
            "papers": [each for each in documents.list_documents(read, appraisal_id) if each.media_type == documents.PDF],
            "answer_schema": read_schema("destruction/answer", read),
            "object_schema": read_schema("destruction/object", read),
        }
    waits = destruction is not None and "report" in destruction.steps and "outcome" not in destruction.steps["report"]
    outcomes = {"collected": _("Collected"), "waived": _("Not wanted"), "unclaimed": _("Unclaimed, kept apart"), "": _("Offered")}
    return render_template(
        "appraisals/appraisal.html",
        **shown,
        item_state=item_state,
        list_state=list_state,
        decisions=appraisals.DECISIONS,
        destruction_states=destructions.STATES,
        outcomes=outcomes,
        waits_for_answer=bool(waits and "archivist" in actor.roles),
        reads_all=appraisals.may_read(actor),
        errors=errors or {},
        about=about,
    )


@blueprint.post("/appraisals/<appraisal_id>/answer")
@auth.with_role("archivist", "director")
def answer(appraisal_id: str) -> AnyResponse | tuple[str, int]:
    """Enter what the authority answered."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        schema = read_schema("destruction/answer", read)
    posted = read_posted(schema, FileOf(appraisal_id, actor))
    if posted.clean is None:
        return page(appraisal_id, errors=posted.errors, about="answer"), 200 if posted.redraw else 422
    given = {"destruction_id": appraisal_id, "answer": posted.clean["answer"], "note": posted.clean["note"]}
    auth.firm().run(RunOperation("destructions.record_answer", given), actor)
    flash(_("The answer is entered."))
    return go(url_for("appraisals.show", appraisal_id=appraisal_id))


@blueprint.post("/appraisals/items/<item_id>/objection")
@auth.logged_in
def object_to(item_id: str) -> AnyResponse | tuple[str, int]:
    """Object to the destruction of one volume while the list is published."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        item = destructions.find_objectionable(read, item_id)
        schema = read_schema("destruction/object", read)
    if item is None:
        abort(404)
    posted = read_posted(schema, FileOf(item.appraisal_id, actor))
    if posted.clean is None:
        return page(item.appraisal_id, errors=posted.errors, about=item_id), 200 if posted.redraw else 422
    auth.firm().run(RunOperation("destructions.object", {"item_id": item_id, "reason": posted.clean["reason"]}), actor)
    flash(_("Your objection is entered; the group decides again on this volume."))
    return go(url_for("appraisals.show", appraisal_id=item.appraisal_id))


@blueprint.get("/appraisals/tombstones")
@auth.with_role(*READERS)
def find_tombstone() -> AnyResponse | str | tuple[str, int]:
    """Look a destroyed volume up by its file number."""
    file_no = request.args.get("file_no", "").strip()
    with auth.firm().reading() as read:
        stone = tombstones.find_by_number(read, file_no)
        if stone is None:
            return render_template("appraisals/tombstone.html", stone=None, fault="", file_no=file_no), 404
        fault = tombstones.find_fault(read, stone)
    return render_template("appraisals/tombstone.html", stone=stone, fault=_(fault) if fault else "", file_no=file_no)


def _form(schema: dict[str, Any], values: dict[str, Any], errors: dict[str, list[str]]) -> str:
    return render_template("appraisals/new.html", schema=schema, values=values, errors=errors)


def _find_numbers(text: str) -> tuple[list[str], list[str]]:
    """The ids of stored volumes by their file numbers, and the numbers that no stored volume has."""
    numbers = list(dict.fromkeys(each.strip() for each in text.replace("，", "\n").splitlines() if each.strip()))
    there = VolumeRow.state.in_((volumes.STORED, volumes.ON_LOAN))
    with auth.firm().reading() as read:
        rows = read.execute(select(VolumeRow.file_no, VolumeRow.id).where(VolumeRow.file_no.in_(numbers), there)).all()
    known = {str(row.file_no): str(row.id) for row in rows}
    return [known[each] for each in numbers if each in known], [each for each in numbers if each not in known]
