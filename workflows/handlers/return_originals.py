"""Originals go back to a client whose matter was declined: acknowledged by link, or on paper at the desk."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.handlers import Variables
from workflows.records import client_mail, client_signatures, declines, leads, links

PURPOSE = "originals_receipt"
RECEIVED = "RECEIVED"


def read_receipt(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be acknowledged, and what the client misses."""
    found = declines.get_decline(context.session, data["lead_id"])
    return {"originals": found.letter.get("originals") or "", "receipt_note": data.get("receipt_note") or ""}


def sign_receipt(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client acknowledges the originals, or says what is missing; then the desk is told."""
    lead_id, answer = data["lead_id"], values["receipt_answer"]
    links.use_own_link(context)
    if answer == RECEIVED:
        client_signatures.record_signature(context, lead_id=lead_id, purpose=PURPOSE, values=values, kinds=(PURPOSE,))
        declines.note_receipt(context, lead_id, by="link")
        return {"receipt_answer": answer}
    lead = leads.get_lead(context.session, lead_id)
    client_mail.mail_role(
        context,
        role="desk",
        subject=f"客户反映返还的原件有缺漏：{lead.lead_no}",
        body=f"{lead.client_name}（{lead.lead_no}）：{values['receipt_note']}",
        lead_id=lead_id,
    )
    return {"receipt_answer": answer, "receipt_note": values["receipt_note"]}


def paper_receipt(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The desk brought the signed receipt."""
    declines.keep_receipt(context, data["lead_id"], values["receipt"])
    declines.note_receipt(context, data["lead_id"], by="paper", remark=values["receipt_remark"])
    return {}


HANDLERS = (
    Prefill("declines.read_receipt", read_receipt, "返还的原件"),
    Completion("declines.sign_receipt", sign_receipt, "客户签收原件"),
    Completion("declines.paper_receipt", paper_receipt, "纸质签收"),
)
