"""Improvement: corrective actions with what is late, and the quarters' results of the surveys, for the whole firm."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, ReceiveMessage
from engine.forms import fill_defaults
from web import auth
from web.i18n import translate as _
from web.page_forms import FileOf, go, read_posted, read_schema
from workflows.records import corrections, survey_reviews

blueprint = Blueprint("improvement", __name__, template_folder="templates")
REGISTRARS = ("complaint", "compliance", "director", "partner")
FORM = "corrective_action/begin"


@blueprint.get("/improvement")
@auth.logged_in
def index() -> str:
    """Everybody reads the published quarters and their own actions; those in charge see all."""
    actor, today = auth.current_actor(), auth.firm().clock.now().astimezone(FIRM_ZONE).date()
    with auth.firm().reading() as read:
        found = [each for each in corrections.list_corrections(read) if corrections.may_read(each, actor)]
        reviews = survey_reviews.list_published(read)
    counts = {
        "open": sum(each.state != corrections.CLOSED for each in found),
        "late": sum(bool(each.list_late(today)) for each in found if each.state == corrections.APPROVED),
        "checking": sum(each.state == corrections.DONE for each in found),
        "again": sum(each.rounds > 0 for each in found),
    }
    found.sort(key=lambda each: each.state == corrections.CLOSED)  # stable: each half stays newest first
    shown = {"rows": found, "counts": counts, "reviews": reviews, "today": today, "words": corrections}
    return render_template("improvement/index.html", **shown, may_register=bool(actor.roles & set(REGISTRARS)))


@blueprint.route("/improvement/new", methods=["GET", "POST"])
@auth.with_role(*REGISTRARS)
def register() -> AnyResponse | str | tuple[str, int]:
    """Enter a problem that is to be mended."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        schema = read_schema(FORM, read)
    if request.method == "GET":
        return registering(schema, fill_defaults(schema, {}), {})
    posted = read_posted(schema, FileOf("", actor))
    if posted.clean is None:
        return registering(schema, posted.values, posted.errors), 200 if posted.redraw else 422
    values = {key: value for key, value in posted.clean.items() if value is not None}
    auth.firm().run(ReceiveMessage("correction.requested", "firm", values), actor)
    flash(_("Entered. The root cause is looked for next."))
    return go(url_for("improvement.index"))


def registering(schema: dict[str, Any], values: dict[str, Any], errors: dict[str, list[str]]) -> str:
    """The page with the form."""
    return render_template("improvement/new.html", schema=schema, values=values, errors=errors)


@blueprint.get("/improvement/<correction_id>")
@auth.logged_in
def show(correction_id: str) -> str:
    """One corrective action."""
    actor, today = auth.current_actor(), auth.firm().clock.now().astimezone(FIRM_ZONE).date()
    with auth.firm().reading() as read:
        found = corrections.find_correction(read, correction_id)
        if found is None or not corrections.may_read(found, actor):
            abort(404)
    late = {each["id"] for each in found.list_late(today)}
    return render_template("improvement/correction.html", row=found, late=late, words=corrections)
