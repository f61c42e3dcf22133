"""Complaining and following a complaint by link, for people outside: no account, one purpose, an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import ReceiveMessage, RunOperation
from engine.errors import HandlerFailed, JuanzongError
from web import auth
from web.errors import say, status_of
from web.page_forms import FileOf, read_posted, read_schema
from workflows.records import complaint_facts, complaint_links, complaint_mails, complaints, documents, firm, leads
from workflows.records import complaint_terms as terms

blueprint = Blueprint("complain", __name__, template_folder="templates", url_prefix="/complain")
FORM = "complaint/public"
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
#: what a complainant may read of the complaint's file
SHOWN = frozenset({"complaint_receipt", "complaint_refusal", "complaint_reply", "complaint_review"})
LONGEST = 2000


@dataclass(frozen=True)
class Followed:
    """One complaint as its complainant sees it."""

    complaint: complaints.Complaint
    shown: dict[str, Any]
    papers: list[documents.Document]
    may_answer: bool


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """A page with somebody's affairs is not kept and not found."""
    response.headers.update(PRIVATE)
    return response


def open_link(token: str) -> complaint_links.ComplaintLink | tuple[str, int]:
    """The link of a token, or the page that says why it opens nothing."""
    with auth.firm().reading() as read:
        link = complaint_links.find_link(read, token)
    state = link.state(auth.firm().clock.now()) if link else "unknown"
    if link is None or state != complaint_links.OPEN:
        return render_template("complain/closed.html", state=state, firm=firm.read_firm()), 404 if link is None else 410
    return link


def page(token: str, link: complaint_links.ComplaintLink, status: int = 200, **more: Any) -> tuple[str, int]:
    """What a link shows: its complaints, and the form of a new one on a case's standing link."""
    with auth.firm().reading() as read:
        followed = [follow(read, each) for each in complaint_links.list_followed(read, link)]
        schema = read_schema(FORM, read) if not link.complaint_id else None
        values = {"email": complaint_mails.find_address(read, link.case_lead_id)} if schema else {}
    blank: dict[str, Any] = {"errors": {}, "notice": "", "file": complaints.reserve_id(), "sent": request.args.get("sent", "")}
    blank |= {"values": values, "followed": followed, "schema": schema, "link": link, "firm": firm.read_firm()}
    desk = FileOf(str(more.get("file") or blank["file"]), link.actor)
    return render_template("complain/page.html", link_token=token, desk=desk, **{**blank, **more}), status


def follow(session: Session, complaint: complaints.Complaint) -> Followed:
    """A complaint with the letters that went to its complainant."""
    papers = [each for each in documents.list_documents(session, complaint.id) if each.kind in SHOWN]
    shown = [each for each in papers if each.media_type == documents.PDF and not each.superseded_by]
    return Followed(complaint, complaint_facts.describe(session, complaint), shown, complaint.state == terms.PROPOSED)


@blueprint.get("/<token>")
def open_page(token: str) -> tuple[str, int]:
    """The complaints of a link, and the form of a new one."""
    link = open_link(token)
    return page(token, link) if isinstance(link, complaint_links.ComplaintLink) else link


@blueprint.post("/<token>")
def complain(token: str) -> AnyResponse | tuple[str, int]:
    """A new complaint by the standing link of a case."""
    link = open_link(token)
    if not isinstance(link, complaint_links.ComplaintLink):
        return link
    if link.complaint_id:
        abort(404)
    with auth.firm().reading() as read:
        schema = read_schema(FORM, read)
        file_id = request.args.get("file", "")
        usable = len(file_id) == 32 and file_id.isalnum() and complaints.find_complaint(read, file_id) is None
        name = leads.get_lead(read, link.case_lead_id).client_name
    file_id = file_id if usable else complaints.reserve_id()
    posted = read_posted(schema, FileOf(file_id, link.actor))
    if posted.clean is None:
        return page(token, link, 200 if posted.redraw else 422, values=posted.values, errors=posted.errors, file=file_id)
    values = posted.clean
    who = {key: values[key] for key in ("email", "phone", "anonymous") if values.get(key)}
    payload = {
        "source": "link",
        "facts": values["facts"],
        "claim": values.get("claim") or "",
        "kinds": values.get("kinds") or [],
        "lead_id": link.case_lead_id,
        "complaint_id": file_id,
        "complainant": {"name": name, "relation": "client", "by_channel": True, **who},
    }
    auth.firm().run(ReceiveMessage("complaint.received", link.case_lead_id, payload), link.actor)
    goal = url_for("complain.open_page", token=token, sent="yes")
    if "HX-Request" in request.headers:  # the script would put the next page's form in place of this one
        return Response(status=204, headers={"HX-Redirect": goal})
    return redirect(goal, 303)


@blueprint.post("/<token>/<complaint_id>/answer")
def answer(token: str, complaint_id: str) -> AnyResponse | tuple[str, int]:
    """Agree with the reply, or dispute it."""
    link = open_link(token)
    if not isinstance(link, complaint_links.ComplaintLink):
        return link
    given = {
        "link_token": token,
        "complaint_id": complaint_id,
        "decision": request.form.get("decision", ""),
        "note": request.form.get("note", "")[:LONGEST],
    }
    try:
        auth.firm().run(RunOperation("complaints.answer_by_link", given), link.actor)
    except HandlerFailed:
        raise
    except JuanzongError as refused:
        return page(token, link, status_of(refused), notice=say(refused))
    return redirect(url_for("complain.open_page", token=token), 303)


@blueprint.get("/<token>/documents/<document_id>")
def read_document(token: str, document_id: str) -> Response | tuple[str, int]:
    """One of the letters that went to the complainant."""
    link = open_link(token)
    if not isinstance(link, complaint_links.ComplaintLink):
        return link
    with auth.firm().reading() as read:
        papers = [paper for each in complaint_links.list_followed(read, link) for paper in follow(read, each).papers]
        found = next((paper for paper in papers if paper.id == document_id), None)
        if found is None:
            abort(404)
        content = documents.read_content(read, document_id)
    headers = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(found.file_name)}"}
    return Response(content, mimetype=found.media_type, headers=headers)
