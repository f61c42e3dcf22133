"""Conflict checks for those who judge and decide: the list, one check with its hits, later comparisons, and walls."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engine import CompleteTask, RunOperation, SaveDraft
from engine.errors import FormInvalid, HandlerFailed, JuanzongError
from web import auth
from web.conflicts import judging, reading
from web.errors import say, status_of
from web.forms import word_errors
from web.i18n import translate as _
from workflows.records import conflict_rechecks, waiver_consents, walls
from workflows.records.leads import Lead

blueprint = Blueprint("conflicts", __name__, template_folder="templates")
READERS = ("compliance", "director", "partner")
LONGEST = 1000
CAUSES = ("instance", "renewal", "reopened", "asked")


@blueprint.get("/conflicts")
@auth.with_role(*READERS)
def index() -> str:
    """The checks, those that are being judged first of all."""
    view = request.args.get("view", "judging")
    view = view if view in reading.VIEWS else "judging"
    search, after = request.args.get("q", "").strip()[:100], request.args.get("after", "")[:32]
    with auth.firm().reading() as read:
        found = reading.list_checks(read, auth.current_actor(), view, search, after)
    return render_template(
        "conflicts/index.html", **found, view=view, q=search, views=tuple(reading.VIEWS), is_later_page=bool(after)
    )


@blueprint.get("/conflicts/<check_id>")
@auth.with_role(*READERS)
def show(check_id: str) -> str:
    """One check: its hits side by side, the relations as a picture, what came later."""
    return page(check_id)


def page(check_id: str, **more: Any) -> str:
    """One check's page, with what was typed when something was refused."""
    number = request.values.get("page", "1")
    with auth.firm().reading() as read:
        wanted = int(number) if number.isascii() and number.isdigit() else 1
        found = reading.read_check(read, check_id, auth.current_actor(), wanted, auth.firm().clock.now())
    blank: dict[str, Any] = {"errors": {}, "notice": "", "causes": CAUSES}
    return render_template("conflicts/check.html", **{**found, **blank, **more})


@blueprint.post("/conflicts/<check_id>")
@auth.with_role(*READERS)
def judge(check_id: str) -> AnyResponse | tuple[str, int]:
    """Save what was said, dismiss one name's repeats, or hand in what is judged: always as the task's own form."""
    actor, firm = auth.current_actor(), auth.firm()
    with firm.reading() as read:
        check, _lead = reading.open_check(read, check_id, actor)
        task = judging.find_task(read, check, actor)
        rows = judging.read_rows(read, check, task.draft if task else None)
    if task is None or not task.may_act:
        return page(check_id, notice=_("These hits are not for you to judge, or they are judged already.")), 409
    judging.merge(rows, request.form)
    question = request.form.get("question", "").strip()[:LONGEST]
    if "dismiss" in request.form:
        number = request.form["dismiss"]
        reason = request.form.get(f"dismiss_reason:{number}", "").strip()[:LONGEST]
        if not reason:
            return page(check_id, rows=rows, question=question, errors={f"dismiss:{number}": _("Please give a reason.")}), 422
        judging.dismiss(rows, request.form.getlist(f"dismiss_hit:{number}"), reason)
    whole = "complete" in request.form
    values = judging.to_values(rows, question, whole=whole)
    try:
        firm.run(CompleteTask(task.row.id, values) if whole else SaveDraft(task.row.id, values), actor)
    except FormInvalid as invalid:
        return page(check_id, rows=rows, question=question, errors=place_errors(invalid, values)), 422
    except HandlerFailed:
        raise
    except JuanzongError as refused:
        return page(check_id, rows=rows, question=question, notice=say(refused)), status_of(refused)
    flash(_("The judgements are handed in.") if whole else _("Saved. Nothing is handed in yet."))
    return redirect(url_for("conflicts.show", check_id=check_id, page=request.form.get("page", "1"), _anchor="hits"), 303)


def place_errors(invalid: FormInvalid, values: dict[str, Any]) -> dict[str, str]:
    """The sentences of a refused form at the hits that they are about."""
    found: dict[str, str] = {}
    for path, sentences in word_errors(invalid.errors).items():
        parts = path.split(".")
        at = path
        if len(parts) > 1 and parts[0] == "hits" and parts[1].isdigit():
            at = values["hits"][int(parts[1])]["hit_id"]
        found[at] = " ".join([*([found[at]] if at in found else []), *sentences])
    return found


