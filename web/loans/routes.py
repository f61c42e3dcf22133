"""Borrowing volumes: my loans, applying, one loan, and the archivists' register with what is overdue first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from engine import FIRM_ZONE, Actor, RunOperation
from engine.errors import JuanzongError
from engine.forms import fill_defaults
from web import auth
from web.errors import say
from web.i18n import translate as _
from web.loans import reading, words
from web.page_forms import FileOf, go, read_posted, read_schema
from workflows.records import documents, loan_applications, loan_reading, volume_loans, volumes, walls
from workflows.records.volume_loans import Loan
from workflows.records.volumes import Volume

blueprint = Blueprint("loans", __name__, template_folder="templates")
blueprint.register_blueprint(reading.blueprint)
FORM, RENEWAL = "loan/apply", "loan/renewal_wish"
REGISTER = ("archivist", "director", "partner", "compliance")
#: in which a loan still stands on the register
CURRENT = volume_loans.ACTIVE | {volume_loans.APPLIED}
PAPERS = ("letter", "identity", "authority")


@dataclass(frozen=True)
class Row:
    """A loan with its volume, as a list shows it."""

    loan: Loan
    volume: Volume
    is_overdue: bool
    place: int  # in the queue, from 1; 0 for a loan that does not wait


def today() -> date:
    """The day in the firm."""
    return auth.firm().clock.now().astimezone(FIRM_ZONE).date()


def read_rows(session: Session, found: list[Loan], viewer: Actor) -> list[Row]:
    """The loans that somebody may know of, with their volumes; those behind a wall are left out (G9)."""
    hidden = walls.list_hidden(session, viewer.id)
    rows = []
    for loan in found:
        if loan.lead_id in hidden:
            continue
        waiting = volume_loans.list_queue(session, loan.volume_id) if loan.state == volume_loans.WAITING else []
        place = next((number for number, each in enumerate(waiting, 1) if each.id == loan.id), 0)
        rows.append(Row(loan, volumes.get_volume(session, loan.volume_id), loan.is_overdue(today()), place))
    return rows


@blueprint.get("/loans")
@auth.logged_in
def index() -> str:
    """What somebody borrows, asked for or took in for others: what is open first."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        rows = read_rows(read, volume_loans.list_of_person(read, actor.id), actor)
        readable = {row.loan.id for row in rows if loan_reading.may_read(read, row.loan, actor, auth.firm().clock.now())}
    open_ones = [row for row in rows if row.loan.state in CURRENT]
    shown = {"open": open_ones, "closed": [row for row in rows if row not in open_ones], "readable": readable}
    return render_template("loans/index.html", **shown, **words.NAMES, sees_register=bool(actor.roles & set(REGISTER)))


@blueprint.get("/loans/register")
@auth.with_role(*REGISTER)
def register() -> str:
    """Every current loan of the firm: overdue first, then by the day they are due; with the closed ones on demand."""
    actor, everything = auth.current_actor(), request.args.get("all") == "1"
    with auth.firm().reading() as read:
        found = volume_loans.list_loans(read, states=None if everything else CURRENT)
        rows = read_rows(read, found, actor)
    rows.sort(key=lambda row: not row.is_overdue)  # stable: each half stays by its day
    counts = {
        "away": sum(row.loan.state in volume_loans.AWAY for row in rows),
        "overdue": sum(row.is_overdue for row in rows),
        "waiting": sum(row.loan.state == volume_loans.WAITING for row in rows),
        "reading": sum(row.loan.state == volume_loans.READING for row in rows),
    }
    return render_template("loans/register.html", rows=rows, counts=counts, everything=everything, **words.NAMES)


@blueprint.route("/loans/new", methods=["GET", "POST"])
@auth.logged_in
def apply() -> AnyResponse | str | tuple[str, int]:
    """Apply for volumes by their file numbers; what cannot be had and what does not exist are answered alike."""
    actor = auth.current_actor()
    wanted = request.args.get("volume", "")
    with auth.firm().reading() as read:
        schema = read_schema(FORM, read)
        volume = loan_applications.find_lendable(read, wanted, actor) if wanted else None
    if wanted and volume is None:
        abort(404)
    if request.method == "GET":
        begun = {"volumes": volume.file_no if volume else "", "kind": "self", "from_on": today().isoformat()}
        return applying(schema, fill_defaults(schema, begun), {})
    posted = read_posted(schema, FileOf("", actor))
    if posted.clean is None:
        return applying(schema, posted.values, posted.errors), 200 if posted.redraw else 422
    try:
        made = auth.firm().run(RunOperation("loans.apply", read_application(posted.clean)), actor)
    except JuanzongError as refused:
        field = "volumes" if isinstance(refused, loan_applications.LoanUnavailable) else "kind"
        return applying(schema, posted.values, {field: [say(refused)]}), 422
    flash(_("Applied for: {numbers}.", numbers="、".join(made["loan_nos"])))
    return go(url_for("loans.index"))


