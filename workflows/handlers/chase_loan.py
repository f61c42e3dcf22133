"""Chasing volumes that are out: when next, whom, and from when on they count as lost."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation
from engine.handlers import Variables
from workflows.records import loan_losses, loan_mails
from workflows.records import volume_loans as loans
from workflows.records.rule_packs import get_rule

MORNING = time(9)
REMIND, PARTNER, LOST = "remind", "partner", "lost"


def plan_chase(context: Context, *, loan_id: str) -> Variables:
    """The next day on which something is due, and what; what was passed over is not made up for, but for the last steps."""
    loan = loans.get_loan(context.session, loan_id)
    assert loan.due_on is not None
    chased = loan.steps.get("chased") or {}
    last = chased.get("offset") if chased.get("due_on") == loan.due_on.isoformat() else None
    days = f"{get_rule('loans', 'press_partner', context.now.astimezone(FIRM_ZONE).date()).value} WD"
    for offset, step in list_steps(loan.due_on):
        at = datetime.combine(loan.due_on + timedelta(days=offset), MORNING, FIRM_ZONE)
        if (last is None or offset > last) and (step != REMIND or at > context.now):
            return {"loan_chase_at": at.isoformat(), "loan_chase_step": step, "loan_chase_offset": offset, "loan_press_due": days}
    raise ValueError("a loan is lost before it is chased no longer")


def list_steps(on: date) -> list[tuple[int, str]]:
    """Days from the day a volume is due, and what is done on each: reminders, the partner, in the end the search."""
    fixed = [int(day) for day in get_rule("loans", "chase", on).value]
    every, partner, lost = (int(get_rule("loans", key, on).value) for key in ("chase_every", "chase_partner", "lost"))
    reminders = [*fixed, *range(max(fixed) + every, lost, every)]
    steps = {day: REMIND for day in reminders} | {partner: PARTNER, lost: LOST}
    return sorted(steps.items())


def chase(context: Context, *, loan_id: str, offset: int) -> Variables:
    """Remind the borrower; once late the archivists hear it too."""
    loan = loans.get_loan(context.session, loan_id)
    if offset < 0:
        loan_mails.tell_borrower(context, loan, f"案卷即将到期：{loan.loan_no}", f"请于{loan.due_on}前归还。")
    elif offset == 0:
        loan_mails.tell_borrower(context, loan, f"案卷今日到期：{loan.loan_no}", "请于今日归还；需要继续使用的，请申请续借。")
    else:
        loan_mails.tell_borrower(
            context, loan, f"案卷已逾期：{loan.loan_no}", f"应于{loan.due_on}归还，已逾期{offset}日，请立即归还。"
        )
        loan_mails.tell_role(context, loan, "archivist", f"案卷逾期未还：{loan.loan_no}", f"已逾期{offset}日，已向借阅人催还。")
    _keep(context, loan_id, offset)
    return {}


def tell_partner(context: Context, *, loan_id: str, offset: int) -> Variables:
    """The partners hear that a volume is late, the borrower that they do."""
    loan = loans.get_loan(context.session, loan_id)
    loan_mails.tell_borrower(context, loan, f"案卷逾期，已报合伙人：{loan.loan_no}", f"已逾期{offset}日，请立即归还。")
    loan_mails.tell_role(context, loan, "partner", f"案卷逾期未还：{loan.loan_no}", f"已逾期{offset}日，请督促归还。")
    _keep(context, loan_id, offset)
    return {}


def _keep(context: Context, loan_id: str, offset: int) -> None:
    row = loans.get_row(context.session, loan_id)
    assert row.due_on is not None
    loans.keep_step(context, row, "chased", {"offset": offset, "due_on": row.due_on.isoformat()})
    context.session.flush()
    context.audit("loan.chased", f"loan:{row.id}", offset=offset)


def keep_press(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the partner arranged with the borrower."""
    row = loans.get_row(context.session, data["loan_id"])
    loans.keep_step(context, row, "pressed", values)
    context.session.flush()
    context.audit("loan.pressed", f"loan:{row.id}")
    return {}


def miss(context: Context, *, loan_id: str, reason: str) -> Variables:
    """Treat the volume as missing: it is searched for from here."""
    loan = loan_losses.miss(context, loan_id, reason)
    context.send_message(loan_losses.MISSED, correlation=loan_id, payload={})
    loan_mails.tell_borrower(context, loan, f"案卷转入遗失处理：{loan.loan_no}", "请立即配合查找，并准备书面说明。")
    return {}


def press(context: Context, *, loan_id: str, what: str) -> Variables:
    """Those in charge hear that a step is late."""
    loan = loans.get_loan(context.session, loan_id)
    for role in ("director", "archivist"):
        loan_mails.tell_role(context, loan, role, f"{what}：{loan.loan_no}", f"{what}，请督促办理。")
    context.audit("loan.step_late", f"loan:{loan.id}", what=what)
    return {}


def tell(context: Context, *, loan_id: str, what: str) -> Variables:
    """The borrower hears something."""
    loan = loans.get_loan(context.session, loan_id)
    loan_mails.tell_borrower(context, loan, f"{what}：{loan.loan_no}", f"{what}。")
    return {}


HANDLERS = (
    Operation("loans.plan_chase", plan_chase, "确定下一次催还"),
    Operation("loans.chase", chase, "催还"),
    Operation("loans.tell_partner", tell_partner, "逾期报合伙人"),
    Completion("loans.keep_press", keep_press, "督促归还"),
    Operation("loans.miss", miss, "转遗失程序"),
    Operation("loans.press", press, "催办"),
    Operation("loans.tell", tell, "通知借阅人"),
)
