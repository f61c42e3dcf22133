"""Originals go back to a client, of a matter that was declined or any other: acknowledged by link, or on paper at the desk."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.handlers import Variables
from workflows.records import client_mail, client_signatures, declines, leads, links, originals

PURPOSE = "originals_receipt"
RECEIVED = "RECEIVED"


def read_receipt(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be acknowledged, and what the client misses."""
    if return_id := data.get("custody_return_id"):
        shown = "\n".join(each.line for each in originals.list_of_receipt(context.session, return_id))
    else:
        shown = declines.get_decline(context.session, data["lead_id"]).letter.get("originals") or ""
    return {"originals": shown, "receipt_note": data.get("receipt_note") or ""}


def sign_receipt(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client acknowledges the originals, or says what is missing; then the desk is told."""
    lead_id, answer = data["lead_id"], values["receipt_answer"]
    links.use_own_link(context)
    if answer == RECEIVED:
        client_signatures.record_signature(context, lead_id=lead_id, purpose=PURPOSE, values=values, kinds=(PURPOSE,))
        if return_id := data.get("custody_return_id"):
            originals.sign_return(context, return_id, how=originals.BY_LINK, signer_name=values["signer_name"])
        else:
            declines.note_receipt(context, lead_id, by="link")
            originals.return_rest(context, lead_id, how=originals.AT_DECLINE, person=values["signer_name"])
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
    lead_id, client = data["lead_id"], data.get("client_name") or "客户"
    declines.keep_receipt(context, lead_id, values["receipt"])
    if return_id := data.get("custody_return_id"):
        given = {"how": originals.ON_PAPER, "signer_name": client, "document_ids": values["receipt"]}
        originals.sign_return(context, return_id, **given)
    else:
        declines.note_receipt(context, lead_id, by="paper", remark=values["receipt_remark"])
        originals.return_rest(context, lead_id, how=originals.AT_DECLINE, person=client)
    return {}


HANDLERS = (
    Prefill("declines.read_receipt", read_receipt, "返还的原件"),
    Completion("declines.sign_receipt", sign_receipt, "客户签收原件"),
    Completion("declines.paper_receipt", paper_receipt, "纸质签收"),
)
