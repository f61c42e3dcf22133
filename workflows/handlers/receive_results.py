"""The client's receipt by link, the answer to an objection, proof of registered mail instead, and the end of the matter."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, client_signatures, closings, communications, documents, leads, links

PURPOSE = "closing_receipt"
KINDS = ("closing_statement",)
UNKNOWN_FILE = "This file does not belong to this case."
MAIL_PROOF = "结案材料邮寄凭证"


def read_receipt(context: Context, data: Variables) -> dict[str, Any]:
    """The client's name, when the client is a person."""
    client = leads.get_lead(context.session, data["lead_id"]).client
    return {"signer_name": client.get("name", "") if client.get("kind") == "person" else ""}


def client_receives(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the client's signature under the statement, or the objection. Sets ``receipt_decision``."""
    lead_id, received = data["lead_id"], values["receipt_decision"] == "RECEIVED"
    if received:
        client_signatures.record_signature(context, lead_id=lead_id, purpose=PURPOSE, values=values, kinds=KINDS)
        receipt = {"signer_name": values["signer_name"], "comment": values.get("client_comment") or ""}
        closings.receive(context, lead_id, receipt, result=closings.SIGNED)
        said = "已签收办案成果和结案说明" + (f"：{receipt['comment']}" if receipt["comment"] else "")
    else:
        closings.object_to(context, lead_id, values["objection"])
        said = f"对办案成果或者结案说明有异议：{values['objection']}"
        _complain(context, lead_id, values["objection"])
    communications.log_communication(
        context, lead_id=lead_id, channel="link", direction="in", summary=said, persons=[context.actor.name]
    )
    links.use_own_link(context)
    return {"receipt_decision": values["receipt_decision"], **({"closing_result": closings.SIGNED} if received else {})}


def _complain(context: Context, lead_id: str, objection: str) -> None:
    """An objection to the results is a complaint as well: the complaint officer answers it in its own time."""
    lead = leads.get_lead(context.session, lead_id)
    email = client_mail.find_client_address(context.session, lead_id) or ""
    who = {"name": lead.client_name, "relation": "client", "phone": str(lead.client.get("phone") or ""), "email": email}
    payload = {"source": "closing", "facts": objection, "lead_id": lead_id, "complainant": {**who, "anonymous": False}}
    context.send_message("complaint.received", correlation=lead_id, payload=payload)


def read_objection(context: Context, data: Variables) -> dict[str, Any]:
    """What the client wrote."""
    return {"objection": closings.get_closing(context.session, data["lead_id"]).objections[-1]["objection"]}


def answer_objection(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the partner's answer. Sets ``objection_next`` CORRECT / EXPLAIN / MAIL."""
    closings.answer_objection(context, data["lead_id"], reply=values["reply"], next_step=values["next_step"])
    return {"objection_next": values["next_step"]}


def register_mail(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the proof of registered mail: the results count as delivered."""
    lead_id = data["lead_id"]
    for number, document_id in enumerate(values["proof"], 1):
        document = documents.find_document(context.session, document_id)
        if document is None or document.lead_id != lead_id:
            raise FormInvalid({"proof": [FieldError(UNKNOWN_FILE)]})
        title = MAIL_PROOF if len(values["proof"]) == 1 else f"{MAIL_PROOF}（{number}）"
        documents.place_document(context, document_id, slot="deliverables", title=title)
    links.revoke_task_links(context, context.instance_id or "", "Task_ClientReceipt")
    closings.receive(context, lead_id, values, result=closings.MAILED)
    communications.log_communication(
        context,
        lead_id=lead_id,
        channel="letter",
        direction="out",
        summary=f"以{values['carrier']}寄送办案成果和结案说明，单号{values['tracking_no']}，寄出日期{values['sent_on']}",
        persons=[leads.get_lead(context.session, lead_id).client_name],
        document_ids=values["proof"],
    )
    return {"closing_result": closings.MAILED}


def close(context: Context, *, lead_id: str) -> Variables:
    """Close the matter."""
    closings.close(context, lead_id)
    return {"matter_closed_at": context.now.isoformat()}


HANDLERS = (
    Prefill("closings.read_receipt", read_receipt, "签收人"),
    Completion("closings.client_receives", client_receives, "客户签收"),
    Prefill("closings.read_objection", read_objection, "客户异议"),
    Completion("closings.answer_objection", answer_objection, "答复客户异议"),
    Completion("closings.register_mail", register_mail, "登记邮寄凭证"),
    Operation("closings.close", close, "案件结案"),
)
