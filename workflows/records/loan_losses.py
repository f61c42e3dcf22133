"""A volume that does not come back (遗失): searched for, explained, decided on, rebuilt from its copy, reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.access import identities
from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.errors import FourEyes, NotAllowed, StateRefused
from workflows.records import loan_steps, volumes
from workflows.records import volume_loans as loans
from workflows.records.volume_loans import Loan

MISSED = "loan.missing"
#: the steps of a loss in their order, each kept once
SEARCH, STATEMENT, DECISION, REBUILD, REPORT = "search", "statement", "loss", "rebuild", "report"


def miss(context: Context, loan_id: str, reason: str) -> Loan:
    """The volume is looked for: it is long overdue, or the borrower says that it is gone."""
    row = loans.get_row(context.session, loan_id)
    row.reason = reason
    found = loans.move(context, row, loans.MISSING, reason=reason)
    context.send_message(loan_steps.BACK, correlation=row.id, payload={})
    return found


def keep_search(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """Keep where it was looked for; found again, the volume is only late."""
    row = loans.get_row(context.session, loan_id)
    _check_missing(row.loan_no, row.state)
    loans.keep_step(context, row, SEARCH, form)
    if form["found"] == "yes":
        return loans.move(context, row, loans.OUT)
    context.session.flush()
    context.audit("loan.not_found", f"loan:{row.id}")
    return loans.read(row)


def keep_statement(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """Keep what the borrower says of how it went, signed."""
    row = loans.get_row(context.session, loan_id)
    _check_missing(row.loan_no, row.state)
    loans.keep_step(context, row, STATEMENT, form)
    context.session.flush()
    context.audit("loan.loss_stated", f"loan:{row.id}")
    return loans.read(row)


def decide(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """The director holds the volume for lost and says what follows; never the borrower themselves."""
    row = loans.get_row(context.session, loan_id)
    if not row.steps.get(STATEMENT):
        raise StateRefused(what=row.loan_no, old=row.state, new=loans.LOST, reason="nobody has explained the loss")
    if row.borrower_id and row.borrower_id in identities(context.actor):
        raise FourEyes(who=row.borrower_name, task="借阅")
    loans.keep_step(context, row, DECISION, form)
    return loans.move(context, row, loans.LOST)


def rebuild(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """The archivist compares the electronic copy with the catalogue; it stands in for the paper from here on."""
    row = loans.get_row(context.session, loan_id)
    if row.state != loans.LOST:
        raise StateRefused(what=row.loan_no, old=row.state, new=loans.LOST, reason="the volume is not held for lost")
    if row.steps.get(REBUILD):
        raise NotAllowed(reason="the volume was rebuilt already")
    loans.keep_step(context, row, REBUILD, form)
    row.returned_at = context.now
    day = f"{context.now.astimezone(FIRM_ZONE):%Y年%m月%d日}"
    missing = str(form.get("gaps") or "").strip() or "无"
    line = f"{day}，纸质卷在借阅{row.loan_no}期间遗失，以电子件{form['pages']}页重建；电子件缺少：{missing}"
    loan_steps.add_remark(context, row.volume_id, line)
    volumes.move(context, row.volume_id, volumes.STORED, loan=row.loan_no, lost=True)
    context.session.flush()
    return loans.read(row)


def report(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """Keep to whom the loss was reported, and when."""
    row = loans.get_row(context.session, loan_id)
    loans.keep_step(context, row, REPORT, form)
    context.session.flush()
    context.audit("loan.loss_reported", f"loan:{row.id}", to=form.get("reported_to"))
    return loans.read(row)


def _check_missing(loan_no: str, state: str) -> None:
    if state != loans.MISSING:
        raise StateRefused(what=loan_no, old=state, new=loans.LOST, reason="the volume is not being looked for")
