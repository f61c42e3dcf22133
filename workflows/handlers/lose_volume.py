"""A volume is missing: searched for, explained, decided on, the client told, rebuilt, reported, corrected."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, NotAllowed
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import loan_losses, loan_mails, loan_reading, volume_contents, volumes
from workflows.records import volume_loans as loans
from workflows.records.client_mail import mail_client
from workflows.records.rule_packs import get_rule

GAPS_MISSING = "The electronic copy has fewer pages: say what is missing."
NOT_COMING = "This day is not over yet."


def report_missing(context: Context, *, loan_id: str, reason: str) -> Variables:
    """The borrower or the archivist says that a volume is gone; it is searched for."""
    loan = loans.get_loan(context.session, loan_id)
    is_theirs = context.actor.id in (loan.borrower_id, loan.applied_by) or "archivist" in context.actor.roles
    if context.actor.kind == "person" and not is_theirs:
        raise NotAllowed(reason="somebody else has the volume")
    loan_losses.miss(context, loan_id, reason)
    context.send_message(loan_losses.MISSED, correlation=loan_id, payload={})
    return {"loan_no": loan.loan_no}


def prepare_loss(context: Context, *, loan_id: str) -> Variables:
    """Who explains the loss, and the times: the borrower, for somebody from outside whoever applied for them."""
    loan = loans.get_loan(context.session, loan_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    return {
        "loan_found": "no",
        "loan_notify_client": "no",
        "loan_explainer_id": loan.borrower_id or loan.applied_by,
        "loan_search_due": f"{get_rule('loans', 'search', today).value} WD",
        "loan_loss_due": f"{get_rule('loans', 'loss_step', today).value} WD",
    }


def keep_search(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep where it was looked for."""
    loan_losses.keep_search(context, data["loan_id"], values)
    return {"loan_found": values["found"]}


def not_found(context: Context, *, loan_id: str) -> Variables:
    """The time for the search is over."""
    loan_losses.keep_search(context, loan_id, {"found": "no", "places": "查找期限届满，未找到"})
    return {"loan_found": "no"}


def keep_statement(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep how the volume was lost, in the borrower's words."""
    loan_losses.keep_statement(context, data["loan_id"], values)
    return {}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director's decision."""
    loan_losses.decide(context, data["loan_id"], values)
    return {"loan_notify_client": values["notify_client"]}


def tell_client(context: Context, *, loan_id: str, loan_loss_notice_pdf_id: str) -> Variables:
    """Send the notice; the client's rights hang on it, so that nothing holds it up."""
    loan = loans.get_loan(context.session, loan_id)
    body = "您的案卷在本所借阅期间遗失，详情及本所的补救措施见附件。谨致歉意。"
    subject = "关于案卷遗失的告知"
    sent = mail_client(
        context, lead_id=loan.lead_id, subject=subject, body=body, attachments=[loan_loss_notice_pdf_id], must_go=True
    )
    if not sent:
        loan_mails.tell_role(context, loan, "desk", f"请将告知函交客户：{loan.loan_no}", "客户没有电子邮箱，请打印告知函并送达。")
    return {}


def read_rebuild(context: Context, data: Variables) -> dict[str, Any]:
    """How many pages the electronic copy can give back, of how many."""
    loan = loans.get_loan(context.session, data["loan_id"])
    volume = volumes.get_volume(context.session, loan.volume_id)
    pages = loan_reading.count_electronic(context.session, volume.id)
    return {"catalogue_pages": volume.pages, "pages": pages}


def rebuild(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The electronic copy stands in for the paper; what it lacks is said."""
    loan = loans.get_loan(context.session, data["loan_id"])
    volume = volumes.get_volume(context.session, loan.volume_id)
    lacks = sum(piece.page_to - piece.page_from + 1 for piece in volume_contents.list_pieces(context.session, volume.id))
    if int(values["pages"]) < lacks and not str(values.get("gaps") or "").strip():
        raise FormInvalid({"gaps": [FieldError(GAPS_MISSING)]})
    loan_losses.rebuild(context, loan.id, values)
    return {}


def report(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the report to the archives authority."""
    if str(values["reported_on"])[:10] > context.now.astimezone(FIRM_ZONE).date().isoformat():
        raise FormInvalid({"reported_on": [FieldError(NOT_COMING)]})
    loan_losses.report(context, data["loan_id"], values)
    return {}


def request_correction(context: Context, *, loan_id: str) -> Variables:
    """What should not happen again becomes a corrective action (P30)."""
    loan = loans.get_loan(context.session, loan_id)
    decision = loan.steps[loan_losses.DECISION]
    payload = {
        "source": "loan",
        "source_id": loan.id,
        "source_no": loan.loan_no,
        "problem": f"借出的案卷遗失：{loan_mails.name_volume(context, loan)}",
        "facts": loan.steps[loan_losses.STATEMENT]["statement"],
        "severity": decision["severity"],
        "barred": [loan.borrower_id] if loan.borrower_id else [],
    }
    context.send_message("correction.requested", correlation=loan.id, payload=payload)
    return {}


HANDLERS = (
    Operation("loans.report_missing", report_missing, "报告案卷遗失"),
    Operation("loans.prepare_loss", prepare_loss, "确定说明人"),
    Completion("loans.keep_search", keep_search, "查找案卷"),
    Operation("loans.not_found", not_found, "登记未找到"),
    Completion("loans.keep_statement", keep_statement, "遗失说明"),
    Completion("loans.decide_loss", decide, "决定遗失如何处理"),
    Operation("loans.tell_client", tell_client, "告知客户遗失"),
    Prefill("loans.read_rebuild", read_rebuild, "可重建的页数"),
    Completion("loans.rebuild", rebuild, "以电子件重建"),
    Completion("loans.report_loss", report, "报告档案主管部门"),
    Operation("loans.request_correction", request_correction, "提请整改"),
)
