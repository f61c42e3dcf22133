"""Case files: the list, one case whole, what a lawyer asks of it, and the client's file over all matters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, Actor, RunOperation, StartInstance, queries
from engine.errors import NotAllowed, StateRefused
from web import auth
from web.i18n import translate as _
from web.matters import beginnings, case_file, case_sections, client_file
from web.matters.names import LEAD_STATES, MATTER_STATES, NAMES
from workflows.records import case_access, case_list, communications, contacts, fees, leads, links, matters, money, people

blueprint = Blueprint("matters", __name__, template_folder="templates")
PAGE = 50
LONGEST = 4000


@blueprint.app_template_filter("yuan")
def yuan(amount: Any) -> str:
    """Money as figures; what a form kept as text too."""
    return money.in_figures(money.to_decimal(amount))


@blueprint.get("/matters")
@auth.logged_in
def index() -> str:
    """The case files that somebody may see."""
    actor, args = auth.current_actor(), request.args
    kind = args.get("kind", case_list.MATTERS)
    state = args.get("state", "")
    wanted = case_list.CaseFilter(
        kind=kind if kind in case_list.KINDS else case_list.MATTERS,
        mine="mine" in args,
        state=state if state in MATTER_STATES + LEAD_STATES else "",
        lawyer_id=args.get("lawyer", "")[:32],
        search=args.get("q", "").strip()[:100],
    )
    with auth.firm().reading() as read:
        rows = case_list.list_cases(read, actor, wanted, before=args.get("before"), limit=PAGE + 1)
        now = auth.firm().clock.now()
        quiet = contacts.days_since_contact(read, [row.lead_id for row in rows if row.matter_id], now)
        long_quiet = {lead_id for lead_id, days in quiet.items() if contacts.is_quiet(days, now)}
        lawyers = people.list_people(read, "lawyer")
        names = {person.id: person.name for person in people.list_people(read)}
    more = rows[PAGE - 1].lead_id if len(rows) > PAGE else None
    states = LEAD_STATES[:6] if wanted.kind == case_list.LEADS else MATTER_STATES
    shown = {"rows": rows[:PAGE], "wanted": wanted, "lawyers": lawyers, "people": names, "more": more, "states": states}
    shown |= {"quiet": quiet, "long_quiet": long_quiet}
    sees_all = bool(actor.roles & (case_access.SEE_FULL | case_access.SEE_BASIC))
    return render_template("matters/index.html", **shown, kinds=case_list.KINDS, sees_all=sees_all, **NAMES)


def open_case(session: Session, lead_id: str, actor: Actor) -> tuple[leads.Lead, str]:
    """A case file and how much of it somebody sees; 404 when there is none, 403 when it is closed to them."""
    lead = session.get(leads.Lead, lead_id) if len(lead_id) == 32 else None
    if lead is None:
        abort(404)
    level = case_access.find_level(session, lead, actor)
    if level is None:
        abort(403)
    return lead, level


@blueprint.get("/cases/<lead_id>")
@auth.logged_in
def show(lead_id: str) -> str:
    """One case file, from the first call to the archive."""
    return page(lead_id)


def page(lead_id: str, **more: Any) -> str:
    """One case's page, with what was typed when an entry was refused."""
    actor, now = auth.current_actor(), auth.firm().clock.now()
    with auth.firm().reading() as read:
        lead, level = open_case(read, lead_id, actor)
        found = case_file.read(read, lead, level, actor, now)
        waits = {each.name for instance in found["instances"] for each in instance.subscriptions}
        names = {person.id: person.name for person in people.list_people(read)}
        full = level == case_access.FULL
        sections = case_sections.draw_sections(read, lead, found["matter"], actor, now, people=names) if full else []
        offered = beginnings.list_beginnings(read, lead, found["matter"], actor)
        quiet = contacts.days_since_contact(read, [lead_id], now).get(lead_id)
    writing = next((task for task in found["tasks"] if task.element_id == "Task_WriteUpdate"), None)
    found |= {
        "may_close": found["works_on"] and "matter.close_requested" in waits,
        "may_withdraw": found["works_on"] and "matter.closing_withdrawn" in waits,
        "may_update": found["works_on"] and "case.event" in waits,
        "writing": writing if writing and may_open(writing, actor) else None,
        "may_call": found["works_on"] or "finance" in actor.roles,
        "my_tasks": {task.id for task in found["tasks"] if may_open(task, actor)},
        "people": names,
        "sections": sections,
        "offered": offered,
        "quiet_days": quiet,
        "long_quiet": contacts.is_quiet(quiet, now),
    }
    chosen = {
        "channels": communications.CHANNELS,
        "directions": communications.DIRECTIONS,
        "flags": communications.FLAGS,
        "moods": communications.MOODS,
    }
    typed = {"at": now.astimezone(FIRM_ZONE).strftime("%Y-%m-%dT%H:%M")}
    blank: dict[str, Any] = {"errors": {}, "handed": None, "typed": typed, "notice": ""}
    return render_template("matters/case.html", **found, **chosen, **NAMES, **(blank | more))


