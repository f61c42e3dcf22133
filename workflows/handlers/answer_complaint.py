"""Answering a complaint: the reply goes out, the complainant agrees, disputes or is silent, the director reviews once."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import complaint_access, complaint_links, complaint_mails, complaint_steps, complaint_terms, complaints
from workflows.records.money import to_decimal


def deliver(context: Context, *, complaint_id: str, document_id: str) -> Variables:
    """Send the reply; from here the complainant's time runs and the watch over the reply ends."""
    replied = complaint_steps.reply(context, complaint_id)
    days = complaint_terms.days("answer_days", context.now)
    follow = complaint_links.issue_follow(context, complaint_id)
    complaint_mails.mail_complainant(
        context,
        complaint_id,
        subject="投诉答复",
        body=f"您的投诉（{replied.complaint_no}）已有处理结果，书面答复见附件。请在{days}个工作日内打开以下链接表示是否认可；"
        f"有异议的，本所主任将复核一次：\n\n{follow}",
        attachments=[document_id],
    )
    context.send_message("complaint.replied", correlation=complaint_id)
    review = complaint_terms.days("review_days", context.now)
    return {"complaint_answer_within": f"{days} WD", "complaint_review_due": f"{review} WD"}


def answer(context: Context, *, complaint_id: str, decision: str, note: str = "", by: str = "") -> Variables:
    """The complainant's word, by the link or noted by the handler; the process hears of it."""
    if context.actor.kind != "link":
        complaint_access.check_handles(context, complaint_id)
    if decision not in ("agree", "dispute"):
        raise NotAllowed(reason="the answer is yes or no")
    complaint_steps.answer(context, complaint_id, {"decision": decision, "note": note, "by": by or context.actor.name})
    context.send_message("complaint.answered", correlation=complaint_id, payload={"complaint_answer": decision})
    return {}


def answer_by_link(context: Context, *, link_token: str, complaint_id: str, decision: str, note: str = "") -> Variables:
    """The complainant answers by the link to follow the complaint."""
    link = complaint_links.find_link(context.session, link_token)
    open_link = link is not None and link.state(context.now) == complaint_links.OPEN
    if link is None or not open_link or complaint_id not in {c.id for c in complaint_links.list_followed(context.session, link)}:
        raise NotAllowed(reason="this link is not for that complaint")
    return answer(context, complaint_id=complaint_id, decision=decision, note=note, by=link.holder_name)


def hand_over_link(context: Context, *, complaint_id: str) -> Variables:
    """A fresh address to follow the complaint, for whoever hands it over now."""
    complaint_access.check_handles(context, complaint_id)
    return {"url": complaint_links.issue_follow(context, complaint_id)}


def lapse(context: Context, *, complaint_id: str) -> Variables:
    """No answer came in time: the complaint counts as answered."""
    complaint_steps.answer(context, complaint_id, {"decision": "silent"})
    return {"complaint_answer": "silent"}


def read_review(context: Context, data: Variables) -> dict[str, Any]:
    """The proposal and what the complainant says to it."""
    steps = complaints.get_complaint(context.session, data["complaint_id"]).steps
    proposal = steps.get("proposal") or {}
    keys = ("remedies", "refund_amount", "reduction_amount", "compensation_amount")
    return {"dispute": (steps.get("answer") or {}).get("note") or "", **{key: proposal[key] for key in keys if proposal.get(key)}}


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the review."""
    complaint_steps.review(context, data["complaint_id"], values)
    return {"complaint_review": values["review"]}


def tell_review(context: Context, *, complaint_id: str, document_id: str) -> Variables:
    """Send the result of the review with the ways that are left."""
    sent = complaint_mails.mail_complainant(
        context,
        complaint_id,
        subject="投诉复核结果",
        body="您对投诉答复的异议已经本所复核，结果和您可以采取的其他途径见附件。本所内部程序到此结束。",
        attachments=[document_id],
    )
    return {"complaint_review_sent": sent}


def settle_money(context: Context, *, complaint_id: str) -> Variables:
    """Whether a refund was promised, and what the refund process is told: the amount, why, and that it is approved."""
    complaint = complaints.get_complaint(context.session, complaint_id)
    review_form = complaint.steps.get("review") or {}
    proposal = complaint.steps.get("proposal") or {}
    form = review_form if review_form.get("review") == "CHANGED" else proposal
    # what is given back: a refund, and what was paid but is let off now
    amount = to_decimal(form.get("refund_amount") or 0) if "refund" in (form.get("remedies") or []) else to_decimal(0)
    owed = amount > 0 and bool(complaint.case_lead_id)
    return {
        "complaint_refund": "yes" if owed else "no",
        "refund": {
            "lead_id": complaint.case_lead_id,
            "amount": f"{amount:.2f}",
            "refund_amount": f"{amount:.2f}",
            "refund_reason": f"投诉{complaint.complaint_no}的处理结果",
            "source": "complaint",
            "source_id": complaint_id,
            "source_no": complaint.complaint_no,
        },
    }


HANDLERS = (
    Operation("complaints.deliver", deliver, "送达书面答复"),
    Operation("complaints.answer", answer, "投诉人答复"),
    Operation("complaints.answer_by_link", answer_by_link, "投诉人在线答复"),
    Operation("complaints.hand_over_link", hand_over_link, "当面交付投诉链接"),
    Operation("complaints.lapse", lapse, "期满视为已答复"),
    Prefill("complaints.read_review", read_review, "复核"),
    Completion("complaints.review", review, "复核"),
    Operation("complaints.tell_review", tell_review, "告知复核结果"),
    Operation("complaints.settle_money", settle_money, "是否退费"),
)
