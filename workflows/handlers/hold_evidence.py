"""Legal holds: put by hand, what they take off destruction lists, their yearly review, lifted by the director."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import appraisals, legal_holds, matters
from workflows.records.client_mail import mail_person, mail_role
from workflows.records.rule_packs import get_rule


def place(context: Context, *, lead_id: str, cause: str, reason: str, volume_id: str = "") -> Variables:
    """Put a case file or one volume under a hold."""
    hold = legal_holds.place_hold(context, lead_id, cause=cause, reason=reason, volume_id=volume_id or None)
    return {"hold_id": hold.id}


def lift(context: Context, *, hold_id: str, reason: str) -> Variables:
    """Lift a hold from its page."""
    legal_holds.check_setter(context)
    legal_holds.lift_hold(context, hold_id, reason)
    return {}


def spread(context: Context, *, hold_id: str) -> Variables:
    """Take what the hold keeps off destruction lists, tell lawyer and archivist; sets when it is reviewed."""
    hold = legal_holds.find_hold(context.session, hold_id)
    assert hold is not None
    dropped = appraisals.drop_blocked(context, hold.lead_id)
    matter = matters.find_matter_by_lead(context.session, hold.lead_id)
    title = matter.title if matter else hold.reason
    off = f"已移出销毁清册：{'、'.join(item.file_no for item in dropped)}。" if dropped else ""
    body = f"{title}：{legal_holds.CAUSES.get(hold.cause, hold.cause)}，{hold.reason}。解除前不得删除、覆盖或者销毁。{off}"
    mail_role(context, role="archivist", subject="证据保全", body=body, lead_id=None)
    if matter:
        mail_person(context, person_id=matter.lawyer_id, subject="证据保全", body=body, lead_id=hold.lead_id)
    return {"hold_review_at": _next_review(context), "hold_dropped": len(dropped), "hold_on": "no" if hold.lifted_at else "yes"}


def read_review(context: Context, data: Variables) -> dict[str, Any]:
    """Why the hold is on."""
    hold = legal_holds.find_hold(context.session, data["hold_id"])
    if hold is None:
        return {}
    said = f"\n解除建议：{data['lift_reason']}" if data.get("lift_reason") else ""
    cause = legal_holds.CAUSES.get(hold.cause, hold.cause)
    return {"why": f"{cause}：{hold.reason}（{hold.set_by_name}，{hold.set_at.astimezone(FIRM_ZONE).date().isoformat()}）{said}"}


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compliance keeps the hold on another year or proposes to lift it."""
    context.audit("legal_hold.reviewed", f"lead:{data['hold_lead_id']}", decision=values["decision"], reason=values["reason"])
    return {
        "hold_decision": values["decision"],
        "lift_reason": values["reason"],
        "hold_review_at": _next_review(context),
    }


def decide_lift(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director lifts it, or not."""
    if values["decision"] == "lift":
        legal_holds.lift_hold(context, data["hold_id"], f"{data['lift_reason']}；{values['reason']}")
    return {"hold_decision": values["decision"]}


def _next_review(context: Context) -> str:
    days = int(get_rule("appraisal", "hold_review", context.now.astimezone(FIRM_ZONE).date()).value)
    return (context.now + timedelta(days=days)).isoformat()


HANDLERS = (
    Operation("legal_holds.place", place, "设定证据保全"),
    Operation("legal_holds.lift", lift, "解除证据保全"),
    Operation("legal_holds.spread", spread, "落实证据保全"),
    Prefill("legal_holds.read_review", read_review, "证据保全理由"),
    Completion("legal_holds.review", review, "证据保全复核"),
    Completion("legal_holds.decide_lift", decide_lift, "决定解除"),
)
