"""Originals in volumes that are to be destroyed: offered back to the client, collected, or kept apart in their box."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import appraisals, originals
from workflows.records.client_mail import mail_client
from workflows.records.rule_packs import get_rule

WHO = "Say who collected them."


def offer_all(context: Context, *, appraisal_id: str) -> Variables:
    """Begin an offer for each volume with originals inside; sets ``originals_offered``."""
    today = context.now.astimezone(FIRM_ZONE).date()
    days = int(get_rule("appraisal", "originals_days", today).value)
    offered = 0
    for item in appraisals.list_items(context.session, appraisal_id, appraisals.TO_DESTROY):
        inside = _list_inside(context, item)
        if not inside:
            continue
        appraisals.get_item_row(context.session, item.id).originals = {"items": inside, "outcome": ""}
        payload = {
            "item_id": item.id,
            "appraisal_id": appraisal_id,
            "lead_id": appraisal_id,
            "case_lead_id": item.lead_id,
            "originals_days": f"P{days}D",
            "title": f"原件返还 {item.file_no}",
            "originals_facts": {
                "originals": {"file_no": item.file_no, "client": item.described["client"], "cause": item.described["cause"],
                              "items": inside, "days": days},
            },
        }  # fmt: skip
        context.send_message("originals.offered", correlation=item.id, payload=payload)
        offered += 1
    context.session.flush()
    return {"originals_offered": offered}


def send_notice(context: Context, *, item_id: str, document_id: str) -> Variables:
    """Send the notice by mail where the client reads any; sets ``notice_mailed``."""
    row = appraisals.get_item_row(context.session, item_id)
    sent = mail_client(
        context,
        lead_id=row.lead_id,
        subject="领取原件通知",
        body="您委托案件的案卷保管期限已届满，卷内留有您的原件，请在通知所载期限内领取。详见附件。",
        attachments=[document_id],
        must_go=True,
    )
    return {"notice_mailed": "yes" if sent else "no"}


def read_offer(context: Context, data: Variables) -> dict[str, Any]:
    """What lies there."""
    row = appraisals.get_item_row(context.session, data["item_id"])
    how = "已发电子邮件；仍请电话确认。" if data.get("notice_mailed") == "yes" else "没有电子邮箱，请邮寄或者电话通知。"
    return {"what": "；".join(row.originals.get("items", [])), "how": how}


def settle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client collected the originals, or said not to want them."""
    outcome = values["outcome"]
    if outcome == "collected" and not str(values.get("collected_by") or "").strip():
        raise FormInvalid({"collected_by": [FieldError(WHO)]})
    _keep(context, data["item_id"], {**values})
    return {"originals_outcome": outcome}


def keep_apart(context: Context, *, item_id: str) -> Variables:
    """Nobody came: the originals are taken out of the volume and kept in a box of their own."""
    _keep(context, item_id, {"outcome": "unclaimed"})
    return {"originals_outcome": "unclaimed"}


def _keep(context: Context, item_id: str, said: dict[str, Any]) -> None:
    """Record the outcome of one volume; the destruction goes on when all are settled."""
    row = appraisals.get_item_row(context.session, item_id)
    row.originals = {**row.originals, **said, "by": context.actor.name, "at": context.now.isoformat()}
    context.session.flush()
    context.audit("originals.settled", f"appraisal:{row.appraisal_id}", volume=row.volume_id, outcome=said["outcome"])
    rest = [
        item
        for item in appraisals.list_items(context.session, row.appraisal_id, appraisals.TO_DESTROY)
        if item.originals and not item.originals.get("outcome")
    ]
    if not rest:
        context.send_message("originals.settled", correlation=row.appraisal_id)


def _list_inside(context: Context, item: appraisals.Item) -> list[str]:
    """What the archivist found in the volume, and what the register of originals says the firm still has."""
    found = [each.strip() for each in str(item.first_look.get("originals") or "").replace("；", "\n").splitlines()]
    held = [original.title for original in originals.list_held(context.session, item.lead_id)]
    return list(dict.fromkeys([each for each in found if each] + held))


HANDLERS = (
    Operation("originals.offer_all", offer_all, "通知领取原件"),
    Operation("originals.send_notice", send_notice, "发出领取通知"),
    Prefill("originals.read_offer", read_offer, "待返还原件"),
    Completion("originals.settle", settle, "登记原件领取"),
    Operation("originals.keep_apart", keep_apart, "逾期未领，另盒保存"),
)
