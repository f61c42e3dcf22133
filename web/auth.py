"""Who is logged in: a signed session cookie, a token against forged posts, and the engine at hand."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from engine import Actor, Engine
from workflows.records import people

P = ParamSpec("P")
R = TypeVar("R")


def firm() -> Engine:
    """The engine of this deployment."""
    engine: Engine = current_app.extensions["firm"]
    return engine


def log_in(person: people.Person) -> None:
    """Start a session for a person; the old one, with its token, is gone."""
    session.clear()
    session["person"] = person.id
    session["token"] = secrets.token_urlsafe(24)
    session.permanent = True


def current_person() -> people.Person | None:
    """The person logged in, looked up anew at each request."""
    if "person" not in g:
        g.person = None
        if "person" in session:
            with firm().reading() as read:
                found = people.find_person(read, session["person"])
            g.person = found if found is not None and found.is_active else None
    person: people.Person | None = g.person
    return person


def current_actor() -> Actor:
    """The logged-in person as the engine knows them; 401 for nobody."""
    person = current_person()
    if person is None:
        abort(401)
    return people.person_actor(person)


def with_role(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """A page for people with one of some roles, 403 for others; without roles, for everybody of the firm.

    Somebody who is not logged in reads the start page first; what they posted is shown again with a 401, not lost.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            if current_person() is None:
                if request.method != "GET":
                    abort(401)
                return redirect(url_for("start.index", next=request.full_path.rstrip("?")))
            if roles and not current_actor().roles & set(roles):
                abort(403)
            return view(*args, **kwargs)

        # the navigation and the list of routes read whom a page is for
        guarded.roles = frozenset(roles)  # type: ignore[attr-defined]
        return guarded

    return decorate


def logged_in(view: Callable[P, R]) -> Callable[P, R | Response]:
    """A page for everybody of the firm, and nobody else."""
    return with_role()(view)


def check_token() -> None:
    """Refuse a post that does not carry the session's token: 401 where the login was lost, else 400."""
    if request.method not in ("POST", "PUT", "DELETE"):
        return
    sent, known = request.form.get("_token") or request.headers.get("X-Token", ""), session.get("token", "")
    if known and secrets.compare_digest(sent.encode(), known.encode()):
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, "roles") and current_person() is None:
        abort(401)
    abort(400)


def ensure_token() -> str:
    """The session's token, made when there is none yet."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    token: str = session["token"]
    return token


def safe_address(address: str) -> str:
    """An address of this site to go on to; anything that could lead elsewhere becomes the start page."""
    local = address.startswith("/") and not address.startswith(("//", "/\\")) and not set(address) & set("\r\n\t")
    return address if local else "/"
