"""What is done with a loan: approved or refused, queued, handed out, renewed, given back, or copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from engine.access import identities
from engine.calendar import add_working_days
from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.errors import FourEyes, NotAllowed, StateRefused
from workflows.records import loan_applications, loan_words, volumes
from workflows.records import volume_loans as loans
from workflows.records.rule_packs import get_rule
from workflows.records.volume_loans import Loan, LoanRow

ORDER = ("lead", "partner", "compliance", "director")
TURN, DUE_CHANGED, BACK = "loan.turn", "loan.due_changed", "loan.returned"


def set_path(context: Context, loan_id: str, steps: Sequence[str], *, on_site: bool) -> Loan:
    """Keep who approves, in the order of the firm's ranks, and whether the volume may only be read on the spot."""
    row = loans.get_row(context.session, loan_id)
    row.path = [step for step in ORDER if step in steps]
    kept = set(row.conditions) | ({"on_site"} if on_site else set())
    if loan_applications.is_part_only(context.session, loans.read(row)):
        kept |= {"own_part", "masking"}
    row.conditions = [key for key in loan_words.CONDITIONS if key in kept]
    context.session.flush()
    context.audit("loan.path_set", f"loan:{row.id}", path=row.path)
    return loans.read(row)


def find_next(loan: Loan) -> str:
    """The step of the path that has not spoken; empty when all have, or one has refused."""
    if any(not each["approved"] for each in loan.approvals):
        return ""
    said = {each["step"] for each in loan.approvals}
    return next((step for step in loan.path if step not in said), "")


def decide(context: Context, loan_id: str, *, approved: bool, conditions: Sequence[str], note: str) -> Loan:
    """Say yes or no at the step that is due; never whoever asks, and nobody twice. The last yes grants the loan."""
    row = loans.get_row(context.session, loan_id)
    found = loans.read(row)
    step = find_next(found)
    if row.state != loans.APPLIED or not step:
        raise StateRefused(what=row.loan_no, old=row.state, new=loans.APPROVED, reason="nobody's approval is awaited")
    _check_approver(context, found)
    if not approved and not note.strip():
        raise NotAllowed(reason="a refusal has a reason")
    said = {"step": step, "approved": approved, "note": note.strip(), "conditions": list(conditions)}
    row.approvals = [*row.approvals, said | {"by": context.actor.name, "by_id": context.actor.id, "at": context.now.isoformat()}]
    row.conditions = [key for key in loan_words.CONDITIONS if key in {*row.conditions, *conditions}]
    context.session.flush()
    context.audit("loan.decided", f"loan:{row.id}", step=step, approved=approved)
    return loans.read(row)


def _check_approver(context: Context, loan: Loan) -> None:
    """Raise ``FourEyes`` for whoever asks or has spoken already, and for somebody behind a wall."""
    if context.actor.kind == "system":
        return
    mine = identities(context.actor)
    if not mine.isdisjoint(loan_applications.list_excluded(context.session, loan)):
        raise FourEyes(who=context.actor.name, task="借阅申请")
    if any(each["by_id"] in mine for each in loan.approvals):
        raise FourEyes(who=context.actor.name, task="审批")


def grant(context: Context, loan_id: str) -> Loan:
    """Grant a loan that everybody on its path has approved."""
    row = loans.get_row(context.session, loan_id)
    found = loans.read(row)
    if find_next(found) or any(not each["approved"] for each in found.approvals):
        raise StateRefused(what=row.loan_no, old=row.state, new=loans.APPROVED, reason="an approval is missing")
    if "on_site" in row.conditions and row.mode in (loans.ORIGINAL, loans.ELECTRONIC):
        row.mode = loans.ON_SITE
    return loans.move(context, row, loans.APPROVED)


def refuse(context: Context, loan_id: str, reason: str) -> Loan:
    """Refuse an application, for a reason that the letter gives."""
    row = loans.get_row(context.session, loan_id)
    row.reason = reason
    return loans.move(context, row, loans.REFUSED, reason=reason)


