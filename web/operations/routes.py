"""For the administrator: what is stuck, owed and due. For the presenter of the demo firm: its clock and its mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from engine import CancelInstance, MoveClock, RetryIncident, SkipIncident, queries, sweep
from engine.errors import JuanzongError
from web import auth, shell
from web.errors import say, status_of
from web.i18n import translate as _
from web.operations import reading
from workflows.records import documents, mails, walls

P = ParamSpec("P")
R = TypeVar("R")
blueprint = Blueprint("operations", __name__, template_folder="templates")
JUMPS = {"day": timedelta(days=1), "week": timedelta(days=7)}
SWEEPS = 50  # a moved clock makes timers due that make others due; a loop that never rests ends here
MAILS = 30
ID_LENGTH = 32


def for_presenter(view: Callable[P, R]) -> Callable[P, R | Response]:
    """A page for the administrator, and in the demo firm for everybody, who may be presenting."""
    everybody, admins = auth.logged_in(view), auth.with_role("admin")(view)

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        return (everybody if current_app.config["DEMO"] else admins)(*args, **kwargs)

    guarded.presents = True  # type: ignore[attr-defined]  # read by web.navigation
    return guarded


def show(status: int = 200, **more: Any) -> tuple[str, int]:
    """The page with everything, and with what was typed when something was refused."""
    with auth.firm().reading() as read:
        found = reading.read_everything(read, auth.current_actor())
        given = {"errors": {}, "typed": {}, **found, **more, "now": auth.firm().clock.now(), "reading": reading}
        return render_template("operations/index.html", **given), status


@blueprint.get("/operations")
@auth.with_role("admin", "director")
def index() -> tuple[str, int]:
    """What is stuck, owed and due, and the audit log."""
    return show()


@blueprint.post("/operations/clock")
@auth.logged_in
def move_clock() -> Response:
    """Move the demo firm's clock by a day, a week, or to the next timer, and let what is due happen."""
    if not current_app.config["DEMO"]:
        abort(403)
    firm, jump = auth.firm(), request.form.get("jump", "")
    now = firm.clock.now()
    with firm.reading() as read:
        due = queries.next_timer_at(read)
    if jump in JUMPS:
        target = now + JUMPS[jump]
    elif jump == "timer":
        target = max(due, now) if due else now
    else:
        abort(400)
    firm.run(MoveClock(target), auth.current_actor())
    moved = settle()
    if jump == "timer" and due is None:
        flash(_("No timer waits."))
    else:
        flash(_("It is now {time}; {count} things happened.", time=shell.local_time(firm.clock.now()), count=moved))
    return redirect(auth.safe_address(request.form.get("next", "/inbox")), 303)


def settle() -> int:
    """Sweep until the firm rests; returns how many things happened."""
    total = 0
    for _round in range(SWEEPS):
        moved = sweep(auth.firm())
        total += moved
        if not moved:
            break
    return total


@blueprint.post("/operations/incidents/<incident_id>/retry")
@auth.with_role("admin")
def retry(incident_id: str) -> Response | tuple[str, int]:
    """Let a failed step run again, with changed data if some were typed."""
    data = reading.parse_data(request.form.get("data", ""))
    if data is None:
        return refuse(incident_id, _("This is not a JSON object, such as {example}.", example='{"name": "value"}'))
    try:
        auth.firm().run(RetryIncident(incident_id, data or None), auth.current_actor())
    except JuanzongError as refused:
        return refuse(incident_id, say(refused), status_of(refused))
    flash(_("The step ran again; if it failed again, the incident stays here."))
    return redirect(url_for("operations.index"), 303)


@blueprint.post("/operations/incidents/<incident_id>/skip")
@auth.with_role("admin")
def skip(incident_id: str) -> Response | tuple[str, int]:
    """Pass a failed step with a reason, and with the variables it should have given."""
    reason, data = request.form.get("reason", "").strip(), reading.parse_data(request.form.get("data", ""))
    if not reason:
        return refuse(incident_id, _("Please give a reason."))
    if data is None:
        return refuse(incident_id, _("This is not a JSON object, such as {example}.", example='{"name": "value"}'))
    try:
        auth.firm().run(SkipIncident(incident_id, reason, data), auth.current_actor())
    except JuanzongError as refused:
        return refuse(incident_id, say(refused), status_of(refused))
    flash(_("The step was skipped."))
    return redirect(url_for("operations.index"), 303)


@blueprint.post("/operations/instances/<instance_id>/cancel")
@auth.with_role("admin")
def cancel(instance_id: str) -> Response | tuple[str, int]:
    """Stop a process with a reason."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return refuse(instance_id, _("Please give a reason."))
    auth.firm().run(CancelInstance(instance_id, reason), auth.current_actor())
    flash(_("The process was stopped."))
    return redirect(url_for("operations.index"), 303)


def refuse(subject: str, sentence: str, status: int = 422) -> tuple[str, int]:
    """The page again with a sentence at what was refused, and what was typed there."""
    return show(status, errors={subject: sentence}, typed={subject: request.form})


@blueprint.get("/operations/mails")
@for_presenter
def mails_page() -> str:
    """The mails that went out, newest first."""
    after = request.args.get("after", "")
    with auth.firm().reading() as read:
        found = mails.list_mails(read, after=after or None, limit=MAILS + 1)
        hidden = walls.list_hidden(read, auth.current_actor().id)
    more = found[MAILS - 1].id if len(found) > MAILS else ""
    shown = [mail for mail in found[:MAILS] if mail.lead_id not in hidden]
    return render_template("operations/mails.html", mails=shown, more=more, is_later_page=bool(after), reading=reading)


def open_mail(session: Session, mail_id: str) -> mails.Mail:
    """A mail, unless it belongs to a case that a wall closes to the reader (404)."""
    found = mails.get_mail(session, mail_id)
    if found.lead_id and walls.keeps_out(session, found.lead_id, auth.current_actor()):
        abort(404)
    return found


@blueprint.get("/operations/mails/<mail_id>")
@for_presenter
def mail(mail_id: str) -> str:
    """One mail as it went out, with its attachments and, in the demo, the client's way in."""
    if len(mail_id) != ID_LENGTH:
        abort(404)
    with auth.firm().reading() as read:
        found = open_mail(read, mail_id)
        attached = reading.mail_attachments(read, found)
    return render_template("operations/mail.html", mail=found, attached=attached, reading=reading)


@blueprint.get("/operations/mails/<mail_id>/attachments/<document_id>")
@for_presenter
def attachment(mail_id: str, document_id: str) -> Response:
    """One of the documents that went out with a mail."""
    if len(mail_id) != ID_LENGTH:
        abort(404)
    with auth.firm().reading() as read:
        found = reading.mail_attachments(read, open_mail(read, mail_id))
        document = next((each for each in found if each.id == document_id), None)
        if document is None:
            abort(404)
        content = documents.read_content(read, document_id)
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(document.file_name)}"}
    # a document is never a page: nothing in it may run or load, whatever somebody uploaded
    headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return Response(content, mimetype=document.media_type, headers=headers)
