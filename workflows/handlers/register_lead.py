"""The front desk's part of an intake: who came, the client's facts, the outline, and the automatic steps between."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.calendar import add_working_hours
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, clients, leads, links
from workflows.records.identifiers import age_on, read_person
from workflows.records.rule_packs import get_rule

LAPSED = "LAPSED"
PURGE, KEEP = "PURGE", "KEEP"
URGENT = {"urgent_48h": "客户要求四十八小时内办理", "detained": "当事人已被羁押"}


def arrive(context: Context) -> Variables:
    """Until when somebody must have answered: so many office hours from now."""
    today = context.now.astimezone(FIRM_ZONE).date()
    opens, closes = (time.fromisoformat(each) for each in get_rule("intake", "office_hours", today).value)
    hours = float(get_rule("intake", "first_reply", today).value)
    until = add_working_hours(context.now, hours, opens=opens, closes=closes)
    return {"first_reply_at": until.astimezone(FIRM_ZONE).isoformat(), "lead_id": ""}


def register(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Register the lead; a paid referral is refused (Lawyers Law, Article 26)."""
    if values.get("referrer_paid"):
        raise FormInvalid({"referrer_paid": [FieldError("paid_referral")]})
    lead = leads.register_lead(context, values)
    return {
        "lead_id": lead.id,
        "lead_no": lead.lead_no,
        "desk_id": context.actor.id,
        "client_name": values["contact_name"],
        "title": f"{values['contact_name']} · {lead.lead_no}",
        "privacy_consent": values.get("privacy_consent") or "yes",
        "is_urgent": values.get("urgency") in URGENT and values.get("privacy_consent") != "no",
        "facts_by": values.get("facts_by") or "desk",
        "intake_decision": "",
        "intake_result": LAPSED if values.get("privacy_consent") == "no" else "",
    }


def find_duplicates(context: Context, *, lead_id: str) -> Variables:
    """How many earlier leads or clients may be the same person; the panel shows them."""
    lead = leads.get_lead(context.session, lead_id)
    earlier = leads.list_earlier(context.session, lead)
    known = clients.list_clients_by_name(context.session, lead.reception.get("contact_name") or "")
    return {"duplicates": len(earlier) + len(known)}


def read_client(context: Context, data: Variables) -> dict[str, Any]:
    """What is known: the lead's own facts, else those of the client of the last lead from the same telephone."""
    lead = leads.get_lead(context.session, data["lead_id"])
    if lead.client:
        return dict(lead.client)
    same_phone = [each for each in leads.list_earlier(context.session, lead) if each.phone == lead.phone and each.client]
    if same_phone:
        return dict(same_phone[0].client)
    return {"name": lead.reception.get("contact_name") or "", "email": lead.reception.get("email") or ""}


