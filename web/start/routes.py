"""Who can log in, and what to try first."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from web import auth
from web.i18n import translate
from workflows.records import people

blueprint = Blueprint("start", __name__, template_folder="templates")


@blueprint.get("/")
def index() -> str | Response:
    """The start page; people of the firm go on to their inbox."""
    if auth.current_person() is not None:
        return redirect(url_for("inbox.index"))
    return show()


def show(error: str = "", login: str = "") -> str:
    with auth.firm().reading() as read:
        cast = [each for each in people.list_people(read) if each.is_demo] if current_app.config["DEMO"] else []
    return render_template("start/index.html", cast=cast, error=error, login=login)


@blueprint.post("/login")
def log_in() -> str | Response | tuple[str, int]:
    """Log in with a password, or as one of the demo firm's people."""
    login = request.form.get("login", "").strip()
    with auth.firm().reading() as read:
        person = people.find_person_by_login(read, login)
    demo = bool(current_app.config["DEMO"] and person is not None and person.is_demo and "password" not in request.form)
    if person is None or not (demo or people.verify_password(person, request.form.get("password", ""))):
        return show(translate("The login or the password is wrong."), login), 422
    auth.log_in(person)
    return redirect(url_for("inbox.index"))


@blueprint.post("/logout")
def log_out() -> Response:
    """End the session."""
    if "person" not in session:
        abort(401)
    session.clear()
    return redirect(url_for("start.index"))