def withdraw(context: Context, loan_id: str) -> Loan:
    """Whoever applied does not want the volume any more."""
    row = loans.get_row(context.session, loan_id)
    if context.actor.kind == "person" and identities(context.actor).isdisjoint({row.applied_by, row.borrower_id}):
        raise NotAllowed(reason="only whoever applied takes the application back")
    return loans.move(context, row, loans.WITHDRAWN)


def lapse(context: Context, loan_id: str, reason: str) -> Loan:
    """Nobody came for the volume, or it did not come back in time."""
    row = loans.get_row(context.session, loan_id)
    row.reason = reason
    return loans.move(context, row, loans.LAPSED, reason=reason)


def queue(context: Context, loan_id: str) -> Loan:
    """Wait for a volume that is out or promised to somebody who waited longer."""
    row = loans.get_row(context.session, loan_id)
    return loans.move(context, row, loans.WAITING)


def is_free(context: Context, loan: Loan) -> bool:
    """Whether the volume can be handed out on this loan: in its place, and nobody else's turn."""
    volume = volumes.get_volume(context.session, loan.volume_id)
    ahead = [each for each in loans.list_of_volume(context.session, loan.volume_id) if _is_ahead(each, loan)]
    return volume.state == volumes.STORED and not ahead


def _is_ahead(other: Loan, loan: Loan) -> bool:
    """Whether another loan of the same paper volume comes first: called already, or waiting for longer."""
    if other.id == loan.id or other.mode not in loans.PAPER or other.state not in (loans.APPROVED, loans.WAITING):
        return False
    # whoever was called keeps the turn; among those who wait the earlier number comes first
    return bool(other.steps.get("turn")) or (other.state == loans.WAITING and other.id < loan.id)


def call_next(context: Context, volume_id: str) -> Loan | None:
    """Tell whoever waits longest that the volume is free; the loan, or None when nobody waits."""
    if volumes.get_volume(context.session, volume_id).state != volumes.STORED:
        return None
    waiting = loans.list_queue(context.session, volume_id)
    if not waiting:
        return None
    row = loans.get_row(context.session, waiting[0].id)
    loans.keep_step(context, row, "turn", {})
    context.send_message(TURN, correlation=row.id, payload={})
    return loans.move(context, row, loans.APPROVED)


def hand_out(context: Context, loan_id: str, form: Mapping[str, Any], due_on: date) -> Loan:
    """Hand the volume over against a signature, its pages counted; it is on loan until it is back."""
    row = loans.get_row(context.session, loan_id)
    volume = volumes.get_volume(context.session, row.volume_id)
    if context.actor.kind == "person" and context.actor.id in (row.borrower_id,):
        raise FourEyes(who=row.borrower_name, task="借阅申请")
    if int(form["page_count"]) != volume.pages and not str(form.get("count_note") or "").strip():
        raise NotAllowed(reason="the pages counted differ from the catalogue: say why")
    if not str(form.get("signature") or "").strip():
        raise NotAllowed(reason="the borrower signs for the volume")
    row.out_at, row.due_on = context.now, due_on
    loans.keep_step(context, row, "out", form)
    found = loans.move(context, row, loans.OUT, due_on=due_on.isoformat())
    volumes.move(context, row.volume_id, volumes.ON_LOAN, loan=row.loan_no)
    return found


def due_day(loan: Loan, today: date) -> date:
    """The last day of a paper loan: the same day on the spot, a court's thirty days, else the firm's working days."""
    if loan.mode == loans.ON_SITE or "on_site" in loan.conditions:
        return today
    if loan.kind == loans.COURT:
        return today + timedelta(days=int(get_rule("loans", "court", today).value))
    longest = add_working_days(today, int(get_rule("loans", "paper", today).value))
    return max(today, min(longest, loan.until_on)) if loan.kind in loans.INSIDE else longest


def check_renewable(context: Context, loan: Loan) -> None:
    """Raise StateRefused unless a loan may be renewed: once, in time, of a volume that nobody waits for."""
    today = context.now.astimezone(FIRM_ZONE).date()
    reason = ""
    if loan.state != loans.OUT or loan.mode != loans.ORIGINAL:
        reason = "only a volume that is lent out is renewed"
    elif loan.renewals >= int(get_rule("loans", "renewals", today).value):
        reason = "it was renewed already"
    elif loan.is_overdue(today):
        reason = "it is overdue"
    elif loans.list_queue(context.session, loan.volume_id):
        reason = "somebody else waits for the volume"
    if reason:
        raise StateRefused(what=loan.loan_no, old=loan.state, new=loans.OUT, reason=reason)


