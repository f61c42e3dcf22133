"""The one table from errors to status and page; a crash shows a reference number, never a trace."""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from engine import errors
from web.i18n import translate

log = structlog.get_logger()

STATUS: dict[type[errors.JuanzongError], int] = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.FourEyes: 403,
    errors.TaskAlreadyDone: 409,
    errors.TaskClaimed: 409,
    errors.TaskGone: 410,
    errors.InstanceEnded: 410,
    errors.FormInvalid: 422,
    errors.DeployRefused: 422,
    errors.StateRefused: 422,
    errors.DataTooLarge: 413,
}
SENTENCES = {
    400: "The page was open too long. Go back, reload it and try again.",
    401: "Please log in first.",
    403: "You may not see this page.",
    404: "This page does not exist.",
    405: "This page does not exist.",
    413: "What was sent is too large.",
}


def say(error: errors.JuanzongError) -> str:
    """An error's sentence in the reader's language."""
    return translate(error.template).format(**error.fields)


def register_errors(app: Flask) -> None:
    """Install the pages for errors."""

    @app.errorhandler(errors.JuanzongError)
    def refused(error: errors.JuanzongError) -> tuple[str, int]:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return render_template("error.html", status=status, sentence=say(error), reference=""), status

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str, int]:
        status = error.code or 500
        sentence = translate(SENTENCES.get(status, "Something went wrong."))
        return render_template("error.html", status=status, sentence=sentence, reference=""), status

    @app.errorhandler(Exception)
    def crashed(error: Exception) -> tuple[str, int]:
        reference = secrets.token_hex(4).upper()
        log.error("crash", reference=reference, exc_info=error)
        sentence = translate("Something went wrong. Nothing you stored is lost.")
        return render_template("error.html", status=500, sentence=sentence, reference=reference), 500
