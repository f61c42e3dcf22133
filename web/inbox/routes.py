"""A person's tasks: the list, one task with its form, and what can be done with it."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, Actor, ClaimTask, CompleteTask, ReleaseTask, SaveDraft, StartInstance, queries
from engine.errors import FormInvalid, JuanzongError, TaskAlreadyDone, TaskGone
from engine.forms import fill_defaults
from web import auth
from web.errors import STATUS, say
from web.forms import parse_posted, wants_redraw, with_options, word_errors
from workflows.records import people

blueprint = Blueprint("inbox", __name__, template_folder="templates")
VIEWS = ("all", "late", "gates", "group", "done")
GROUPS = ("late", "today", "week", "later", "none")


def group_of(row: queries.InboxRow, now: datetime) -> str:
    """Which heading a task stands under."""
    if row.due_at is None:
        return "none"
    days = (row.due_at.astimezone(FIRM_ZONE).date() - now.astimezone(FIRM_ZONE).date()).days
    return "late" if row.due_at < now else "today" if days == 0 else "week" if days <= 7 else "later"


def read_list(actor: Actor) -> dict[str, Any]:
    """The grouped list of the chosen view."""
    view = request.args.get("view", "all")
    view = view if view in VIEWS else "all"
    now = auth.firm().clock.now()
    with auth.firm().reading() as read:
        rows = queries.inbox(read, actor, now=now, view=view, search=request.args.get("q", ""))
    groups = [(name, [row for row in rows if group_of(row, now) == name]) for name in GROUPS]
    shown = [("done", rows)] if view == "done" else [(name, found) for name, found in groups if found]
    return {"view": view, "groups": shown, "total": len(rows), "q": request.args.get("q", ""), "views": VIEWS, "now": now}


def read_task(task_id: str, actor: Actor) -> dict[str, Any]:
    """One task with its schema, history and place in the diagram."""
    with auth.firm().reading() as read:
        task = queries.get_task(read, task_id, actor)
        instance = queries.get_instance(read, task.row.instance_id)
        lawyers = [{"value": each.id, "label": each.name} for each in people.list_people(read, "lawyer")]
    schema = with_options(task.schema, {"lawyers": lawyers}) if task.schema else None
    return {"task": task, "schema": schema, "instance": instance, "selected": task_id}


def first_values(task: queries.TaskView, actor: Actor) -> dict[str, Any]:
    """The draft, else what the prefill gives, else nothing."""
    if task.draft is not None:
        return task.draft
    if task.submitted is not None:
        return task.submitted
    return fill_defaults(task.schema or {}, auth.firm().prefill(task.row.id, actor))


@blueprint.get("/inbox")
@auth.logged_in
def index() -> str:
    """The list, nothing opened."""
    return render_template("inbox/index.html", **read_list(auth.current_actor()))


@blueprint.get("/inbox/<task_id>")
@auth.logged_in
def open_task(task_id: str) -> str:
    """The list with one task opened."""
    actor = auth.current_actor()
    found = read_task(task_id, actor)
    values = first_values(found["task"], actor)
    return render_template("inbox/index.html", **read_list(actor), **found, values=values, errors={}, notice="")


def again(task_id: str, values: dict[str, Any], status: int, *, errors: Any = None, notice: str = "") -> tuple[str, int]:
    """The task's page once more with everything that was typed."""
    actor = auth.current_actor()
    page = render_template(
        "inbox/index.html", **read_list(actor), **read_task(task_id, actor), values=values, errors=errors or {}, notice=notice
    )
    return page, status


@blueprint.post("/inbox/<task_id>")
@auth.logged_in
def complete(task_id: str) -> AnyResponse | tuple[str, int]:
    """Complete a task, or change its rows, or keep a draft."""
    actor, firm = auth.current_actor(), auth.firm()
    found = read_task(task_id, actor)
    values = parse_posted(found["schema"] or {}, request.form)
    if wants_redraw(request.form):
        return again(task_id, values, 200)
    if "_draft" in request.form:
        firm.run(SaveDraft(task_id, values), actor)
        return redirect(url_for("inbox.open_task", task_id=task_id, saved=1))
    try:
        done = firm.run(CompleteTask(task_id, values), actor)
    except FormInvalid as invalid:
        return again(task_id, values, 422, errors=word_errors(invalid.errors))
    except (TaskAlreadyDone, TaskGone) as gone:
        return again(task_id, values, STATUS[type(gone)], notice=say_when(gone))
    if done.next_task_ids:
        return redirect(url_for("inbox.open_task", task_id=done.next_task_ids[0], done=1))
    return redirect(url_for("inbox.index", done=1))


def say_when(error: JuanzongError) -> str:
    """An error's sentence with its moment on the firm's clock."""
    spoken = copy.copy(error)
    moments = {key: value for key, value in error.fields.items() if isinstance(value, datetime)}
    spoken.fields = error.fields | {key: at.astimezone(FIRM_ZONE).strftime("%m-%d %H:%M") for key, at in moments.items()}
    return say(spoken)


@blueprint.post("/inbox/<task_id>/draft")
@auth.logged_in
def autosave(task_id: str) -> Response:
    """Keep what was typed, from the page's script."""
    actor = auth.current_actor()
    values = parse_posted(read_task(task_id, actor)["schema"] or {}, request.form)
    auth.firm().run(SaveDraft(task_id, values), actor)
    return Response(status=204)


@blueprint.post("/inbox/<task_id>/claim")
@auth.logged_in
def claim(task_id: str) -> AnyResponse:
    """Take a task from the group."""
    auth.firm().run(ClaimTask(task_id), auth.current_actor())
    return redirect(url_for("inbox.open_task", task_id=task_id))


@blueprint.post("/inbox/<task_id>/release")
@auth.logged_in
def release(task_id: str) -> AnyResponse:
    """Give a task back to the group."""
    auth.firm().run(ReleaseTask(task_id), auth.current_actor())
    return redirect(url_for("inbox.open_task", task_id=task_id))


@blueprint.post("/inbox/start")
@auth.with_role("desk")
def start() -> AnyResponse:
    """Register somebody who arrives: start the intake and open its first form."""
    actor, firm = auth.current_actor(), auth.firm()
    instance_id = firm.run(StartInstance("intake"), actor)
    with firm.reading() as read:
        tasks = queries.list_open_tasks(read, instance_id)
    if not tasks:
        abort(500)
    return redirect(url_for("inbox.open_task", task_id=tasks[0].id))


@blueprint.get("/diagrams/<definition_id>")
@auth.logged_in
def diagram(definition_id: str) -> Response:
    """The BPMN of one version, for the viewer."""
    with auth.firm().reading() as read:
        source = queries.get_definition(read, definition_id).source
    return Response(source, mimetype="application/xml")


