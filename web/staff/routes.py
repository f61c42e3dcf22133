"""Joining, leaving and long absence: what is under way, begun here, and one of them with its inventory and signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import RunOperation
from engine.errors import HandlerFailed, JuanzongError
from engine.forms import fill_defaults
from web import auth
from web.errors import say, status_of
from web.i18n import translate as _
from web.page_forms import FileOf, go, read_posted, read_schema
from web.staff import reading
from workflows.records import departures, joinings

blueprint = Blueprint("staff", __name__, template_folder="templates")
WATCH = tuple(sorted(joinings.WATCH))
REPORTERS = tuple(sorted(departures.MAY_REPORT_ABSENCE))
LONGEST = 1000


@blueprint.get("/staff")
@auth.logged_in
def index() -> str:
    """What is under way; for others than those who watch their own departure."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        rows = reading.list_departures(read, actor)
        candidates = reading.list_joinings(read, actor)
    may = {"join": bool(actor.roles & joinings.WATCH), "absence": bool(actor.roles & departures.MAY_REPORT_ABSENCE)}
    return render_template("staff/index.html", rows=rows, candidates=candidates, may=may, words=departures, joinings=joinings)


@blueprint.route("/staff/leave", methods=["GET", "POST"])
@auth.logged_in
def leave() -> AnyResponse | str | tuple[str, int]:
    """Give notice: everybody their own, those who watch also somebody's."""
    first = {"person_id": auth.current_actor().id, "promised": False}
    return begin("staff_leaving/begin", "departures.begin", first, _("Notice to leave"), lambda made: made["departure_id"])


@blueprint.route("/staff/absence", methods=["GET", "POST"])
@auth.with_role(*REPORTERS)
def absence() -> AnyResponse | str | tuple[str, int]:
    """Report a long absence or a death."""
    title = _("Long absence or death")
    return begin("staff_absence/begin", "absences.begin", {}, title, lambda made: made["departure_id"])


@blueprint.route("/staff/join", methods=["GET", "POST"])
@auth.with_role(*WATCH)
def join() -> AnyResponse | str | tuple[str, int]:
    """Enter a candidate."""
    return begin("staff_joining/begin", "joinings.begin", {}, _("New candidate"), None)


def begin(
    form: str, operation: str, first: dict[str, Any], title: str, shown: Callable[[dict[str, Any]], str] | None
) -> AnyResponse | str | tuple[str, int]:
    """A page that begins one of the processes; a refusal stands on it with what was typed."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        schema = read_schema(form, read)
    page = {"schema": schema, "title": title, "action": request.path}
    if request.method == "GET":
        return render_template("staff/begin.html", values=fill_defaults(schema, first), errors={}, notice="", **page)
    posted = read_posted(schema, FileOf("", actor))
    if posted.clean is None:
        html = render_template("staff/begin.html", values=posted.values, errors=posted.errors, notice="", **page)
        return html, 200 if posted.redraw else 422
    given = {key: value for key, value in posted.clean.items() if value is not None}
    try:
        made = auth.firm().run(RunOperation(operation, given), actor)
    except HandlerFailed:
        raise
    except JuanzongError as refused:
        html = render_template("staff/begin.html", values=posted.values, errors={}, notice=say(refused), **page)
        return html, status_of(refused)
    flash(_("Begun. The next step is in the inbox of whoever does it."))
    target = {"departure_id": shown(made)} if shown else {"joining_id": made["joining_id"]}
    return go(url_for("staff.show" if shown else "staff.candidate", **target))


@blueprint.get("/staff/departures/<departure_id>")
@auth.logged_in
def show(departure_id: str) -> str:
    """One departure."""
    return page_of(departure_id, "")


def page_of(departure_id: str, notice: str) -> str:
    """One departure's page; 404 for whom it does not concern."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        found = departures.find_departure(read, departure_id)
        if found is None or not departures.may_read(found, actor):
            abort(404)
        shown = reading.read_departure(read, found, actor)
    return render_template("staff/departure.html", notice=notice, words=departures, **shown)


@blueprint.post("/staff/departures/<departure_id>/choice")
@auth.with_role("partner", "director", "compliance")
def record_choice(departure_id: str) -> AnyResponse | tuple[str, int]:
    """Record what a client chose by telephone or in person."""
    page_of(departure_id, "")  # 404 for whom it does not concern
    given = {key: request.form.get(key, "")[:LONGEST] for key in ("departure_matter_id", "choice", "note", "how")}
    try:
        auth.firm().run(RunOperation("departures.record_choice", given), auth.current_actor())
    except HandlerFailed:
        raise
    except JuanzongError as refused:
        return page_of(departure_id, say(refused)), status_of(refused)
    flash(_("The client's choice is recorded."))
    return redirect(url_for("staff.show", departure_id=departure_id), 303)


@blueprint.get("/staff/joinings/<joining_id>")
@auth.with_role(*WATCH)
def candidate(joining_id: str) -> str:
    """One candidate."""
    with auth.firm().reading() as read:
        found = joinings.find_joining(read, joining_id) or abort(404)
        hits = reading.list_hits(found, auth.current_actor())
    return render_template("staff/candidate.html", row=found, hits=hits, words=joinings)
