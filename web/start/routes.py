"""Who can log in, and what to try first."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from web import auth
from web.i18n import translate as _
from web.start.attempts import Attempts
from workflows.records import people

blueprint = Blueprint("start", __name__, template_folder="templates")


@blueprint.get("/")
def index() -> str | Response:
    """The start page; people of the firm go on to their inbox."""
    if auth.current_person() is not None:
        return redirect(auth.safe_address(request.args.get("next", url_for("inbox.index"))))
    return show()


def show(error: str = "", login: str = "") -> str:
    """The page for somebody who is not logged in."""
    with auth.firm().reading() as read:
        cast = [each for each in people.list_people(read) if each.is_demo] if current_app.config["DEMO"] else []
    next_page = auth.safe_address(request.values.get("next", ""))
    return render_template("start/index.html", cast=cast, error=error, login=login, next_page=next_page)


def attempts() -> Attempts:
    """The failures that this application remembers."""
    found: Attempts = current_app.extensions.setdefault("attempts", Attempts())
    return found


@cache
def nobody() -> people.Person:
    """Somebody whose password nobody knows: an unknown login takes as long as a wrong password."""
    return people.Person(password_hash=people.HASHER.hash("x" * 40))


@blueprint.post("/login")
def log_in() -> str | Response | tuple[str, int]:
    """Log in with a password, or as one of the demo firm's people."""
    login, address, now = request.form.get("login", "").strip(), request.remote_addr or "", auth.firm().clock.now()
    with auth.firm().reading() as read:
        person = people.find_person_by_login(read, login)
    is_demo = bool(current_app.config["DEMO"] and person is not None and person.is_demo and "password" not in request.form)
    if not is_demo:
        if attempts().are_too_many(login, address, now):
            return show(_("Too many attempts. Please wait a few minutes and try again."), login), 429
        if not people.verify_password(person or nobody(), request.form.get("password", "")) or person is None:
            attempts().fail(login, address, now)
            return show(_("The login or the password is wrong."), login), 422
        attempts().succeed(login)
    assert person is not None
    auth.log_in(person)
    going = auth.safe_address(request.form.get("next", ""))
    return redirect(going if going != "/" else url_for("inbox.index"), 303)


@blueprint.post("/logout")
def log_out() -> Response:
    """End the session."""
    if "person" not in session:
        abort(401)
    session.clear()
    return redirect(url_for("start.index"), 303)
