"""The client's originals: taken with a receipt, given back against the client's signature, and what the desk owes meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, documents, leads, originals, people, refusals

NOTHING_HELD = "The firm holds nothing of this client's in this case."


def read_take(context: Context, data: Variables) -> dict[str, Any]:
    """Today, the client, and whoever began it as the one who keeps the things."""
    today = context.now.astimezone(FIRM_ZONE).date()
    return {"taken_on": today.isoformat(), "person": data.get("client_name") or "", "holder": data.get("starter_id") or ""}


def take(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter what came in; the receipt is made next."""
    day = _past_day(context, values, "taken_on")
    holder = people.find_person(context.session, values["holder"])
    if holder is None:
        raise FormInvalid({"holder": [FieldError("option")]})
    given = {"person": values["person"], "holder_id": holder.id, "holder_name": holder.name, "note": values.get("note") or ""}
    receipt = originals.take(context, data["lead_id"], values["rows"], on=day, **given)
    return {"custody_id": receipt.id}


def mail_receipt(context: Context, *, lead_id: str, receipt_id: str, document_id: str) -> Variables:
    """Keep the sealed receipt and mail it; ``receipt_mailed`` False when the client reads no mail."""
    made_by = originals.get_receipt(context.session, receipt_id).made_by_name
    originals.note_document(context, receipt_id, document_id, signer_name=made_by)
    body = "您好：\n\n本所已收到您交来的原件，收据附后，请核对并妥善保管。返还时请您签收。"
    sent = client_mail.mail_client(context, lead_id=lead_id, subject="原件收据", body=body, attachments=[document_id])
    return {"receipt_mailed": sent}


def hand_receipt(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The desk handed the receipt over; a scan with the client's signature is filed."""
    for document_id in values.get("scan") or []:
        originals.note_document(context, data["custody_id"], document_id, signer_name=values["handed_to"])
    return {}


def read_return(context: Context, data: Variables) -> dict[str, Any]:
    """Everything that is held, ticked; today; the client."""
    held = [each.id for each in originals.list_held(context.session, data["lead_id"]) if each.state == originals.HELD]
    address = client_mail.find_client_address(context.session, data["lead_id"])
    return {
        "original_ids": held,
        "person": data.get("client_name") or "",
        "returned_on": context.now.astimezone(FIRM_ZONE).date().isoformat(),
        "return_how": originals.BY_LINK if address else originals.ON_PAPER,
    }


def give_back(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Begin the return of what was chosen; only what this case holds can be chosen."""
    lead_id = data["lead_id"]
    held = {each.id for each in originals.list_held(context.session, lead_id) if each.state == originals.HELD}
    if not held or not set(values["original_ids"]) <= held:
        raise FormInvalid({"original_ids": [FieldError(NOTHING_HELD if not held else "option")]})
    day, how = _past_day(context, values, "returned_on"), values["return_how"]
    given = {"person": values["person"], "on": day, "how": how, "note": values.get("note") or ""}
    receipt = originals.begin_return(context, lead_id, values["original_ids"], **given)
    return {"custody_return_id": receipt.id, "return_how": how}


def read_paper(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be signed for."""
    return {"originals": _lines(context, data["custody_return_id"])}


def sign_paper(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client signed the printed receipt; its scan goes into the case."""
    file_scan(context, values["receipt"])
    given = {"how": originals.ON_PAPER, "signer_name": values["signer_name"], "document_ids": values["receipt"]}
    originals.sign_return(context, data["custody_return_id"], **given)
    return {}


def file_scan(context: Context, document_ids: list[str]) -> None:
    """Put scans of a signed receipt where receipts lie in the volume."""
    for document_id in document_ids:
        documents.place_document(context, document_id, slot="deliverables", title="原件返还签收单（签字件）")


def remind(context: Context, *, lead_id: str) -> Variables:
    """Ask the desk to have the receipt signed."""
    lead = leads.get_lead(context.session, lead_id)
    body = f"{lead.client_name}（{lead.lead_no}）的原件返还签收单尚未签字，请联系客户。"
    subject = f"请取得原件返还的签收：{lead.lead_no}"
    return {"desk_told": client_mail.mail_role(context, role="desk", subject=subject, body=body, lead_id=lead_id)}


def _lines(context: Context, receipt_id: str) -> str:
    return "\n".join(each.line for each in originals.list_of_receipt(context.session, receipt_id))


def _past_day(context: Context, values: dict[str, Any], field: str) -> date:
    day = date.fromisoformat(values[field])
    if day > context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({field: [FieldError(refusals.DATE_IN_FUTURE)]})
    return day


HANDLERS = (
    Prefill("originals.read_take", read_take, "收取原件"),
    Completion("originals.take", take, "登记收取的原件"),
    Operation("originals.mail_receipt", mail_receipt, "收据交客户"),
    Completion("originals.hand_receipt", hand_receipt, "当面交付收据"),
    Prefill("originals.read_return", read_return, "返还原件"),
    Completion("originals.return", give_back, "登记返还的原件"),
    Prefill("originals.read_paper", read_paper, "待签收的原件"),
    Completion("originals.sign_paper", sign_paper, "纸质签收"),
    Operation("originals.remind", remind, "提醒取得签收"),
)
