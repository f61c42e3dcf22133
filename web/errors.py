"""The one table from errors to status and page; a crash shows a reference number, never a trace."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from engine import FIRM_ZONE, errors
from web import auth
from web.i18n import translate
from web.observing import reference
from workflows.records import people

log = structlog.get_logger()

STATUS: dict[type[errors.JuanzongError], int] = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.FourEyes: 403,
    errors.TaskAlreadyDone: 409,
    errors.TaskClaimed: 409,
    errors.StaleInstance: 409,
    errors.TaskGone: 410,
    errors.InstanceEnded: 410,
    errors.FormInvalid: 422,
    errors.DeployRefused: 422,
    errors.StateRefused: 422,
    errors.DataTooLarge: 413,
    errors.HandlerFailed: 500,
    errors.ScriptFailed: 500,
}
SENTENCES = {
    400: "The page was open too long. Go back, reload it and try again.",
    401: "Please log in first.",
    403: "You may not see this page.",
    404: "This page does not exist.",
    405: "This page does not exist.",
    410: "This page is no longer there.",
    413: "What was sent is too large.",
}
STEP_FAILED = "An automatic step failed. Nothing is lost: the administrator sees it under “Operations” and can let it run again."
#: fields that are never shown again
SECRET_FIELDS = frozenset({"_token", "password"})


def status_of(error: errors.JuanzongError) -> int:
    """The HTTP status of a refusal; 400 for one that the table does not name."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)


def say(error: errors.JuanzongError) -> str:
    """An error's sentence in the reader's language, with people by name and moments on the firm's clock."""
    return translate(error.template).format(**{key: _spoken(value) for key, value in error.fields.items()})


def _spoken(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(FIRM_ZONE).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        with auth.firm().reading() as read:
            person = people.find_person(read, value)
        return person.name if person else translate(value)
    return value


def show(status: int, sentence: str, *, advice: str = "", number: str = "") -> Response:
    """The page of an error; what was posted stands on it, so that nothing typed is lost."""
    page = render_template(
        "error.html", status=status, sentence=sentence, advice=advice, reference=number, typed=typed_text()
    )
    response = make_response(page, status)
    if "HX-Request" in request.headers:
        # the error is a page of its own, not a part of the form that was sent
        response.headers.update({"HX-Retarget": "body", "HX-Reswap": "innerHTML", "HX-Reselect": "body > *"})
    return response


def typed_text() -> str:
    """What was posted, a line a field; empty for a page that was only read or was too large to read."""
    if request.method == "GET" or (request.content_length or 0) > 1024 * 1024:
        return ""
    lines = [f"{name}: {value}" for name, value in request.form.items(multi=True) if value and name not in SECRET_FIELDS]
    return "\n".join(lines)


def register_errors(app: Flask) -> None:
    """Install the pages for errors."""

    @app.errorhandler(errors.JuanzongError)
    def refused(error: errors.JuanzongError) -> Response:
        status = status_of(error)
        if status != 500:
            return show(status, say(error))
        log.error("step failed", reference=reference(), exc_info=error)
        return show(500, say(error), advice=translate(STEP_FAILED), number=reference())

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        status = error.code or 500
        if status < 400:
            return error
        return show(status, translate(SENTENCES.get(status, "Something went wrong.")))

    @app.errorhandler(Exception)
    def crashed(error: Exception) -> Response:
        log.error("crash", reference=reference(), exc_info=error)
        return show(500, translate("Something went wrong. Nothing you stored is lost."), number=reference())