def read_application(clean: dict[str, Any]) -> dict[str, Any]:
    """What the application says, its papers apart."""
    numbers = [line.strip() for line in str(clean["volumes"]).replace("，", "\n").replace(",", "\n").splitlines()]
    given = {name: clean[name] for name in (*PAPERS, "officers", "by_agent", "joint", "beyond") if clean.get(name)}
    said = {key: value for key, value in clean.items() if value is not None and key not in given and key != "volumes"}
    return {"volume_ids": [number for number in numbers if number], "form": {**said, "given": given}}


def applying(schema: dict[str, Any], values: dict[str, Any], errors: dict[str, list[str]]) -> str:
    """The page with the form."""
    return render_template("loans/new.html", schema=schema, values=values, errors=errors, action=request.full_path.rstrip("?"))


def read_loan(session: Session, loan_id: str, actor: Actor) -> Loan:
    """A loan for somebody who may know of it; for others it does not exist (404)."""
    loan = volume_loans.find_loan(session, loan_id)
    if loan is None or not loan_reading.may_open_papers(session, loan, actor):
        abort(404)
    return loan


@blueprint.get("/loans/<loan_id>")
@auth.logged_in
def show(loan_id: str) -> str:
    """One loan: who asked for what, who approved it, its papers, and which pages were read."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        loan = read_loan(read, loan_id, actor)
        (row,) = read_rows(read, [loan], actor)
        reads = loan_reading.list_reads(read, loan.volume_id, loan_id=loan.id)
        found = {
            "row": row,
            "loan": loan,
            "papers": [each for each in documents.list_documents(read, loan.id) if each.media_type != documents.WORD],
            "reads": reads,
            "pages_read": loan_reading.count_pages(reads),
            "may_read": loan_reading.may_read(read, loan, actor, auth.firm().clock.now()),
            "is_mine": actor.id in (loan.borrower_id, loan.applied_by),
            "purpose": loan_reading.say_purpose(loan),
        }
    can = {
        "renew": is_renewable(loan),
        "withdraw": loan.state in (volume_loans.APPLIED, volume_loans.APPROVED, volume_loans.WAITING),
    }
    may_report = found["is_mine"] or "archivist" in actor.roles
    return render_template("loans/loan.html", **found, can=can, may_report=may_report, **words.NAMES)


def is_renewable(loan: Loan) -> bool:
    """Whether a renewal may be asked for; the record has the last word."""
    lent = loan.state == volume_loans.OUT and loan.mode == volume_loans.ORIGINAL
    return lent and loan.renewals == 0 and not loan.is_overdue(today())


@blueprint.post("/loans/<loan_id>/renew")
@auth.logged_in
def renew(loan_id: str) -> AnyResponse:
    """Ask to keep a volume for longer."""
    return act(loan_id, "loans.want_renewal", _("The archivist decides on the renewal."), reason=said("reason"))


@blueprint.post("/loans/<loan_id>/withdraw")
@auth.logged_in
def withdraw(loan_id: str) -> AnyResponse:
    """Take an application back."""
    return act(loan_id, "loans.withdraw", _("Taken back."))


@blueprint.post("/loans/<loan_id>/missing")
@auth.logged_in
def missing(loan_id: str) -> AnyResponse:
    """Say that a volume cannot be found."""
    return act(loan_id, "loans.report_missing", _("The search begins."), reason=said("reason"))


def said(name: str) -> str:
    """What was typed; something has to be."""
    text = request.form.get(name, "").strip()[:500]
    if len(text) < 2:
        abort(422)
    return text


def act(loan_id: str, operation: str, done: str, **given: str) -> AnyResponse:
    """Do something with a loan that somebody may know of; what the record refuses is said on its page."""
    actor = auth.current_actor()
    with auth.firm().reading() as read:
        read_loan(read, loan_id, actor)
    try:
        auth.firm().run(RunOperation(operation, {"loan_id": loan_id, **given}), actor)
        flash(done)
    except JuanzongError as refused:
        flash(say(refused), "error")
    return go(url_for("loans.show", loan_id=loan_id))
