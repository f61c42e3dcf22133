"""An application for a volume: entered, checked, put on its path, approved step by step, granted or refused."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import legal_holds, loan_applications, loan_mails, loan_steps, loan_words, volumes
from workflows.records import volume_loans as loans
from workflows.records.loan_reading import say_purpose
from workflows.records.rule_packs import get_rule

REASON_MISSING = "Please give the reason."
OFFICE_ENDS = time(18)
LEAST_MINUTES = 60  # to decide on a request with a legal deadline that comes late in the day


def apply(context: Context, *, volume_ids: list[str], form: dict[str, Any]) -> Variables:
    """Apply for volumes; each goes its own way from here."""
    days = {key: date.fromisoformat(str(form[key])[:10]) for key in ("from_on", "until_on")}
    deadline = date.fromisoformat(str(form["legal_deadline"])[:10]) if form.get("legal_deadline") else None
    made = loan_applications.apply(context, volume_ids, {**form, **days, "legal_deadline": deadline})
    for loan in made:
        context.send_message("loan.requested", correlation=loan.id, payload=_payload(context, loan))
    return {"loan_ids": [loan.id for loan in made], "loan_nos": [loan.loan_no for loan in made]}


def _payload(context: Context, loan: loans.Loan) -> dict[str, Any]:
    """What the process begins with; ``lead_id`` is the case's, so that walls around it hold for every task."""
    title = volumes.get_volume(context.session, loan.volume_id).title
    return {
        "loan_id": loan.id,
        "lead_id": loan.lead_id,
        "title": f"借阅 {loan.loan_no} {title}",
        "loan_mode": loan.mode,
        "loan_borrowers": [loan.borrower_id] if loan.borrower_id else [],
    }


def check(context: Context, *, loan_id: str) -> Variables:
    """What stands against the loan, and what the table of paths asks."""
    loan = loans.get_loan(context.session, loan_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    return {
        "loan_obstacle": loan_applications.find_obstacle(context.session, loan, today),
        "loan_kind": loan.kind,
        "loan_level": loan.level,
        "loan_on_hold": "yes" if legal_holds.is_on_hold(context.session, loan.lead_id) else "no",
        "loan_beyond": "yes" if loan.given.get("beyond") else "no",
        "loan_excluded": loan_applications.list_excluded(context.session, loan),
        "loan_decision": "",
    }


def set_path(context: Context, *, loan_id: str, steps: list[str], on_site: list[str]) -> Variables:
    """Keep who approves; a request with a legal deadline is decided the same day."""
    loan = loan_steps.set_path(context, loan_id, steps, on_site="yes" in on_site)
    now = context.now.astimezone(FIRM_ZONE)
    days = f"{get_rule('loans', 'approve', now.date()).value} WD"
    if loan.legal_deadline is None:
        return {"loan_approval_due": days, "loan_approval_late": days}
    minutes = max(LEAST_MINUTES, int((datetime.combine(now.date(), OFFICE_ENDS, FIRM_ZONE) - now).total_seconds() // 60))
    return {"loan_approval_due": f"PT{minutes}M", "loan_approval_late": f"PT{minutes}M"}


def next_step(context: Context, *, loan_id: str) -> Variables:
    """Who is asked next; nobody when all have spoken or one has refused."""
    loan = loans.get_loan(context.session, loan_id)
    step = loan_steps.find_next(loan)
    if not step:
        refused = any(not each["approved"] for each in loan.approvals)
        return {"loan_step_role": "", "loan_approver_id": "", "loan_decision": "REFUSED" if refused else "APPROVED"}
    role, person_id = loan_applications.find_approver_role(context.session, loan, step)
    spoken = [each["by_id"] for each in loan.approvals]
    excluded = [*loan_applications.list_excluded(context.session, loan), *spoken]
    return {"loan_step_role": role, "loan_approver_id": person_id or "", "loan_excluded": excluded}


def read_approval(context: Context, data: Variables) -> dict[str, Any]:
    """Who asks for what, and the conditions set so far."""
    loan = loans.get_loan(context.session, data["loan_id"])
    return {"asked": _say_request(loan), "conditions": loan.conditions}


def _say_request(loan: loans.Loan) -> str:
    who, how, what_for = f"{loan.borrower}（{loan_words.KINDS[loan.kind]}）", loan_words.MODES[loan.mode], say_purpose(loan)
    return f"{who}申请{how}，用途：{what_for}，范围：{loan.pages or '全卷'}，{loan.from_on}至{loan.until_on}"


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep one step's word, with its conditions."""
    approved = values["decision"] == "APPROVED"
    note = str(values.get("note") or "").strip()
    if not approved and not note:
        raise FormInvalid({"note": [FieldError(REASON_MISSING)]})
    loan_steps.decide(context, data["loan_id"], approved=approved, conditions=values.get("conditions") or [], note=note)
    return {}


def grant(context: Context, *, loan_id: str) -> Variables:
    """All have agreed; the borrower hears it with the conditions. What may be read on the spot only becomes that."""
    loan = loan_steps.grant(context, loan_id)
    limits = "、".join(loan_words.CONDITIONS[key] for key in loan.conditions)
    body = f"您的借阅申请（{loan_words.MODES[loan.mode]}）已获批准。" + (f"\n附加条件：{limits}。" if limits else "")
    loan_mails.tell_borrower(context, loan, f"借阅获准：{loan.loan_no}", body)
    copying = get_rule("loans", "copying", context.now.astimezone(FIRM_ZONE).date()).value
    return {"loan_mode": loan.mode, "loan_copy_due": f"{copying} WD"}


def refuse(context: Context, *, loan_id: str, obstacle: str = "") -> Variables:
    """Keep why the loan is refused: what stood against it, or what the approver who refused said."""
    loan = loans.get_loan(context.session, loan_id)
    said = [each["note"] for each in loan.approvals if not each["approved"]]
    found = loan_applications.find_obstacle(context.session, loan, context.now.astimezone(FIRM_ZONE).date())
    loan_steps.refuse(context, loan_id, said[0] if said else obstacle or found)
    return {}


def withdraw(context: Context, *, loan_id: str) -> Variables:
    """Take an application back that has not been handed out."""
    loan = loan_steps.withdraw(context, loan_id)
    context.send_message("loan.withdrawn", correlation=loan_id, payload={})
    return {"loan_no": loan.loan_no}


def keep_bar_note(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep that the bar was told of a demand that goes beyond privilege."""
    row = loans.get_row(context.session, data["loan_id"])
    loans.keep_step(context, row, "bar", values)
    context.session.flush()
    context.audit("loan.bar_told", f"loan:{row.id}", on=values["told_on"])
    return {}


HANDLERS = (
    Operation("loans.apply", apply, "申请借阅"),
    Operation("loans.check", check, "校验借阅申请"),
    Operation("loans.set_path", set_path, "确定借阅审批路径"),
    Operation("loans.next_step", next_step, "确定下一位审批人"),
    Prefill("loans.read_approval", read_approval, "借阅申请"),
    Completion("loans.approve", approve, "审批借阅"),
    Operation("loans.grant", grant, "批准借阅"),
    Operation("loans.refuse", refuse, "不予借阅"),
    Operation("loans.withdraw", withdraw, "撤回借阅申请"),
    Completion("loans.keep_bar_note", keep_bar_note, "报告律师协会"),
)