def may_open(task: queries.InboxRow, actor: Actor) -> bool:
    """Whether a task stands in somebody's inbox."""
    return task.assignee == actor.id or (task.assignee is None and task.role in actor.roles)


def ask(lead_id: str, operation: str, **parameters: str) -> str:
    """Run an operation on the matter of a case; returns why it was refused, or nothing."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        open_case(read, lead_id, actor)
        matter = matters.find_matter_by_lead(read, lead_id)
    if matter is None:
        abort(404)
    try:
        auth.firm().run(RunOperation(operation, {"matter_id": matter.id, **parameters}), actor)
    except StateRefused:
        return _("The matter is not at that point.")
    return ""


@blueprint.post("/cases/<lead_id>/close")
@auth.logged_in
def request_closing(lead_id: str) -> AnyResponse | tuple[str, int]:
    """Begin the closing of a matter."""
    return after(lead_id, ask(lead_id, "matters.request_closing"), "closing")


@blueprint.post("/cases/<lead_id>/withdraw-closing")
@auth.logged_in
def withdraw_closing(lead_id: str) -> AnyResponse | tuple[str, int]:
    """Take the closing of a matter back: it goes on."""
    reason = request.form.get("reason", "").strip()[:500]
    refused = ask(lead_id, "matters.withdraw_closing", reason=reason) if reason else _("Say why closing is taken back.")
    return after(lead_id, refused, "withdrawn")


@blueprint.post("/cases/<lead_id>/update")
@auth.logged_in
def request_update(lead_id: str) -> AnyResponse | tuple[str, int]:
    """Begin an update out of turn."""
    event = request.form.get("event", "").strip()[:500]
    urgent = "urgent" if "urgent" in request.form else ""
    return after(lead_id, ask(lead_id, "updates.request", event=event, urgent=urgent), "periodic_update")


@blueprint.post("/cases/<lead_id>/fees/<fee_item_id>")
@auth.logged_in
def call_payment(lead_id: str, fee_item_id: str) -> AnyResponse | tuple[str, int]:
    """Say that a later payment is due now."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        open_case(read, lead_id, actor)
        item = fees.get_fee_item(read, fee_item_id[:32])
    if item.lead_id != lead_id:
        abort(404)
    try:
        auth.firm().run(RunOperation("fees.call", {"fee_item_id": item.id}), actor)
    except StateRefused:
        return page(lead_id, notice=_("This payment is being collected.")), 422
    return redirect(url_for("matters.show", lead_id=lead_id, asked="fees", _anchor="fees"))


def after(lead_id: str, refused: str, process_key: str) -> AnyResponse | tuple[str, int]:
    """On to the task that was asked for when it is the reader's, else back to the case."""
    if refused:
        return page(lead_id, notice=refused), 422
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        lead, _level = open_case(read, lead_id, actor)
        instances = case_file.list_instances(read, lead, matters.find_matter_by_lead(read, lead_id))
    for instance in reversed(instances):
        for task in instance.tasks:
            if task.process_key == process_key and may_open(task, actor):
                return redirect(url_for("inbox.open_task", task_id=task.id))
    return redirect(url_for("matters.show", lead_id=lead_id, asked=process_key))


@blueprint.post("/cases/<lead_id>/begin/<process_key>")
@auth.logged_in
def begin(lead_id: str, process_key: str) -> AnyResponse | tuple[str, int]:
    """Begin a process that the case offers, and go on to its first task when that is the reader's."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        lead, _level = open_case(read, lead_id, actor)
        matter = matters.find_matter_by_lead(read, lead_id)
        try:
            beginnings.check_beginning(read, process_key, lead, matter, actor)
        except NotAllowed:
            abort(403)
        except StateRefused:
            return page(lead_id, notice=_("The matter is not at that point.")), 422
        data = beginnings.data_of(lead, matter, actor)
    auth.firm().run(StartInstance(process_key, data, title=data["title"] or "", business_key=lead_id), actor)
    return after(lead_id, "", process_key)


@blueprint.post("/cases/<lead_id>/links/<link_id>")
@auth.logged_in
def hand_over(lead_id: str, link_id: str) -> AnyResponse:
    """Make the address of a client's link for whoever hands it over now; it is shown this once."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        open_case(read, lead_id, actor)
        if links.get_link(read, link_id[:32]).lead_id != lead_id:
            abort(404)
    try:
        handed = auth.firm().run(RunOperation("links.hand_over", {"link_id": link_id}), actor)
    except StateRefused:
        return make_response(page(lead_id, notice=_("This link is not open any more.")), 422)
    handed["until"] = datetime.fromisoformat(handed["until"])
    answer = make_response(page(lead_id, handed=handed))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/cases/<lead_id>/links/<link_id>/revoke")
