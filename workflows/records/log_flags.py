"""What follows when a log entry is flagged as a decision, a risk or an instruction."""

from __future__ import annotations

from collections.abc import Sequence

from engine.context import Context
from engine.handlers import Variables
from workflows.records import client_mail, matters


def follow_flags(context: Context, matter: matters.Matter, flags: Sequence[str], said: str) -> None:
    """What a talk leads to: an offer to confirm in writing, documents, a partner who calls an unhappy client."""
    if asked := [flag for flag in ("decision", "risk", "instruction") if flag in flags]:
        seed = {"kind": asked[0], "form": "confirmation", "content": said, "origin": "log"}
        payload = {"confirm_seed": seed, "confirmation_id": "", "talk": said, **case_data(matter)}
        context.send_message("confirmation.wanted", correlation=matter.id, payload=payload)
    if "documents" in flags:
        want_documents(context, matter, said)
    if "dissatisfied" in flags:
        client_mail.mail_role(
            context,
            role="partner",
            subject=f"客户不满，请回访：{matter.matter_no}",
            body=f"“{matter.title}”的客户表示不满，请在两个工作日内回访：\n\n{said}",
            lead_id=matter.lead_id,
        )


def want_documents(context: Context, matter: matters.Matter, said: str) -> None:
    payload = {"delivery_origin": "request", "delivery_request": said, "delivery_document_ids": [], "delivery_id": ""}
    context.send_message("document.requested", correlation=matter.id, payload={**payload, **case_data(matter)})


def case_data(matter: matters.Matter) -> Variables:
    return {
        "lead_id": matter.lead_id,
        "matter_id": matter.id,
        "lawyer_id": matter.lawyer_id,
        "matter_type": matter.matter_type,
        "title": matter.title,
    }
