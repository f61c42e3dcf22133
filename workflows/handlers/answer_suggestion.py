"""A need of a former client, or somebody whom a client refers: the desk calls and begins a lead."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import client_mail

KEYS = ("source", "referrer", "contact_name", "phone", "need")


def answer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Begin the intake, or leave it with the reason."""
    suggested = {**(data.get("suggested") or {}), "contact_name": values["contact_name"], "phone": values["phone"]}
    context.audit("lead_suggestion_answered", f"suggestion:{suggested.get('source', '')}", decision=values["decision"])
    return {"suggestion_decision": values["decision"], "suggested": suggested}


def read(context: Context, data: Variables) -> dict[str, Any]:
    """What is known of whoever comes because a call or a referral suggested it; nothing for others."""
    suggested = data.get("suggested") or {}
    return {key: suggested[key] for key in KEYS if suggested.get(key)}


def remind(context: Context, *, suggested: dict[str, Any]) -> Variables:
    """Tell the desk that somebody with a need waits."""
    text = f"{suggested.get('contact_name', '')}的新需求尚未联系，请登录待办处理。"
    return {"reminded": client_mail.mail_role(context, role="desk", subject="新需求待联系", body=text, lead_id=None)}


HANDLERS = (
    Completion("leads.answer_suggestion", answer, "联系并确认需求"),
    Prefill("leads.read_suggestion", read, "新需求"),
    Operation("leads.remind_suggestion", remind, "提醒联系新需求"),
)
