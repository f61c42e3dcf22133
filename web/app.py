"""The application: the engine, the pages, and what every page needs."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, Engine, queries
from web import auth, forms, i18n
from web.errors import register_errors
from web.inbox.routes import blueprint as inbox
from web.operations.routes import blueprint as operations
from web.settings import Settings
from web.start.routes import blueprint as start
from workflows.roles import ROLES


def read_secret(settings: Settings) -> str:
    """The key that signs sessions: given, or made once and kept in the data folder."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def icon(name: str) -> Markup:
    """An icon of the sprite."""
    return Markup('<svg class="i" aria-hidden="true"><use href="/static/dist/icons.svg#{}"/></svg>').format(name)


def local_time(moment: datetime | None) -> str:
    """A moment on the firm's clock."""
    return moment.astimezone(FIRM_ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


def create_app(settings: Settings, firm: Engine) -> Flask:
    """The web application on an open engine."""
    app = Flask(__name__, root_path=str(Path(__file__).parent))
    app.secret_key = read_secret(settings)
    app.config.update(
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=50 * 1024 * 1024,
        DEMO=settings.demo,
    )
    app.extensions["firm"] = firm
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(_=i18n.translate, icon=icon, language=i18n.language)
    app.jinja_env.globals.update(label=forms.label, is_hidden=forms.is_hidden)
    app.jinja_env.filters["local"] = local_time
    register_errors(app)
    for blueprint in (start, inbox, operations):
        app.register_blueprint(blueprint)
    app.before_request(auth.check_token)
    app.context_processor(shell)
    app.after_request(add_headers)
    add_plain_routes(app, firm)
    return app


def shell() -> dict[str, Any]:
    """What the layout shows on every page."""
    person = auth.current_person()
    counts: dict[str, int] = {}
    if person is not None:
        with auth.firm().reading() as read:
            counts = queries.inbox_counts(read, auth.current_actor(), now=auth.firm().clock.now())
    return {"person": person, "role_names": ROLES, "counts": counts, "token": auth.ensure_token()}


def add_headers(response: Response) -> Response:
    """What keeps a page from being framed, sniffed or filled with foreign script."""
    # bpmn-js sets inline styles on the shapes it draws
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if "person" in g and g.person is not None:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def add_plain_routes(app: Flask, firm: Engine) -> None:
    """Health, readiness and the choice of language."""

    @app.get("/healthz")
    def healthz() -> tuple[str, int]:
        return "ok", 200

    @app.get("/readyz")
    def readyz() -> tuple[str, int]:
        try:
            with firm.reading() as read:
                read.execute(text("SELECT 1 FROM definitions LIMIT 1"))
        except SQLAlchemyError:
            return "the database is not ready", 503
        return "ready", 200

    @app.get("/language/<chosen>")
    def choose_language(chosen: str) -> AnyResponse:
        back = request.args.get("next", "/")
        response = redirect(back if back.startswith("/") and not back.startswith("//") else url_for("start.index"))
        response.set_cookie("language", chosen if chosen in i18n.LANGUAGES else "zh", max_age=31_536_000, samesite="Lax")
        return response
