"""Documents for the client: classed, decided on by two where they are restricted, stamped, sent and listed (R32)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    client_mail,
    client_refusals,
    communications,
    copy_stamps,
    deliveries,
    documents,
    leads,
    matters,
)
from workflows.records.rule_packs import get_rule

TRAITS = {
    "state_secret": "doc_state_secret",
    "walled": "doc_walled",
    "criminal_file": "doc_criminal_file",
    "sealed": "doc_sealed",
    "private": "doc_private",
    "third_party": "doc_third_party",
    "work_product": "doc_work_product",
}


def classify(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the lawyer says of the documents: the inputs of decision table D10."""
    own = [_own(context, each, data["lead_id"]) for each in [*(values.get("documents") or []), *(values.get("files") or [])]]
    chosen = list(dict.fromkeys(each.id for each in own if each))
    if not chosen:
        raise FormInvalid({"documents": [FieldError(client_refusals.NOTHING_CHOSEN)]})
    traits = {field: "yes" if name in (values.get("traits") or []) else "no" for name, field in TRAITS.items()}
    made = deliveries.open_delivery(
        context,
        lead_id=data["lead_id"],
        matter_id=data["matter_id"],
        origin=data.get("delivery_origin") or "hand",
        request=values.get("request") or "",
        document_ids=chosen,
        traits=traits,
    )
    return {"delivery_id": made.id, **traits}


def _own(context: Context, document_id: str, lead_id: str) -> documents.Document | None:
    found = documents.find_document(context.session, document_id)
    return found if found and found.lead_id == lead_id and found.media_type == documents.PDF else None


def read_classify(context: Context, data: Variables) -> dict[str, Any]:
    """What was asked for or came in, and what its place in the volume says of it."""
    rules = get_rule("client_service", "inner_slots", context.now.astimezone(FIRM_ZONE).date()).value
    given = data.get("delivery_document_ids") or []
    slots = {found.slot for found in (documents.find_document(context.session, each) for each in given) if found}
    criminal = data.get("matter_type") == "criminal"
    traits = [name for name, wanted in rules.items() if slots & set(wanted) and (name != "criminal_file" or criminal)]
    return {"request": data.get("delivery_request"), "documents": given, "traits": traits}


def keep_class(context: Context, *, delivery_id: str, disclosure: str) -> Variables:
    """The class that the table gave."""
    deliveries.set_disclosure(context, delivery_id, disclosure)
    return {}


def propose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the lawyer proposes for restricted documents."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    handling = values["handling"]
    if handling not in deliveries.MAY[found.disclosure]:
        raise FormInvalid({"handling": [FieldError(client_refusals.CLASS_FORBIDS)]})
    masked = [each for each in values.get("masked") or [] if _own(context, each, found.lead_id)]
    if handling == deliveries.MASKED and not masked:
        raise FormInvalid({"masked": [FieldError(client_refusals.MASKED_MISSING)]})
    if handling == deliveries.VIEW and not values.get("place"):
        raise FormInvalid({"place": [FieldError(client_refusals.PLACE_MISSING)]})
    entry = {key: values.get(key) or "" for key in ("handling", "reason", "mask_ranges", "place")}
    deliveries.propose(context, found.id, {**entry, "masked_ids": masked})
    return {}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What compliance decides."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    handling = values["handling"]
    if handling not in deliveries.MAY[found.disclosure]:
        raise FormInvalid({"handling": [FieldError(client_refusals.CLASS_FORBIDS)]})
    if handling == deliveries.MASKED and not found.decision.get("masked_ids"):
        raise FormInvalid({"handling": [FieldError(client_refusals.MASKED_MISSING)]})
    deliveries.decide(context, found.id, handling=handling, reason=values["reason"])
    return {"delivery_handling": handling}