@blueprint.post("/conflicts/<check_id>/compare")
@auth.with_role(*READERS)
def compare(check_id: str) -> AnyResponse | tuple[str, int]:
    """Have a cleared case compared again now."""
    actor = auth.current_actor()
    cause = request.form.get("cause", "asked")
    with auth.firm().reading() as read:
        check, _lead = reading.open_check(read, check_id, actor)
        watched = conflict_rechecks.find_watched_check(read, check.lead_id)
    if watched is None:
        return page(check_id, notice=_("This case is not cleared, or it is over: there is nothing to compare.")), 409
    given = {"lead_id": check.lead_id, "trigger": cause if cause in CAUSES else "asked"}
    auth.firm().run(RunOperation("conflicts.request_recheck", given), actor)
    flash(_("Compared again. What is new stands below; serious hits are in the inbox of compliance."))
    return redirect(url_for("conflicts.show", check_id=check_id, _anchor="later"), 303)


@blueprint.post("/conflicts/<check_id>/withdraw")
@auth.with_role(*READERS)
def withdraw_consent(check_id: str) -> AnyResponse | tuple[str, int]:
    """Enter that a client took the consent to a waiver back."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        check, _lead = reading.open_check(read, check_id, actor)
        known = {each.id for each in waiver_consents.list_consents(read, check_id=check.id)}
    if request.form.get("consent_id") not in known:
        return page(check_id, notice=_("This consent does not belong to the check.")), 422
    given = {"consent_id": request.form["consent_id"], "reason": request.form.get("reason", "")[:LONGEST]}
    try:
        auth.firm().run(RunOperation("consents.withdraw", given), actor)
    except JuanzongError as refused:
        return page(check_id, notice=say(refused)), status_of(refused)
    flash(_("The withdrawal is entered. A partner decides what is done."))
    return redirect(url_for("conflicts.show", check_id=check_id, _anchor="consents"), 303)


@blueprint.get("/conflicts/walls")
@auth.with_role(*READERS)
def walls_page() -> str:
    """The walls around cases."""
    return wall_page()


def wall_page(**more: Any) -> str:
    """The page of walls, with what was typed when something was refused."""
    with auth.firm().reading() as read:
        found = reading.read_walls(read, auth.current_actor())
    blank: dict[str, Any] = {"notice": "", "typed": {}, "chosen": []}
    return render_template("conflicts/walls.html", **{**found, **blank, **more})


@blueprint.post("/conflicts/walls")
@auth.with_role(*READERS)
def propose_wall() -> AnyResponse | tuple[str, int]:
    """Propose a wall around the case with a number."""
    typed, chosen = request.form.to_dict(), request.form.getlist("people")
    with auth.firm().reading() as read:
        lead = read.scalar(select(Lead).where(Lead.lead_no == typed.get("lead_no", "").strip()))
        closed = lead is not None and walls.keeps_out(read, lead.id, auth.current_actor())
    if lead is None or closed:
        return wall_page(notice=_("There is no lead with this number."), typed=typed, chosen=chosen), 422
    given = {"lead_id": lead.id, "people": chosen, "reason": typed.get("reason", "")[:LONGEST]}
    return _build("walls.propose", given, typed=typed, chosen=chosen)


@blueprint.post("/conflicts/walls/<wall_id>/activate")
@auth.with_role("compliance", "director")
def activate_wall(wall_id: str) -> AnyResponse | tuple[str, int]:
    """Put a wall up."""
    return _build("walls.activate", {"wall_id": wall_id})


@blueprint.post("/conflicts/walls/<wall_id>/take-back")
@auth.with_role(*READERS)
def take_back_wall(wall_id: str) -> AnyResponse | tuple[str, int]:
    """Take a proposal back."""
    return _build("walls.take_back", {"wall_id": wall_id, "reason": request.form.get("reason", "")[:LONGEST]})


@blueprint.post("/conflicts/walls/<wall_id>/ask-lift")
@auth.with_role("compliance", "director")
def ask_lift_wall(wall_id: str) -> AnyResponse | tuple[str, int]:
    """Ask that a wall be taken down."""
    return _build("walls.ask_lift", {"wall_id": wall_id, "reason": request.form.get("reason", "")[:LONGEST]})


@blueprint.post("/conflicts/walls/<wall_id>/keep")
@auth.with_role("compliance", "director")
def keep_wall(wall_id: str) -> AnyResponse | tuple[str, int]:
    """Keep a wall up that somebody asked to take down."""
    return _build("walls.refuse_lift", {"wall_id": wall_id})


@blueprint.post("/conflicts/walls/<wall_id>/lift")
@auth.with_role("compliance", "director")
def lift_wall(wall_id: str) -> AnyResponse | tuple[str, int]:
    """Take down a wall of which somebody else asked it."""
    return _build("walls.lift", {"wall_id": wall_id})


def _build(operation: str, given: dict[str, Any], **typed: Any) -> AnyResponse | tuple[str, int]:
    try:
        auth.firm().run(RunOperation(operation, given), auth.current_actor())
    except JuanzongError as refused:
        return wall_page(notice=say(refused), **typed), status_of(refused)
    return redirect(url_for("conflicts.walls_page"), 303)
