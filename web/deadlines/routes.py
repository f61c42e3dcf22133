"""The deadlines' pages: all that somebody may see by their end, one with its steps, the calendar file, the holidays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, RunOperation, calendar
from engine.errors import JuanzongError
from web import auth, deadline_words
from web.deadlines.calendar_file import write_calendar
from web.errors import say
from web.i18n import translate as _
from web.shell import local_time
from workflows.records import (
    case_access,
    deadline_lists,
    deadline_watch,
    deadlines,
    documents,
    holidays,
    leads,
    limitation,
    people,
)
from workflows.records.matters import find_matter_by_lead

blueprint = Blueprint("deadlines", __name__, template_folder="templates")
VIEWS = ("mine", "all", "over")
SOON = 7  # days
HOLIDAY_READERS = ("admin", "director", "partner")
MOST_BYTES = 200_000


def read_view() -> tuple[str, str]:
    """The view asked for, and whose deadlines it lists."""
    chosen = request.args.get("view", "mine")
    view = chosen if chosen in VIEWS else "mine"
    return view, deadline_lists.MINE if view == "mine" else deadline_lists.ALL


@blueprint.get("/deadlines")
@auth.logged_in
def index() -> str:
    """The deadlines by their end, with the next warning."""
    view, scope = read_view()
    now = auth.firm().clock.now()
    today = now.astimezone(FIRM_ZONE).date()
    with auth.firm().reading() as read:
        listed = deadline_lists.list_visible(read, auth.current_actor(), scope=scope, over=view == "over")
        holders = {person.id: person.name for person in people.list_people(read)}
    return render_template(
        "deadlines/index.html",
        listed=listed,
        view=view,
        views=VIEWS,
        today=today,
        soon=today + timedelta(days=SOON),
        holders=holders,
        next_warning_on=deadline_watch.next_warning_on,
        missing=[] if view == "over" else calendar.missing_years(today, today + timedelta(days=60)),
        may_see_holidays=bool(auth.current_actor().roles & set(HOLIDAY_READERS)),
        **deadline_words.names(),
    )


@blueprint.get("/deadlines.ics")
@auth.logged_in
def calendar_file() -> Response:
    """The open deadlines as a calendar file."""
    _view, scope = read_view()
    with auth.firm().reading() as read:
        listed = deadline_lists.list_visible(read, auth.current_actor(), scope=scope)
    text = write_calendar(listed, auth.firm().clock.now(), str(auth.firm().tools.get("public_url") or ""))
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = "attachment; filename=deadlines.ics"
    return response


@blueprint.get("/deadlines/<deadline_id>")
@auth.logged_in
def show(deadline_id: str) -> str:
    """One deadline with its computation, warnings and proof; for somebody to whom the case is closed it does not exist."""
    with auth.firm().reading() as read:
        if len(deadline_id) != 32:
            abort(404)
        deadline = deadlines.get_deadline(read, deadline_id)
        lead = leads.get_lead(read, deadline.lead_id)
        if case_access.find_level(read, lead, auth.current_actor()) != case_access.FULL:
            abort(404)
        found = {
            "deadline": deadline,
            "lead": lead,
            "matter": find_matter_by_lead(read, lead.id),
            "warnings": deadline_watch.list_warnings(read, deadline_id),
            "events": limitation.list_events(read, deadline_id),
            "papers": list_papers(read, deadline),
            "holders": {person.id: person.name for person in people.list_people(read)},
            "next_warning": deadline_watch.next_warning_on(deadline),
        }
    return render_template("deadlines/deadline.html", **found, **deadline_words.names())


def list_papers(session: Session, deadline: deadlines.Deadline) -> list[documents.Document]:
    """What the deadline rests on, what proves that it was done, and what was filed afterwards."""
    filed = (deadline.remedy.get("filed") or {}).get("documents") or []
    ids = [*(deadline.entry.get("documents") or []), *(deadline.proof.get("documents") or []), *filed]
    found = [documents.find_document(session, each) for each in dict.fromkeys(ids)]
    return [each for each in found if each is not None and each.lead_id == deadline.lead_id]


@blueprint.get("/deadlines/holidays")
@auth.with_role(*HOLIDAY_READERS)
def holidays_page() -> str:
    """The holiday tables that were proposed and approved, and what each moved."""
    return page()


def page(**more: Any) -> str:
    """The holidays' page, with what was wrong with an upload."""
    today = auth.firm().clock.now().astimezone(FIRM_ZONE).date()
    with auth.firm().reading() as read:
        tables = holidays.list_tables(read)
        names = {person.id: person.name for person in people.list_people(read)}
    years = [(year, calendar.is_known(year)) for year in (today.year, today.year + 1)]
    shown = {"tables": tables, "people": names, "years": years, "may_propose": "admin" in auth.current_actor().roles}
    blank: dict[str, Any] = {"error": "", "notice": "", "clock": read_clock}
    return render_template("deadlines/holidays.html", **{**blank, **shown, **more}, **deadline_words.names())


def read_clock(text: str) -> str:
    """A kept moment on the firm's clock."""
    return local_time(datetime.fromisoformat(text))


@blueprint.post("/deadlines/holidays")
@auth.with_role("admin")
def propose_holidays() -> AnyResponse | tuple[str, int]:
    """Take a table in as CSV; the director approves it."""
    notice = request.form.get("notice", "").strip()[:400]
    file = request.files.get("table")
    content = file.stream.read(MOST_BYTES + 1) if file else b""
    if not notice:
        return page(error=_("Say which notice of the State Council it rests on."), notice=notice), 422
    if not content or len(content) > MOST_BYTES:
        return page(error=_("Choose a CSV file."), notice=notice), 422
    try:
        auth.firm().run(RunOperation("holidays.propose", {"content": content, "notice": notice}), auth.current_actor())
    except JuanzongError as refused:
        return page(error=say(refused), notice=notice), 422
    return redirect(url_for("deadlines.holidays_page"))