def read_decide(context: Context, data: Variables) -> dict[str, Any]:
    """The class, the table's reason and what the lawyer proposes."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    proposal = {key: found.decision.get(key) for key in ("handling", "mask_ranges", "place")}
    return {
        **proposal,
        "proposed_reason": found.decision.get("reason"),
        "disclosure_name": deliveries.CLASS_NAMES[found.disclosure],
        "disclosure_reason": data.get("disclosure_reason"),
    }


def read_class(context: Context, data: Variables) -> dict[str, Any]:
    """The class and the table's reason."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    return {"disclosure_name": deliveries.CLASS_NAMES[found.disclosure], "disclosure_reason": data.get("disclosure_reason")}


def prepare_copies(context: Context, *, delivery_id: str) -> dict[str, Any]:
    """The documents to stamp; refused while nobody allowed a copy."""
    found = deliveries.get_delivery(context.session, delivery_id)
    chosen = [documents.get_document(context.session, each) for each in deliveries.list_to_copy(context.session, delivery_id)]
    return {
        "delivery_id": delivery_id,
        "documents": [{"id": each.id, "title": each.title} for each in chosen],
        "words": get_rule("client_service", "docs_stamp", context.now.astimezone(FIRM_ZONE).date()).value,
        "client": leads.get_lead(context.session, found.lead_id).client_name,
        "at": context.now.astimezone(FIRM_ZONE).isoformat(),
    }