@auth.logged_in
def revoke_link(lead_id: str, link_id: str) -> AnyResponse | tuple[str, int]:
    """Take a client's link back, with the reason."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        open_case(read, lead_id, actor)
        if links.get_link(read, link_id[:32]).lead_id != lead_id:
            abort(404)
    reason = request.form.get("reason", "").strip()
    if not reason:
        return page(lead_id, notice=_("Please say why the link is taken back.")), 422
    try:
        auth.firm().run(RunOperation("links.take_back", {"link_id": link_id, "reason": reason}), actor)
    except StateRefused:
        return page(lead_id, notice=_("This link is not open any more.")), 422
    return redirect(url_for("matters.show", lead_id=lead_id, _anchor="links"))


@blueprint.post("/cases/<lead_id>/communications")
@auth.logged_in
def log_communication(lead_id: str) -> AnyResponse | tuple[str, int]:
    """Enter a conversation; a wrong entry comes back with everything that was typed."""
    actor, typed = auth.current_actor(), request.form.to_dict()
    with auth.firm().reading() as read:
        open_case(read, lead_id, actor)
    values, errors = read_entry(typed, auth.firm().clock.now())
    if errors:
        return page(lead_id, errors=errors, typed=typed), 422
    auth.firm().run(RunOperation("communications.log", {"lead_id": lead_id, **values}), actor)
    return redirect(url_for("matters.show", lead_id=lead_id, asked="logged", _anchor="log"))


def read_entry(typed: dict[str, str], now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a log entry, and a sentence at each that is wrong."""
    text = {key: value.strip() for key, value in typed.items()}
    errors: dict[str, str] = {}
    for key, known in (("channel", communications.CHANNELS), ("direction", communications.DIRECTIONS)):
        if text.get(key) not in known:
            errors[key] = _("Please choose.")
    for key in ("persons", "summary"):
        if not text.get(key):
            errors[key] = _("Please fill this in.")
    for key in ("persons", "summary", "follow_up"):
        if len(text.get(key, "")) > LONGEST:
            errors[key] = _("At most {most} characters.", most=LONGEST)
    at = _read_moment(text.get("at", ""))
    if at is None:
        errors["at"] = _("This is not a date.")
    elif at > now:
        errors["at"] = _("This moment has not come yet.")
    follow_up_on = _read_day(text.get("follow_up_on", ""))
    if text.get("follow_up_on") and follow_up_on is None:
        errors["follow_up_on"] = _("This is not a date.")
    persons = [name for name in text.get("persons", "").replace("，", "、").replace(",", "、").split("、") if name.strip()]
    values = {"channel": text.get("channel"), "direction": text.get("direction"), "summary": text.get("summary"), "at": at}
    follow = {"follow_up": text.get("follow_up", ""), "follow_up_on": follow_up_on}
    told = {
        "flags": [flag for flag in communications.FLAGS if text.get(f"flag_{flag}")],
        "mood": text["mood"] if text.get("mood") in communications.MOODS else "",
        "billable": bool(text.get("billable")),
        "reached": not text.get("unreached"),
    }
    return {**values, **follow, **told, "persons": [name.strip() for name in persons]}, errors


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=FIRM_ZONE)
    except ValueError:
        return None


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@blueprint.get("/matters/clients")
@auth.with_role(*sorted(case_access.SEE_FULL | case_access.SEE_BASIC | {"lawyer"}))
def clients() -> str:
    """The clients that somebody may see, by number."""
    search = request.args.get("q", "").strip()[:100]
    with auth.firm().reading() as read:
        rows = client_file.list_clients(read, auth.current_actor(), search, auth.firm().clock.now())
    return render_template("matters/clients.html", rows=rows, q=search, **NAMES)


@blueprint.get("/matters/clients/<client_id>")
@auth.with_role(*sorted(case_access.SEE_FULL | case_access.SEE_BASIC | {"lawyer"}))
def client(client_id: str) -> str:
    """One client's file: who they are, every matter, contract and receipt (R24, R25)."""
    with auth.firm().reading() as read:
        found = client_file.read(read, client_id, auth.current_actor(), auth.firm().clock.now())
    if found is None:
        abort(404)
    return render_template("matters/client.html", **found, **NAMES)
