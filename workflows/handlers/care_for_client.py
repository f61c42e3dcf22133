"""Keeping in touch with a client after a matter: plan the calls, keep what came of them, hand on needs and complaints."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import aftercare, client_mail, leads, matters
from workflows.records.communications import log_communication


def begin(context: Context, *, matter_id: str) -> Variables:
    """Take up the after-care and sum up what decides on the tier."""
    found = aftercare.begin(context, matter_id)
    return aftercare.sum_up(context.session, found.client_id)


def plan(context: Context, *, matter_id: str, tier: str) -> Variables:
    """Set the moment of the next call, or none, and when silence becomes dormancy."""
    found = aftercare.plan(context, matter_id, tier)
    return {"visit_at": aftercare.visit_at(found), "dormant_at": aftercare.dormant_at(found, context.now)}


def read_visit(context: Context, data: Variables) -> dict[str, Any]:
    """Who is called, and how they prefer it."""
    lead = leads.get_lead(context.session, data["lead_id"])
    return {
        "channel": lead.reception.get("preferred_channel") or "phone",
        "person": lead.reception.get("contact_name") or lead.client_name,
        "outcome": "none",
    }


def keep_visit(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep a call in the log; a complaint goes to the complaint officer, a need or a referral to the desk."""
    visit = aftercare.keep_visit(context, data["matter_id"], values)
    summary = "；".join(text for text in (f"回访：{values['summary']}", values.get("need"), values.get("complaint")) if text)
    log_communication(
        context, lead_id=data["lead_id"], channel=values["channel"], direction="out", persons=[values["person"]],
        summary=summary, at=context.now,
    )  # fmt: skip
    if values["outcome"] == "complaint":
        payload = {"lead_id": data["lead_id"], "source": "aftercare", "facts": values["complaint"]}
        context.send_message("complaint.received", correlation=data["lead_id"], payload=payload)
    needs = values["outcome"] in ("need", "referral")
    outcome = "OPT_OUT" if values.get("opt_out") and not needs else "NEED" if needs else "NONE"
    suggestion = {"visit_id": visit.id, **suggest(context, values, data)} if needs else {}
    return {"visit_id": visit.id, "visit_outcome": outcome, "suggestion": suggestion}


def suggest(context: Context, values: dict[str, Any], data: Variables) -> dict[str, Any]:
    """What the desk begins a new lead with: of the client, or of whom the client refers."""
    lead = leads.get_lead(context.session, data["lead_id"])
    if values["outcome"] == "referral":
        found = {"source": "referral", "contact_name": values["referred_name"], "phone": values["referred_phone"]}
        return {"suggested": {**found, "referrer": lead.client_name, "need": values.get("need") or ""}}
    phone = lead.client.get("phone") or lead.reception.get("phone") or ""
    found = {"source": "existing", "contact_name": values["person"], "phone": phone, "need": values["need"]}
    return {"suggested": found}


def remind(context: Context, *, matter_id: str) -> Variables:
    """Tell desk and partners that a call is late."""
    matter = matters.get_matter(context.session, matter_id)
    text = f"案件{matter.matter_no}的客户回访已逾期，请登录待办处理。"
    told = sum(
        client_mail.mail_role(context, role=role, subject=f"客户回访逾期：{matter.matter_no}", body=text, lead_id=matter.lead_id)
        for role in ("desk", "partner")
    )
    return {"reminded": told}


def minimise(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record what compliance decided to keep of a dormant client."""
    aftercare.end(context, data["matter_id"], kept=values["kept"])
    return {}


HANDLERS = (
    Operation("aftercare.begin", begin, "汇总客户情况"),
    Operation("aftercare.plan", plan, "安排下次回访"),
    Prefill("aftercare.read_visit", read_visit, "回访对象"),
    Completion("aftercare.keep_visit", keep_visit, "记录回访"),
    Operation("aftercare.remind", remind, "提醒回访"),
    Completion("aftercare.minimise", minimise, "资料最小化审查"),
)
