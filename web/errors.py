"""The one table from errors to status and page; a crash shows a reference number, never a trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import structlog
from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from engine import FIRM_ZONE, SYSTEM, errors, queries
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
    429: "Too many attempts. Please wait a few minutes and try again.",
}
OTHERWISE = "Something went wrong."
REFUSED = "This cannot be done: {reason}."
ONE_STEP_FAILED = "The step “{element}” failed."
STEP_FAILED = "An automatic step failed. Nothing is lost: the administrator sees it under “Operations” and can let it run again."
#: fields that are never shown again
SECRET_FIELDS = frozenset({"password"})
HIDDEN = ("._", ":drawn")  # marks of rows and of drawings
ID = re.compile(r"[0-9a-f]{32}")
LARGE = 1024 * 1024


def status_of(error: errors.JuanzongError) -> int:
    """The HTTP status of a refusal; 400 for one that the table does not name."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)


def say(error: errors.JuanzongError) -> str:
    """An error's sentence in the reader's language, with people by name and moments on the firm's clock.

    Of a refused state people read why; the ids and states between which it was refused are for the log.
    """
    template = REFUSED if isinstance(error, errors.StateRefused) and error.fields.get("reason") else error.template
    return translate(template).format(**{key: _spoken(value) for key, value in error.fields.items()})


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
    back = auth.safe_address(request.path) if status == 401 and request.method != "GET" else "/"
    typed = typed_text()
    page = render_template(
        "error.html", status=status, sentence=sentence, advice=advice, reference=number or reference(), typed=typed, back=back
    )
    response = make_response(page, status)
    if "HX-Request" in request.headers:
        # the error is a page of its own, not a part of the form that was sent
        response.headers.update({"HX-Retarget": "body", "HX-Reswap": "innerHTML", "HX-Reselect": "body > *"})
    return response


def typed_text() -> str:
    """What was typed by hand, under the words of its fields; empty for a page that was only read or was too large."""
    if request.method == "GET" or (request.content_length or 0) > LARGE:
        return ""
    labels = field_labels()
    lines = []
    for name, value in request.form.items(multi=True):
        is_typed = value.strip() and not name.startswith("_") and not name.endswith(HIDDEN) and name not in SECRET_FIELDS
        if is_typed and not (value.startswith("data:") or ID.fullmatch(value)):
            words = labels.get(name.rpartition(".")[2], "")
            lines.append(f"{words}：{value}" if words else value)
    return "\n".join(lines)


def field_labels() -> dict[str, str]:
    """The words of the fields of the task that was posted to; none elsewhere."""
    task_id = (request.view_args or {}).get("task_id", "")
    try:
        with auth.firm().reading() as read:
            schema = queries.get_task(read, task_id, SYSTEM).schema if task_id else None
    except errors.JuanzongError:
        return {}
    return dict(labelled((schema or {}).get("components") or []))


def labelled(components: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Every field's key with its words."""
    for each in components:
        if each.get("key"):
            yield each["key"], str(each.get("label") or "")
        yield from labelled(each.get("components") or [])


def register_errors(app: Flask) -> None:
    """Install the pages for errors."""

    @app.errorhandler(errors.JuanzongError)
    def refused(error: errors.JuanzongError) -> Response:
        status = status_of(error)
        if status != 500:
            return show(status, say(error))
        log.error("step failed", reference=reference(), exc_info=error)
        step = error.fields.get("element")
        sentence = translate(ONE_STEP_FAILED).format(element=step) if step else translate(OTHERWISE)
        return show(500, sentence, advice=translate(STEP_FAILED), number=reference())

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        status = error.code or 500
        if status < 400:
            return error
        return show(status, translate(SENTENCES.get(status, OTHERWISE)))

    @app.errorhandler(Exception)
    def crashed(error: Exception) -> Response:
        log.error("crash", reference=reference(), exc_info=error)
        return show(500, translate("Something went wrong. Nothing you stored is lost."), number=reference())