def stamp(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Stamp and number every page."""
    made = {}
    for document in payload["documents"]:
        content = copy_stamps.stamp_copy(
            tools["read_document"](document["id"]),
            words=payload["words"],
            client=payload["client"],
            at=datetime.fromisoformat(payload["at"]),
            fonts=tools.get("fonts"),
        )
        made[document["id"]] = base64.b64encode(content).decode()
    return {"copies": made}


def keep_copies(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store the copies beside the originals."""
    found = deliveries.get_delivery(context.session, payload["delivery_id"])
    copies = []
    for document in payload["documents"]:
        copy = documents.add_document(
            context,
            lead_id=found.lead_id,
            matter_id=found.matter_id,
            kind="client_copy",
            title=f"{document['title']}（客户复印件）",
            media_type=documents.PDF,
            content=base64.b64decode(result["copies"][document["id"]]),
            source="copy",
        )
        copies.append({"document_id": copy.id, "title": document["title"], "pages": copy.page_count or 0, "form": "复印件"})
    rows = [{**each, "at": context.now.isoformat()} for each in copies]
    opening = "现将下列材料的复印件提供给您，仅供您本案使用："
    return {
        "delivery_state": deliveries.DELIVERED,
        "delivery_copies": copies,
        "delivery_letter": _letter(context, found, opening, rows),
    }


def view(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client read the papers at the firm."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    rows = _rows(context, found, "到所阅览")
    note = {key: values.get(key) or "" for key in ("viewed_at", "place", "view_note")}
    opening = f"您于{values['viewed_at'].replace('T', ' ')}在{values['place']}阅览了下列材料："
    letter = _letter(context, found, opening, rows, "上述材料依法不提供复印件，请勿拍摄、传播。")
    return {"delivery_state": deliveries.VIEWED, "delivery_copies": [], "delivery_letter": letter, "delivery_note": note}


def read_view(context: Context, data: Variables) -> dict[str, Any]:
    """Where and when it was planned."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    now = context.now.astimezone(FIRM_ZONE)
    return {"planned": found.decision.get("place"), "place": found.decision.get("place"), "viewed_at": f"{now:%Y-%m-%dT%H:%M}"}


def decline(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the client is told: polite, and no secret in it."""
    found = deliveries.get_delivery(context.session, data["delivery_id"])
    closing = f"{values['client_text']}\n{values.get('alternative') or ''}".strip()
    letter = _letter(context, found, "您希望取得的材料，说明如下：", [], closing)
    note = {"client_text": values["client_text"], "alternative": values.get("alternative") or ""}
    return {"delivery_state": deliveries.DECLINED, "delivery_copies": [], "delivery_letter": letter, "delivery_note": note}


def send(context: Context, *, delivery_id: str, state: str, copies: list[dict[str, Any]], list_id: str, note: Any) -> Variables:
    """The copies and the list go to the client and the delivery is over."""
    found = deliveries.close_delivery(
        context, delivery_id, state, copies=copies, note=note if isinstance(note, dict) else {}, list_document_id=list_id
    )
    attached = [*(each["document_id"] for each in copies), list_id]
    subject = "案件材料" if state == deliveries.DELIVERED else "关于案件材料的说明"
    body = f"您好：\n\n{_say(found)}\n\n详见所附《材料交付清单》。如有疑问，请随时联系承办律师。"
    matter = matters.get_matter(context.session, found.matter_id)
    sent = client_mail.mail_client(
        context, lead_id=found.lead_id, subject=f"{subject}：{matter.matter_no}", body=body, attachments=attached, log=False
    )
    if not sent:
        client_mail.ask_desk(
            context, lead_id=found.lead_id, what=f"请打印并寄送《材料交付清单》及所列复印件（{matter.matter_no}）。"
        )
    communications.log_communication(
        context,
        lead_id=found.lead_id,
        matter_id=found.matter_id,
        channel="email" if sent else "letter",
        direction="out",
        summary=_say(found),
        persons=[leads.get_lead(context.session, found.lead_id).client_name],
        document_ids=attached,
    )
    return {"delivery_result": state}


def _say(found: deliveries.Delivery) -> str:
    if found.state == deliveries.DELIVERED:
        return "提供材料复印件：" + "、".join(f"{each['title']}（{each['pages']}页）" for each in found.copies)
    if found.state == deliveries.VIEWED:
        return f"您已到所阅览所需材料（{found.note.get('place', '')}）。"
    return str(found.note.get("client_text") or "")


def remind(context: Context, *, lead_id: str, lawyer_id: str, request: str) -> Variables:
    """Remind the lawyer of documents that the client waits for."""
    client_mail.mail_person(
        context,
        person_id=lawyer_id,
        subject="客户等待案件材料",
        body=f"{request or '向客户提供材料'}\n\n请在收到后三个工作日内提供或者说明不能提供的理由。",
        lead_id=lead_id,
    )
    return {}


def escalate(context: Context, *, lead_id: str, request: str) -> Variables:
    """Tell the partners that documents are late."""
    told = client_mail.mail_role(
        context,
        role="partner",
        subject="材料逾期未提供给客户",
        body=f"{request or '向客户提供材料'}已逾期，请督促。",
        lead_id=lead_id,
    )
    return {"partners_told": told}


def _rows(context: Context, found: deliveries.Delivery, form: str) -> list[dict[str, Any]]:
    papers = [documents.get_document(context.session, each) for each in found.document_ids]
    return [{"title": each.title, "pages": each.page_count or 0, "form": form, "at": context.now.isoformat()} for each in papers]


def _letter(
    context: Context, found: deliveries.Delivery, opening: str, rows: list[dict[str, Any]], closing: str = ""
) -> dict[str, Any]:
    return {"delivery": {"opening": opening, "rows": rows, "closing": closing, "by": found.created_by_name}}


HANDLERS = (
    Completion("deliveries.classify", classify, "核对材料性质"),
    Prefill("deliveries.read_classify", read_classify, "核对材料性质"),
    Operation("deliveries.keep_class", keep_class, "登记披露等级"),
    Completion("deliveries.propose", propose, "提出提供方式"),
    Prefill("deliveries.read_class", read_class, "披露等级"),
    Completion("deliveries.decide", decide, "审查提供方式"),
    Prefill("deliveries.read_decide", read_decide, "审查提供方式"),
    Effect("deliveries.stamp", prepare_copies, stamp, keep_copies, title="制作复印件"),
    Completion("deliveries.view", view, "到所阅览"),
    Prefill("deliveries.read_view", read_view, "到所阅览"),
    Completion("deliveries.decline", decline, "说明不提供的理由"),
    Operation("deliveries.send", send, "送交并列入清单"),
    Operation("deliveries.remind", remind, "提醒律师"),
    Operation("deliveries.escalate", escalate, "报告合伙人"),
)
