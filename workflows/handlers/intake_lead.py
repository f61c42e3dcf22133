"""Completions of the intake forms: each writes to the lead."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import leads, people


def register(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Register the lead; a paid referral is refused (Lawyers Law, Article 26)."""
    if values.get("referrer_paid"):
        raise FormInvalid({"referrer_paid": [FieldError("paid_referral")]})
    lead = leads.register_lead(context, values)
    return {"lead_id": lead.id, "lead_no": lead.lead_no, "desk_id": context.actor.id}


def write_client(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Store the client's facts."""
    lead = leads.write_client(context, data["lead_id"], values)
    return {"client_name": lead.client_name}


def write_outline(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Store the outline and name the case after client and cause."""
    lead = leads.write_outline(context, data["lead_id"], values)
    today = context.now.astimezone(FIRM_ZONE).date()
    return {
        "matter_type": lead.matter_type,
        "title": f"{lead.client_name} · {values['cause']}",
        "is_pressing": leads.is_pressing(values, today),
    }


def assign_lawyer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Make a lawyer the contact lawyer."""
    person = people.find_person(context.session, values["lawyer_id"])
    if person is None or "lawyer" not in person.roles:
        raise FormInvalid({"lawyer_id": [FieldError("option")]})
    leads.get_lead(context.session, data["lead_id"]).lawyer_id = person.id
    return {"lawyer_id": person.id, "team_ids": [person.id]}


def confirm(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer completes the outline; the lead goes on to the conflict check."""
    lead = leads.get_lead(context.session, data["lead_id"])
    leads.write_outline(context, lead.id, {**lead.outline, **values})
    leads.move_lead(context, lead.id, "SCREENING")
    return {}


def read_outline(context: Context, data: Variables) -> dict[str, Any]:
    """What the desk wrote, for the lawyer to complete."""
    return dict(leads.get_lead(context.session, data["lead_id"]).outline)


HANDLERS = (
    Completion("leads.register", register, "登记来访"),
    Completion("leads.write_client", write_client, "客户基本情况"),
    Completion("leads.write_outline", write_outline, "需求与案情"),
    Completion("leads.assign_lawyer", assign_lawyer, "指定接洽律师"),
    Completion("leads.confirm", confirm, "律师确认"),
    Prefill("leads.outline", read_outline, "案情概要"),
)
