"""A person's tasks: the list, one task with its form, and what can be done with it."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, AssignTask, ClaimTask, CompleteTask, ReleaseTask, SaveDraft, StartInstance, queries
from engine.errors import FormInvalid, HandlerFailed, JuanzongError
from engine.forms import validate
from web import auth, navigation, shell
from web.errors import say, status_of
from web.forms import parse_posted, take_files, wants_redraw, word_errors
from web.i18n import translate as _
from web.inbox.detail import first_values, read_task
from web.inbox.listing import due_label, read_list
from web.outlines import in_english

blueprint = Blueprint("inbox", __name__, template_folder="templates")
FOUND_TASKS = 7


def is_part(name: str) -> bool:
    """Whether the page's script asks for one part of the page only."""
    return "HX-Request" in request.headers and request.headers.get("HX-Target", "").endswith(f"#{name}")


def tell(**events: dict[str, str]) -> str:
    """Events for the page's script; they go to the body, for the form that sent the request may be gone by then."""
    return json.dumps({name: {**detail, "target": "body"} for name, detail in events.items()})


def show(task_id: str, values: dict[str, Any] | None = None, status: int = 200, **more: Any) -> Response:
    """A task's page with what was typed, or its part for the script."""
    actor = auth.current_actor()
    found = read_task(task_id, actor)
    if values is None:
        values = first_values(found["task"], actor)
    given = {"errors": {}, "notice": "", **found, **more, "values": values}
    if "HX-Request" in request.headers:
        return make_response(render_template("inbox/detail.html", **given), status)
    return make_response(render_template("inbox/index.html", **{**read_list(actor), **given}), status)


@blueprint.get("/inbox")
@auth.logged_in
def index() -> str:
    """The list, nothing opened."""
    actor = auth.current_actor()
    page = "inbox/list.html" if is_part("list") else "inbox/index.html"
    return render_template(page, **read_list(actor), selected=request.args.get("open", ""))


@blueprint.get("/inbox/<task_id>")
@auth.logged_in
def open_task(task_id: str) -> Response:
    """The list with one task opened."""
    return show(task_id)


@blueprint.post("/inbox/<task_id>")
@auth.logged_in
def complete(task_id: str) -> AnyResponse:
    """Complete a task, or change its rows, or keep a draft; whatever goes wrong, what was typed stays on the page."""
    actor, firm = auth.current_actor(), auth.firm()
    found = read_task(task_id, actor)
    schema = found["schema"] or {}
    values = parse_posted(schema, request.form)
    errors = take_files(schema, values, request.files, found["desk"]) if found["task"].state == "open" else {}
    if errors or wants_redraw(request.form):
        return show(task_id, values, 422 if errors else 200, errors=errors)
    try:
        if "_draft" in request.form:
            firm.run(SaveDraft(task_id, values), actor)
            return kept(task_id)
        check_choices(found["schema"], values)
        done = firm.run(CompleteTask(task_id, values), actor)
    except FormInvalid as invalid:
        return show(task_id, values, 422, errors=word_errors(invalid.errors))
    except HandlerFailed:
        raise  # the step behind the form broke: that page has a reference number, the entries are kept as the draft
    except JuanzongError as refused:
        return show(task_id, values, status_of(refused), notice=say(refused))
    return go_on(done.next_task_ids, found["task"])


def check_choices(schema: dict[str, Any] | None, values: dict[str, Any]) -> None:
    """Judge the entries with the people that the form's selects offered, whom the engine does not know.

    Raises ``FormInvalid``.
    """
    firm = auth.firm()
    if schema is not None:
        validate(schema, values, checks=firm.checks, today=firm.clock.now().astimezone(FIRM_ZONE).date())


def kept(task_id: str) -> AnyResponse:
    """The page after a draft was saved."""
    if "HX-Request" in request.headers:
        page = show(task_id)
        page.headers["HX-Trigger"] = tell(toast={"text": _("The draft is saved.")}, tasks={})
        return page
    flash(_("The draft is saved."))
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