def renew(context: Context, loan_id: str, due_on: date) -> Loan:
    """Lend a volume for longer, within the firm's limit from the day it was due."""
    row = loans.get_row(context.session, loan_id)
    found = loans.read(row)
    check_renewable(context, found)
    assert found.due_on is not None
    if not found.due_on < due_on <= latest_renewal(found):
        raise StateRefused(what=row.loan_no, old=row.state, new=loans.OUT, reason="the new day lies beyond the limit")
    row.due_on, row.renewals = due_on, row.renewals + 1
    loans.keep_step(context, row, "renewal", {"was": found.due_on.isoformat(), "due_on": due_on.isoformat()})
    context.session.flush()
    context.audit("loan.renewed", f"loan:{row.id}", due_on=due_on.isoformat())
    context.send_message(DUE_CHANGED, correlation=row.id, payload={})
    return loans.read(row)


def latest_renewal(loan: Loan) -> date:
    """The last day to which a loan may be renewed."""
    assert loan.due_on is not None
    return add_working_days(loan.due_on, int(get_rule("loans", "renewal", loan.due_on).value))


def take_back(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """The volume is back in its place; its pages were counted again."""
    row = loans.get_row(context.session, loan_id)
    row.returned_at = context.now
    loans.keep_step(context, row, "back", form)
    found = loans.move(context, row, loans.RETURNED, pages=form.get("page_count"))
    volumes.move(context, row.volume_id, volumes.STORED, loan=row.loan_no)
    context.send_message(BACK, correlation=row.id, payload={})
    return found


def add_remark(context: Context, volume_id: str, line: str) -> None:
    """Add a line to the remarks sheet (备考表); what stands there is never changed (G7)."""
    volume = volumes.get_volume(context.session, volume_id)
    volumes.set_remarks(context, volume_id, f"{volume.remarks}\n{line}".strip())
    context.audit("volume.remark_added", f"volume:{volume_id}", line=line)


def keep_incident(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """Keep what came back different from how it went out, and note it on the remarks sheet."""
    row: LoanRow = loans.get_row(context.session, loan_id)
    loans.keep_step(context, row, "incident", form)
    day = f"{context.now.astimezone(FIRM_ZONE):%Y年%m月%d日}"
    add_remark(context, row.volume_id, f"{day}，借阅{row.loan_no}归还时发现：{form['finding']}；处理：{form['measure']}")
    context.session.flush()
    context.audit("loan.incident", f"loan:{row.id}", finding=form["finding"])
    return loans.read(row)


def open_reading(context: Context, loan_id: str, until: datetime) -> Loan:
    """Open the reader to the borrower until a moment."""
    row = loans.get_row(context.session, loan_id)
    row.link_until = until
    return loans.move(context, row, loans.READING, until=until.isoformat())


def end_reading(context: Context, loan_id: str) -> Loan:
    """Close the reader."""
    row = loans.get_row(context.session, loan_id)
    row.returned_at = context.now
    return loans.move(context, row, loans.READ)


def keep_copy(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """Keep what was copied, how often, and what it costs; nothing is copied where an approval forbade it."""
    row = loans.get_row(context.session, loan_id)
    if "no_copy" in row.conditions:
        raise NotAllowed(reason="the approval forbids copies")
    loans.keep_step(context, row, "copy", form)
    context.session.flush()
    context.audit("loan.copied", f"loan:{row.id}", pages=form.get("pages"), copies=form.get("copies"))
    return loans.read(row)


def finish_copy(context: Context, loan_id: str, form: Mapping[str, Any]) -> Loan:
    """The copies were handed over against a signature."""
    row = loans.get_row(context.session, loan_id)
    row.returned_at = context.now
    loans.keep_step(context, row, "handed", form)
    return loans.move(context, row, loans.COPIED)
