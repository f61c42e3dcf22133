"""Keeping: the table of periods in force and what moved when it changed; holds and floors of one volume."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from engine.errors import JuanzongError
from engine.forms import fill_defaults
from web import auth
from web.errors import say
from web.i18n import translate as _
from web.page_forms import FileOf, go, read_posted, read_schema
from workflows.records import appraisals, legal_holds, retention_floors, retention_packs, retention_reviews, volumes

blueprint = Blueprint("retention", __name__, template_folder="templates")
READERS = tuple(sorted(appraisals.READERS))
DECIDERS = tuple(sorted(retention_packs.DECIDERS))


@blueprint.route("/retention", methods=["GET", "POST"])
@auth.with_role(*READERS)
def index() -> AnyResponse | str | tuple[str, int]:
    """The table in force, the firm's decisions, and what each change moved; the director or compliance changes it."""
    actor = auth.current_actor()
    may_choose = bool(actor.roles & retention_packs.DECIDERS)
    with auth.firm().reading() as read:
        schema = read_schema("retention_review/choose", read)
    if request.method == "GET":
        return _page(may_choose, schema, fill_defaults(schema, {}), {})
    if not may_choose:
        abort(403)
    posted = read_posted(schema, FileOf("", actor))
    if posted.clean is None:
        return _page(may_choose, schema, posted.values, posted.errors), 200 if posted.redraw else 422
    try:
        auth.firm().run(RunOperation("retention.choose_pack", posted.clean), actor)
    except JuanzongError as refused:
        return _page(may_choose, schema, posted.values, {"pack": [say(refused)]}), 422
    flash(_("The table is in force; all periods are being worked out anew."))
    return go(url_for("retention.index"))


@blueprint.route("/retention/<volume_id>/<what>", methods=["GET", "POST"])
@auth.with_role("archivist", "compliance", "complaint", "director")
def enter(volume_id: str, what: str) -> AnyResponse | str | tuple[str, int]:
    """Put a hold on a volume or its case, or enter a floor."""
    actor = auth.current_actor()
    roles = {"hold": legal_holds.SETTERS, "floor": retention_floors.SETTERS}.get(what, frozenset())
    if not actor.roles & roles or len(volume_id) != 32:
        abort(404)
    with auth.firm().reading() as read:
        volume = volumes.get_volume(read, volume_id)
        schema = read_schema({"hold": "legal_hold/place", "floor": "retention_review/floor"}[what], read)
    if request.method == "GET":
        return _entry(volume, what, schema, fill_defaults(schema, {}), {})
    posted = read_posted(schema, FileOf("", actor))
    if posted.clean is None:
        return _entry(volume, what, schema, posted.values, posted.errors), 200 if posted.redraw else 422
    if what == "hold":
        only = volume_id if posted.clean["scope"] == "volume" else ""
        given = {"lead_id": volume.lead_id, "volume_id": only, "cause": posted.clean["cause"], "reason": posted.clean["reason"]}
        auth.firm().run(RunOperation("legal_holds.place", given), actor)
        flash(_("The hold is on."))
    else:
        auth.firm().run(RunOperation("retention.add_floor", {"volume_id": volume_id, **posted.clean}), actor)
        flash(_("The floor is entered."))
    return go(url_for("archive.show", volume_id=volume_id, _anchor="section-retention"))


@blueprint.post("/retention/holds/<hold_id>/lift")
@auth.with_role("compliance", "director")
def lift(hold_id: str) -> AnyResponse:
    """Lift a hold, with a reason."""
    actor, reason = auth.current_actor(), request.form.get("reason", "").strip()
    with auth.firm().reading() as read:
        hold = legal_holds.find_hold(read, hold_id)
    if hold is None:
        abort(404)
    try:
        auth.firm().run(RunOperation("legal_holds.lift", {"hold_id": hold_id, "reason": reason}), actor)
        flash(_("The hold is lifted."))
    except JuanzongError as refused:
        flash(say(refused))
    return go(request.referrer or url_for("appraisals.index"))


def _page(may_choose: bool, schema: dict[str, Any], values: dict[str, Any], errors: dict[str, list[str]]) -> str:
    with auth.firm().reading() as read:
        shown = {
            "pack": retention_packs.PACKS[retention_packs.pack_in_force(read)],
            "choices": retention_packs.list_choices(read),
            "reviews": retention_reviews.list_reviews(read),
        }
    given = {"schema": schema, "values": values, "errors": errors, "may_choose": may_choose, "packs": retention_packs.PACKS}
    return render_template("retention/index.html", **shown, **given)


def _entry(
    volume: volumes.Volume, what: str, schema: dict[str, Any], values: dict[str, Any], errors: dict[str, list[str]]
) -> str:
    title = _("Put a legal hold") if what == "hold" else _("Enter a floor")
    return render_template(
        "retention/entry.html", volume=volume, what=what, title=title, schema=schema, values=values, errors=errors
    )
