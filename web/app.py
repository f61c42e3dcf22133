"""The application: the engine, the pages, and what every page needs."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Flask, Response, g, redirect, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

import web
from engine import Engine
from web import auth, forms, i18n, shell
from web.errors import register_errors
from web.observing import observe
from web.settings import Settings
from workflows.recounting import install_holidays

UPLOAD_LIMIT = 50 * 1024 * 1024
# bpmn-js sets inline styles on the shapes it draws
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


def read_secret(settings: Settings) -> str:
    """The key that signs sessions: given, or made once and kept in the data folder."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8")


def find_pages() -> list[Blueprint]:
    """The blueprint of every page: each folder of ``web/`` that has a ``routes.py``."""
    found = []
    for module in pkgutil.iter_modules(web.__path__, "web."):
        if module.ispkg and importlib.util.find_spec(f"{module.name}.routes"):
            blueprint: Blueprint = importlib.import_module(f"{module.name}.routes").blueprint
            found.append(blueprint)
    return found


def create_app(settings: Settings, firm: Engine) -> Flask:
    """The web application on an open engine."""
    app = Flask(__name__, root_path=str(Path(__file__).parent))
    app.secret_key = read_secret(settings)
    app.config.update(
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=UPLOAD_LIMIT,
        # dynamic lists post a field a cell; the default of 500 kB of plain fields is for pages without long texts
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        DEMO=settings.demo,
    )
    app.extensions["firm"] = firm
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(_=i18n.translate, icon=shell.icon, language=i18n.language)
    app.jinja_env.globals.update(label=forms.label, render_fields=forms.render_fields, render_form=forms.render_form)
    app.jinja_env.filters.update(local=shell.local_time, day=shell.local_date)
    observe(app, firm, settings)
    register_errors(app)
    for blueprint in find_pages():
        app.register_blueprint(blueprint)
    app.before_request(auth.check_token)
    app.before_request(lambda: install_holidays(firm) if request.method == "POST" else None)  # before days are counted
    app.context_processor(shell.shell)
    app.after_request(add_headers)
    add_plain_routes(app, firm)
    return app


def add_headers(response: Response) -> Response:
    """What keeps a page from being framed, sniffed or filled with foreign script."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if g.get("person") is not None:
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
        response = redirect(auth.safe_address(request.args.get("next", "/")))
        response.set_cookie("language", chosen if chosen in i18n.LANGUAGES else "zh", max_age=31_536_000, samesite="Lax")
        return response
