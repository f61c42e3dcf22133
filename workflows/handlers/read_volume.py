"""Reading a filed volume on the screen: opened, each page logged, closed; and the purpose of opening a secret."""

from __future__ import annotations

from datetime import timedelta

from engine import FIRM_ZONE, Context, Operation
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import loan_mails, loan_reading, loan_steps
from workflows.records import volume_loans as loans
from workflows.records.rule_packs import get_rule


def open_reading(context: Context, *, loan_id: str) -> Variables:
    """Open the reader to the borrower for some days."""
    days = int(get_rule("loans", "reading", context.now.astimezone(FIRM_ZONE).date()).value)
    until = context.now + timedelta(days=days)
    loan = loan_steps.open_reading(context, loan_id, until)
    page = f"{str(context.tools.get('public_url', '')).rstrip('/')}/loans/{loan.id}/read"
    body = f"请在{days}日内阅览，每页都带有您的姓名和时间并留有记录：\n{page}"
    loan_mails.tell_borrower(context, loan, f"电子阅览已开通：{loan.loan_no}", body)
    return {"loan_link_until": until.isoformat()}


def finish_reading(context: Context, *, loan_id: str) -> Variables:
    """The reader is done before the time is over."""
    loan = loans.get_loan(context.session, loan_id)
    if not loan_reading.may_read(context.session, loan, context.actor, context.now):
        raise NotAllowed(reason="this page is not open to you")
    context.send_message("loan.read_done", correlation=loan_id, payload={})
    return {}


def end_reading(context: Context, *, loan_id: str) -> Variables:
    """Close the reader."""
    loan_steps.end_reading(context, loan_id)
    return {}


def open_page(context: Context, *, loan_id: str, page: int) -> Variables:
    """Log that a page is opened; what is drawn and what stands over it."""
    document_id, index, words = loan_reading.open_page(context, loan_id, page)
    moment = f"{context.now.astimezone(FIRM_ZONE):%Y-%m-%d %H:%M}"
    return {"document_id": document_id, "index": index, "words": f"{words} {moment}"}


def open_file(context: Context, *, document_id: str, purpose: str) -> Variables:
    """Log that a document of a secret volume that is not filed yet is opened, and what for."""
    loan_reading.open_file(context, document_id, purpose)
    return {}


HANDLERS = (
    Operation("loans.open_reading", open_reading, "开通电子阅览"),
    Operation("loans.finish_reading", finish_reading, "阅毕"),
    Operation("loans.end_reading", end_reading, "关闭电子阅览"),
    Operation("loans.open_page", open_page, "翻阅一页"),
    Operation("loans.open_file", open_file, "说明用途后查阅"),
)