def write_client(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Store the client's facts; a minor needs a guardian."""
    today = context.now.astimezone(FIRM_ZONE).date()
    born = read_person(values["id_number"])["birth_date"] if values.get("id_number") else values.get("birth_date")
    least = int(get_rule("intake", "guardian_below_age", today).value)
    errors: dict[str, list[FieldError]] = {}
    if born and date.fromisoformat(born) > today:
        path = "id_number" if values.get("id_number") else "birth_date"
        errors[path] = [FieldError("The birth date lies in the future.")]
    elif born and age_on(date.fromisoformat(born), today) < least and not values.get("guardian_name"):
        errors["guardian_name"] = [FieldError("The client is a minor: name the guardian.")]
    if errors:
        raise FormInvalid(errors)
    lead = leads.write_client(context, data["lead_id"], values)
    return {"client_id": lead.client_id, "client_name": lead.client_name, "title": f"{lead.client_name} · {lead.lead_no}"}


def fill_by_client(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client's own entries, through the link; the desk checks them afterwards."""
    links.use_own_link(context)
    return {**write_client(context, values, data), "facts_by": "desk"}


def write_outline(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Store the outline and name the case after client and cause."""
    check_identified(context, values, data)
    return leads.describe(context, leads.write_outline(context, data["lead_id"], values))


def check_identified(context: Context, values: dict[str, Any], data: Variables) -> None:
    """Who does not say who they are gets advice and nothing else."""
    refused = leads.get_lead(context.session, data["lead_id"]).client.get("id_refused")
    if refused and values["matter_type"] != "consultation":
        raise FormInvalid({"matter_type": [FieldError("Without an identity document only a consultation is possible.")]})


def flag_pressing(context: Context, *, lead_id: str) -> Variables:
    """Tell the partners at once that the case cannot wait."""
    lead = leads.get_lead(context.session, lead_id)
    dates = "；".join(f"{row['event']} {row['date']}" for row in lead.outline.get("key_dates") or [])
    reasons = [URGENT[urgency]] if (urgency := lead.reception.get("urgency")) in URGENT else []
    reasons += [f"关键日期：{dates}"] if dates else []
    title = f"{lead.client_name} · {lead.outline.get('cause', '')}"
    client_mail.mail_role(
        context,
        role="partner",
        subject=f"紧急来访：{lead.client_name}（{lead.lead_no}）",
        body=f"来访{lead.lead_no}“{title}”须立即办理。{'；'.join(reasons)}。请关注接洽进度。",
        lead_id=lead_id,
    )
    context.audit("lead_flagged_pressing", f"lead:{lead_id}", dates=dates)
    return {}


def remind(context: Context, *, lead_id: str, role: str = "", person_id: str = "", what: str) -> Variables:
    """Mail whoever the intake waits for; before anybody is registered there is no lead yet."""
    found = leads.get_lead(context.session, lead_id) if lead_id else None
    name = f"来访{found.lead_no}" if found else "新的来访"
    subject, body = f"收案提醒：{name}{what}", f"{name}{what}，请登录待办处理。"
    if role:
        client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=lead_id or None)
    if person_id:
        client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=lead_id or None)
    return {}


def remind_idle(context: Context, *, lead_id: str) -> Variables:
    """Mail the desk, and the contact lawyer where there is one, that nothing has happened for long."""
    lead = leads.get_lead(context.session, lead_id)
    days = int(get_rule("intake", "remind_lead", context.now.astimezone(FIRM_ZONE).date()).value)
    return remind(context, lead_id=lead_id, role="desk", person_id=lead.lawyer_id or "", what=f"登记{days}日尚未完成")


def purge(context: Context, *, lead_id: str) -> Variables:
    """Forget who came; the number and that it lapsed stay."""
    leads.purge_lead(context, lead_id)
    return {"intake_result": LAPSED, "client_name": "", "title": leads.get_lead(context.session, lead_id).lead_no}


def decide_lapse(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner lets a lead without progress go on, lapse, or be forgotten."""
    decision, lead_id = values["lapse_decision"], data["lead_id"]
    context.audit("lead_lapse_decided", f"lead:{lead_id}", decision=decision, reason=values["lapse_reason"])
    if decision == PURGE:
        return {"lapse_decision": decision, **purge(context, lead_id=lead_id)}
    if decision == KEEP:
        leads.move_lead(context, lead_id, "LAPSED")
    return {"lapse_decision": decision, "intake_decision": "", "intake_result": LAPSED if decision == KEEP else ""}


HANDLERS = (
    Operation("leads.arrive", arrive, "首次答复期限"),
    Completion("leads.fill_by_client", fill_by_client, "客户填写基本情况"),
    Completion("leads.register", register, "登记来访"),
    Operation("leads.find_duplicates", find_duplicates, "来访查重"),
    Prefill("leads.read_client", read_client, "客户基本情况"),
    Completion("leads.write_client", write_client, "客户基本情况"),
    Completion("leads.write_outline", write_outline, "需求与案情"),
    Operation("leads.flag_pressing", flag_pressing, "标记紧急并通知合伙人"),
    Operation("leads.remind", remind, "收案提醒"),
    Operation("leads.remind_idle", remind_idle, "提醒前台与律师"),
    Operation("leads.purge", purge, "清除来访信息"),
    Completion("leads.decide_lapse", decide_lapse, "来访逾期处理"),
)
