"""What a client sees from a link: what is asked, the documents to read, the form, and thanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import Actor, CompleteTask, Context, queries
from engine.errors import FormInvalid, HandlerFailed, JuanzongError, TaskAlreadyDone, TaskClaimed, TaskGone
from engine.forms import fill_defaults
from web import auth
from web.client.desk import LinkDesk, list_shown
from web.errors import say, status_of
from web.forms import parse_posted, take_files, wants_redraw, word_errors
from web.i18n import language, translate
from workflows.records import documents, firm, link_mails, links

blueprint = Blueprint("client", __name__, template_folder="templates", url_prefix="/c")
AGENT_LENGTH = 400
NO_TASK = "gone"
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True)
class Visit:
    """One look at an open link: the task behind it and what lies beside the form."""

    token: str
    link: links.Link
    actor: Actor
    task: queries.TaskView
    shown: list[documents.Document]

    @property
    def schema(self) -> dict[str, Any]:
        return self.task.schema or {}

    @property
    def heading(self) -> str:
        """What is asked, as the mail asked it; else the task's name."""
        subject = link_mails.read_link_mail(self.link.purpose).subject
        if language() == "en":
            return self.task.row.name_en or self.task.row.name
        return self.task.row.name if "{" in subject else subject

    @property
    def desk(self) -> LinkDesk:
        return LinkDesk(self.link, self.actor)


@dataclass(frozen=True)
class OpenLink:
    """Keep when a link was first opened."""

    link_id: str

    def execute(self, context: Context) -> None:
        links.note_opened(context, self.link_id)


@dataclass(frozen=True)
class UseLink:
    """Mark a link as used, when the completion of its task has not done so."""

    link_id: str

    def execute(self, context: Context) -> None:
        links.use_link(context, self.link_id)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """A page with a client's affairs is not kept and not found."""
    response.headers.update(PRIVATE)
    return response


def closed(state: str, link: links.Link | None) -> tuple[str, int]:
    """The polite page of a link that opens nothing."""
    status = 404 if link is None else 410
    return render_template("client/closed.html", state=state, link=link, firm=firm.read_firm()), status


def open_link(token: str) -> Visit | tuple[str, int]:
    """The task behind a link, or the page that says why there is none."""
    with auth.firm().reading() as read:
        link = links.find_link(read, token)
        if link is None:
            return closed("unknown", None)
        state = link.state(auth.firm().clock.now())
        task_id = queries.find_open_task(read, link.instance_id, link.element_id) if state == links.OPEN else None
        if task_id is None:
            return closed(NO_TASK if state == links.OPEN else state, link)
        actor = links.link_actor(link)
        return Visit(token, link, actor, queries.get_task(read, task_id, actor), list_shown(read, link))


def show(visit: Visit, values: dict[str, Any], status: int = 200, **more: Any) -> tuple[str, int]:
    """The page of an open link."""
    page = render_template("client/task.html", visit=visit, values=values, firm=firm.read_firm(), **{"errors": {}, **more})
    return page, status


@blueprint.get("/<token>")
def open_page(token: str) -> tuple[str, int]:
    """What is asked, the documents, the form."""
    visit = open_link(token)
    if not isinstance(visit, Visit):
        return visit
    if visit.link.opened_at is None:
        auth.firm().run(OpenLink(visit.link.id), visit.actor)
    first = auth.firm().prefill(visit.task.row.id, visit.actor)
    return show(visit, fill_defaults(visit.schema, first))


@blueprint.post("/<token>")
def answer(token: str) -> AnyResponse | tuple[str, int]:
    """Complete the task; whatever goes wrong, what was typed stays on the page."""
    visit = open_link(token)
    if not isinstance(visit, Visit):
        return visit
    values = parse_posted(visit.schema, request.form)
    errors = take_files(visit.schema, values, request.files, visit.desk)
    if errors or wants_redraw(request.form):
        return show(visit, values, 422 if errors else 200, errors=errors)
    refused = complete(visit, values)
    if refused is not None:
        return refused
    if not link_mails.read_link_mail(visit.link.purpose).standing:
        close_link(visit)
    goal = url_for("client.thanks", token=token)
    if "HX-Request" in request.headers:  # the script would put the next page's form in place of this one: there is none
        return Response(status=204, headers={"HX-Redirect": goal})
    return redirect(goal, 303)


def complete(visit: Visit, values: dict[str, Any]) -> tuple[str, int] | None:
    """Complete the task; the page with everything that was typed when that is refused."""
    try:
        auth.firm().run(CompleteTask(visit.task.row.id, {**values, "_proof": proof(visit)}), visit.actor)
    except FormInvalid as invalid:
        return show(visit, values, 422, errors=word_errors(invalid.errors))
    except (TaskAlreadyDone, TaskGone, TaskClaimed):
        return show(visit, values, 409, notice=translate("This has meanwhile been settled. What you typed is still here."))
    except HandlerFailed:
        raise  # the step behind the answer broke: that page has a reference number
    except JuanzongError as refused:
        return show(visit, values, status_of(refused), notice=say(refused))
    return None


def proof(visit: Visit) -> dict[str, Any]:
    """What the server knows of this answer: when, from where, with what, under which documents."""
    read = [{"id": each.id, "kind": each.kind, "sha256": each.sha256} for each in visit.shown]
    return {
        "at": auth.firm().clock.now().isoformat(),
        "address": request.remote_addr or "",
        "agent": request.user_agent.string[:AGENT_LENGTH],
        "document_sha256": visit.shown[0].sha256 if visit.shown else "",
        "documents": read,
    }


def close_link(visit: Visit) -> None:
    """Mark the link as used if the completion left that to the page."""
    with auth.firm().reading() as read:
        is_open = links.get_link(read, visit.link.id).used_at is None
    if is_open:
        auth.firm().run(UseLink(visit.link.id), visit.actor)


@blueprint.get("/<token>/thanks")
def thanks(token: str) -> tuple[str, int] | AnyResponse:
    """Thanks for an answer, with the documents to keep."""
    with auth.firm().reading() as read:
        link = links.find_link(read, token)
        if link is None:
            return closed("unknown", None)
        standing = link_mails.read_link_mail(link.purpose).standing and link.state(auth.firm().clock.now()) == links.OPEN
        if link.used_at is None and not standing:
            return redirect(url_for("client.open_page", token=token))
        shown = list_shown(read, link)
    kept = {"link": link, "shown": shown, "token": token, "standing": standing}
    return render_template("client/thanks.html", firm=firm.read_firm(), **kept), 200


@blueprint.get("/<token>/documents/<document_id>")
def read_document(token: str, document_id: str) -> Response | tuple[str, int]:
    """One of the documents that the link names, while it is open or after it was used."""
    with auth.firm().reading() as read:
        link = links.find_link(read, token)
        if link is None:
            return closed("unknown", None)
        state = link.state(auth.firm().clock.now())
        if state not in (links.OPEN, links.USED):
            return closed(state, link)
        document = next((each for each in list_shown(read, link) if each.id == document_id), None)
        if document is None:
            abort(404)
        content = documents.read_content(read, document_id)
    where = "inline" if document.media_type in (documents.PDF, documents.PNG, documents.JPEG) else "attachment"
    headers = {"Content-Disposition": f"{where}; filename*=UTF-8''{quote(document.file_name)}"}
    return Response(content, mimetype=document.media_type, headers=headers)
