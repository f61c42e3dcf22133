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


def logged_in(view: Callable[P, R]) -> Callable[P, R | Response]:
    """A page for people of the firm only; others go to the start page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if current_person() is None:
            return redirect(url_for("start.index", next=request.path))
        return view(*args, **kwargs)

    return guarded


def with_role(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """A page for some roles only; 403 for others."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            if current_person() is None:
                return redirect(url_for("start.index", next=request.path))
            if not current_actor().roles & set(roles):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def check_token() -> None:
    """Refuse a post that does not carry the session's token (400)."""
    if request.method in ("POST", "PUT", "DELETE"):
        sent = request.form.get("_token") or request.headers.get("X-Token", "")
        if not secrets.compare_digest(sent, session.get("token", "")):
            abort(400)


def ensure_token() -> str:
    """The session's token, made when there is none yet."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    token: str = session["token"]
    return token
