"""For the administrator and the presenter: incidents, owed effects, timers, the demo clock."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import CancelInstance, MoveClock, RetryIncident, SkipIncident, queries, sweep
from web import auth
from web.i18n import translate

blueprint = Blueprint("operations", __name__, template_folder="templates")
JUMPS = {"day": timedelta(days=1), "week": timedelta(days=7)}


@blueprint.get("/operations")
@auth.logged_in
def index() -> str:
    """What is stuck, owed and due."""
    with auth.firm().reading() as read:
        found = {
            "incidents": queries.list_incidents(read),
            "timers": queries.list_timers(read, limit=50),
            "effects": queries.list_effects(read, limit=50),
            "instances": queries.list_instances(read, limit=50),
            "definitions": queries.list_definitions(read),
            "audit": queries.list_audit(read, limit=30),
        }
    return render_template("operations/index.html", **found, now=auth.firm().clock.now(), demo=current_app.config["DEMO"])


@blueprint.post("/operations/clock")
@auth.logged_in
def move_clock() -> Response:
    """Move the demo firm's clock by a day, a week, or to the next timer, and let what is due happen."""
    if not current_app.config["DEMO"]:
        abort(403)
    firm = auth.firm()
    now, jump = firm.clock.now(), request.form.get("jump", "")
    if jump == "timer":
        with firm.reading() as read:
            due = queries.next_timer_at(read)
        target = max(due, now) if due else now
    elif jump in JUMPS:
        target = now + JUMPS[jump]
    else:
        abort(400)
    firm.run(MoveClock(target), auth.current_actor())
    sweep(firm)
    return redirect(url_for("operations.index"))


@blueprint.post("/operations/incidents/<incident_id>/retry")
@auth.with_role("admin")
def retry(incident_id: str) -> Response:
    """Let a failed step run again."""
    auth.firm().run(RetryIncident(incident_id), auth.current_actor())
    return redirect(url_for("operations.index"))


@blueprint.post("/operations/incidents/<incident_id>/skip")
@auth.with_role("admin")
def skip(incident_id: str) -> Response:
    """Pass a failed step with a reason."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        abort(400, translate("Please give a reason."))
    auth.firm().run(SkipIncident(incident_id, reason), auth.current_actor())
    return redirect(url_for("operations.index"))


@blueprint.post("/operations/instances/<instance_id>/cancel")
@auth.with_role("admin")
def cancel(instance_id: str) -> Response:
    """Stop a process with a reason."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        abort(400, translate("Please give a reason."))
    auth.firm().run(CancelInstance(instance_id, reason), auth.current_actor())
    return redirect(url_for("operations.index"))