def go_on(next_ids: tuple[str, ...], done: queries.TaskView) -> AnyResponse:
    """What follows a completion: the next step of the same case, else the person's next task, else the empty list."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        waiting = [row.id for row in queries.inbox(read, actor, now=auth.firm().clock.now(), limit=1)]
    if done.row.id not in next_ids and next_ids:
        said, task_id = _("Done. This is the next step."), next_ids[0]
    else:
        said, task_id = _("Done. What follows is in the next person's inbox."), "".join(waiting)
    address = url_for("inbox.open_task", task_id=task_id) if task_id else url_for("inbox.index")
    if "HX-Request" not in request.headers:
        flash(said)
        return redirect(address, 303)
    page = show(task_id) if task_id else make_response(render_template("inbox/nothing.html"))
    told = tell(toast={"text": said}, opened={"id": task_id}, tasks={})
    page.headers.update({
        "HX-Retarget": "#detail", "HX-Reswap": "innerHTML", "HX-Push-Url": address, "HX-Trigger": told,
    })  # fmt: skip
    return page


@blueprint.post("/inbox/<task_id>/draft")
@auth.logged_in
def autosave(task_id: str) -> AnyResponse:
    """Keep what was typed, from the page's script; the answer is the moment, or why not."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        schema = queries.get_task(read, task_id, actor).schema or {}
    try:
        auth.firm().run(SaveDraft(task_id, parse_posted(schema, request.form)), actor)
    except JuanzongError as refused:
        return Response(say(refused), status_of(refused), mimetype="text/plain")
    moment = shell.local_time(auth.firm().clock.now())
    return Response(_("Draft saved at {time}", time=moment[-5:]), mimetype="text/plain")


@blueprint.post("/inbox/<task_id>/claim")
@auth.logged_in
def claim(task_id: str) -> AnyResponse:
    """Take a task from the group."""
    auth.firm().run(ClaimTask(task_id), auth.current_actor())
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


@blueprint.post("/inbox/<task_id>/release")
@auth.logged_in
def release(task_id: str) -> AnyResponse:
    """Give a task back to the group."""
    auth.firm().run(ReleaseTask(task_id), auth.current_actor())
    return redirect(url_for("inbox.open_task", task_id=task_id), 303)


@blueprint.post("/inbox/<task_id>/assign")
@auth.logged_in
def assign(task_id: str) -> AnyResponse:
    """Hand a task to a colleague who may do it."""
    actor = auth.current_actor()
    chosen = next((each for each in read_task(task_id, actor)["colleagues"] if each.id == request.form.get("person")), None)
    if chosen is None:
        return show(task_id, None, 422, notice=_("Please choose to whom the task goes."))
    try:
        auth.firm().run(AssignTask(task_id, chosen.id, chosen.name), actor)
    except JuanzongError as refused:
        return show(task_id, None, status_of(refused), notice=say(refused))
    flash(_("The task is now with {name}.", name=chosen.name))
    return redirect(url_for("inbox.index"), 303)


@blueprint.post("/inbox/start")
@auth.with_role("desk")
def start() -> AnyResponse:
    """Register somebody who arrives: start the way of a case and open its first form."""
    actor, firm = auth.current_actor(), auth.firm()
    with firm.reading() as read:
        known = {row.process_key for row, running in queries.list_definitions(read)}
    instance_id = firm.run(StartInstance("lifecycle" if "lifecycle" in known else "intake"), actor)
    with firm.reading() as read:
        tasks = queries.list_open_tasks(read, instance_id)
    if not tasks:
        abort(500)
    return redirect(url_for("inbox.open_task", task_id=tasks[0].id), 303)


@blueprint.get("/palette")
@auth.logged_in
def palette() -> str:
    """Tasks and commands that match what is typed into the palette."""
    search, actor, now = request.args.get("q", "").strip()[:100], auth.current_actor(), auth.firm().clock.now()
    with auth.firm().reading() as read:
        tasks = queries.inbox(read, actor, now=now, search=search, limit=FOUND_TASKS)
    places = [
        each for section in navigation.sections(actor) for each in section.entries if search.lower() in each.label.lower()
    ]
    commands = [each for each in navigation.commands(actor) if search.lower() in each.label.lower()]
    found = {"tasks": tasks, "places": places, "commands": commands, "q": search, "now": now, "due_label": due_label}
    return render_template("inbox/palette.html", **found)


@blueprint.get("/diagrams/<definition_id>")
@auth.logged_in
def diagram(definition_id: str) -> Response:
    """The BPMN of one version, for the viewer."""
    with auth.firm().reading() as read:
        source = queries.get_definition(read, definition_id).source
    answer = Response(in_english(source) if request.args.get("in") == "en" else source, mimetype="application/xml")
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"  # a version never changes
    return answer
