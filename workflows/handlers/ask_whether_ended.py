"""Matters that may have ended without a word: the lawyer is asked, and the partners hear when no answer comes."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, matters, silent_matters

PASSED = "This day has passed."


def find(context: Context) -> Variables:
    """Ask about each matter that may have ended."""
    suspects = silent_matters.find_suspects(context.session, context.now)
    for suspect in suspects:
        matter = suspect.matter
        inquiry = silent_matters.ask(context, suspect)
        payload = {
            "matter_id": matter.id,
            "lead_id": matter.lead_id,
            "lawyer_id": matter.lawyer_id,
            "title": matter.title,
            "inquiry_id": inquiry,
            "silence_reason": suspect.reason,
        }
        context.send_message("matter.silent", correlation=matter.id, payload=payload)
    return {"silent_count": len(suspects)}


def read(context: Context, data: Variables) -> dict[str, Any]:
    """Why it is asked."""
    matter = matters.get_matter(context.session, data["matter_id"])
    return {"matter": f"{matter.matter_no} {matter.title}", "why": silent_matters.REASONS[data["silence_reason"]]}


def answer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Ended: closing begins. Not ended: why, and when to ask again. Sets ``matter_has_ended``."""
    ended = values["ended"] == "yes"
    next_on = None if ended else date.fromisoformat(str(values["next_check"])[:10])
    if next_on and next_on <= context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"next_check": [FieldError(PASSED)]})
    said = str(values.get("reason") or "")
    silent_matters.answer(context, data["inquiry_id"], has_ended=ended, said=said, next_check_on=next_on)
    return {"matter_has_ended": ended}


def remind(context: Context, *, lead_id: str, lawyer_id: str) -> None:
    """Nobody answered in time."""
    subject = "疑似已结未报案件未答复"
    body = "承办律师未在规定时间内说明案件是否已结案，请主管合伙人督促。\n"
    client_mail.mail_role(context, role="partner", subject=subject, body=body, lead_id=lead_id, without=lawyer_id)
    client_mail.mail_person(context, person_id=lawyer_id, subject=subject, body=body, lead_id=lead_id)


HANDLERS = (
    Operation("silence.find", find, title="找出疑似已结案件"),
    Prefill("silence.read", read, title="疑似已结案件"),
    Completion("silence.answer", answer, title="说明是否已结案"),
    Operation("silence.remind", remind, title="提醒合伙人"),
)
