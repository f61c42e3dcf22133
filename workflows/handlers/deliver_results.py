"""What the client gets at the end: the results, the originals, and the explanation that goes with them."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import closings, documents, matters, originals, volume_slots
from workflows.records.rule_packs import get_rule

UNKNOWN_FILE = "This file does not belong to this case."
ORIGINAL_KEPT = "State why the original is not returned."
# Where a result belongs in the volume, if that kind of volume has the place; otherwise among the deliverables.
SLOTS = {"judgment": "judgment", "argument": "argument", "opinion": "legal_work", "contract": "legal_work"}
DELIVERABLES = "deliverables"
COURT = frozenset({"civil", "administrative"})


def read_delivery(context: Context, data: Variables) -> dict[str, Any]:
    """What was delivered before the client objected; at first the application's words and the usual advice."""
    closing = closings.get_closing(context.session, data["lead_id"])
    if closing.delivery:
        objection = closing.objections[-1] if closing.objections else {}
        return {**closing.delivery, "objection": objection.get("objection", ""), "reply": objection.get("reply", "")}
    return {
        "process_note": closing.summary.get("work_done") or "",
        "result_note": closing.application.get("result_summary") or "",
        "client_notes": _advice(context, closing),
        "originals": [
            {"original_name": each.title, "original_copies": str(each.copies), "returned": "yes"}
            for each in originals.list_held(context.session, data["lead_id"])
        ],
    }


def deliver(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the list and put the files into their places of the volume."""
    lead_id = data["lead_id"]
    errors: dict[str, list[FieldError]] = {}
    rows = values.get("deliverables") or []
    for index, row in enumerate(rows):
        if not all(_belongs(context, lead_id, each) for each in row.get("files") or []):
            errors[f"deliverables.{index}.files"] = [FieldError(UNKNOWN_FILE)]
    for index, row in enumerate(values.get("originals") or []):
        if row.get("returned") == "no" and not row.get("original_note"):
            errors[f"originals.{index}.original_note"] = [FieldError(ORIGINAL_KEPT)]
    if errors:
        raise FormInvalid(errors)
    matter_type = matters.get_matter(context.session, data["matter_id"]).matter_type
    for row in rows:
        _place(context, row, matter_type)
    given = {key: value for key, value in values.items() if key not in ("objection", "reply")}
    closings.deliver(context, lead_id, given)
    link_days = get_rule("closing", "receipt_link_days", context.now.astimezone(FIRM_ZONE).date()).value
    return {"delivered_ids": [each for row in rows for each in row.get("files") or []], "receipt_link_days": int(link_days)}


def _place(context: Context, row: dict[str, Any], matter_type: str) -> None:
    wanted = SLOTS.get(str(row.get("kind")), DELIVERABLES)
    slot = wanted if volume_slots.find_slot(matter_type, wanted) else DELIVERABLES
    names = row.get("files") or []
    for number, document_id in enumerate(names, 1):
        title = str(row["name"]) if len(names) == 1 else f"{row['name']}（{number}）"
        documents.place_document(context, document_id, slot=slot, title=title)


def _belongs(context: Context, lead_id: str, document_id: str) -> bool:
    document = documents.find_document(context.session, document_id)
    return document is not None and document.lead_id == lead_id


def _advice(context: Context, closing: closings.Closing) -> str:
    """The rights as the lawyer dated them, then what the law says for this type of matter, from the rule pack."""
    day = context.now.astimezone(FIRM_ZONE).date()
    matter_type = matters.get_matter(context.session, closing.matter_id).matter_type
    lines = [
        f"{closings.RIGHTS[row['right']]}：请在{row['until']}前行使。{row.get('right_note') or ''}"
        for row in closing.application.get("rights") or []
        if row.get("right") and row.get("until")
    ]

    def rule(key: str) -> tuple[int, str]:
        found = get_rule("closing", key, day)
        return int(found.value), found.legal_basis

    if closing.application.get("close_reason") == "judgment" and matter_type in COURT:
        days, basis = rule("appeal_judgment_days")
        lines.append(f"不服一审判决的，可以自判决书送达之日起{days}日内上诉（{basis}）。")
    if closing.application.get("close_reason") == "judgment" and matter_type == "criminal":
        days, basis = rule("appeal_criminal_days")
        lines.append(f"不服一审判决的，上诉期限为{days}日，自接到判决书的第二日起计算（{basis}）。")
    if closing.application.get("close_reason") in ("judgment", "mediation", "award") and matter_type != "criminal":
        years, basis = rule("enforcement_years")
        lines.append(f"对方不履行的，申请执行的期间为{years}年，自履行期限届满之日起计算（{basis}）。")
    if closing.application.get("close_reason") == "award":
        months, basis = rule("set_aside_months")
        lines.append(f"申请撤销仲裁裁决的，应当自收到裁决书之日起{months}个月内提出（{basis}）。")
    lines += [
        "请妥善保管裁判文书、付款凭证和证据原件，未经本所书面同意不要对外提供办案材料。",
        "取得款项或者财产可能产生纳税义务，请咨询税务专业人员。",
    ]
    return "\n".join(lines)


HANDLERS = (
    Prefill("closings.read_delivery", read_delivery, "成果交付与结案说明"),
    Completion("closings.deliver", deliver, "成果交付与结案说明"),
)
