"""Copies of a filed volume: the pages stamped as true to the original, registered, charged for, handed over."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Effect, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import copy_stamps, documents, fees, loan_reading, loan_steps, loan_words, pdf_excerpts, volumes
from workflows.records import volume_loans as loans
from workflows.records.contracts import IN_FORCE, find_contract
from workflows.records.money import in_figures, to_decimal
from workflows.records.rule_packs import get_rule

STAMP = "复印件与原件一致"
NO_PAGES = "Name pages of this volume, for example 1-5，12."
NOT_GRANTED = "These pages were not granted."
FREE = loans.INSIDE | loans.OFFICIAL


def read_copy(context: Context, data: Variables) -> dict[str, Any]:
    """The pages that were granted, and the conditions."""
    loan = loans.get_loan(context.session, data["loan_id"])
    volume = volumes.get_volume(context.session, loan.volume_id)
    limits = "、".join(loan_words.CONDITIONS[key] for key in loan.conditions)
    return {"pages": loan.pages or f"1-{volume.pages}", "copies": 1, "limits": limits or "无"}


def copy(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Register what is copied: only pages that were granted."""
    loan = loans.get_loan(context.session, data["loan_id"])
    volume = volumes.get_volume(context.session, loan.volume_id)
    pages = loan_reading.parse_pages(values["pages"], volume.pages)
    if not pages:
        raise FormInvalid({"pages": [FieldError(NO_PAGES)]})
    if not set(pages) <= set(loan_reading.list_pages(context.session, loan)):
        raise FormInvalid({"pages": [FieldError(NOT_GRANTED)]})
    loan_steps.keep_copy(context, loan.id, {**values, "count": len(pages)})
    loan_reading.log(
        context, volume.id, way=loan_reading.COPYING, purpose=loan_reading.say_purpose(loan), loan_id=loan.id, page=len(pages)
    )
    return {}


def prepare(context: Context, *, loan_id: str) -> dict[str, Any]:
    """Which page of which document each page of the volume is; pages that are kept on paper only are left to the copier."""
    loan = loans.get_loan(context.session, loan_id)
    volume = volumes.get_volume(context.session, loan.volume_id)
    parts = []
    for number in loan_reading.parse_pages(loan.steps["copy"]["pages"], volume.pages):
        piece = loan_reading.find_piece(context.session, volume.id, number)
        document = documents.get_document(context.session, piece.document_id) if piece else None
        index = number - piece.page_from if piece else 0
        if document and document.media_type == documents.PDF and index < (document.page_count or 0):
            parts.append([document.id, index])
    words = {"words": STAMP, "who": loan.borrower, "title": f"{loan.loan_no} 复印件"}
    return {"loan_id": loan_id, "parts": parts, "at": context.now.astimezone(FIRM_ZONE).isoformat(), **words}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Put the pages together and stamp each; the originals are not changed."""
    if not payload["parts"]:
        return {"pdf": ""}
    whole = pdf_excerpts.join_pages([(part[0], part[1]) for part in payload["parts"]], tools["read_document"])
    at = pdf_excerpts.read_moment(payload["at"])
    pdf = copy_stamps.stamp_copy(whole, words=payload["words"], client=payload["who"], at=at, fonts=tools.get("fonts"))
    return {"pdf": base64.b64encode(pdf).decode()}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Keep the stamped copy among the loan's own papers; sets ``loan_copy_id``, empty where all is on paper."""
    if not result["pdf"]:
        return {"loan_copy_id": ""}
    made = documents.add_document(
        context,
        lead_id=payload["loan_id"],
        kind="loan_copy",
        title=payload["title"],
        media_type=documents.PDF,
        content=base64.b64decode(result["pdf"]),
    )
    return {"loan_copy_id": made.id}


def charge(context: Context, *, loan_id: str) -> Variables:
    """What the copies cost: nothing for the firm and for authorities; a client pays it as an item under the contract."""
    loan = loans.get_loan(context.session, loan_id)
    row = loans.get_row(context.session, loan_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    said = loan.steps["copy"]
    each = to_decimal(get_rule("loans", "copy_fee", today).value)
    amount = Decimal(0) if loan.kind in FREE else each * int(said["count"]) * int(said["copies"])
    item_id = ""
    contract = find_contract(context.session, loan.lead_id)
    if amount and loan.kind == loans.CLIENT and contract and contract.state in IN_FORCE:
        milestone = f"档案复制费（{loan.loan_no}）"
        item = fees.add_fee_item(
            context, contract.id, milestone=milestone, amount=amount, due_rule="copying", due_on=today, is_due=True
        )
        item_id = item.id
    loans.keep_step(context, row, "fee", {"amount": str(amount), "fee_item_id": item_id})
    context.session.flush()
    context.audit("loan.charged", f"loan:{loan_id}", amount=str(amount))
    return {}


def read_hand_over(context: Context, data: Variables) -> dict[str, Any]:
    """What is handed over, and what it costs."""
    loan = loans.get_loan(context.session, data["loan_id"])
    said = loan.steps["copy"]
    amount = to_decimal(loan.steps["fee"]["amount"])
    what = f"第{said['pages']}页，{said['copies']}份，每份{said['count']}页，均盖“{STAMP}”"
    return {"what": what, "fee": in_figures(amount) if amount else "免收"}


def hand_over(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep who received the copies."""
    loan_steps.finish_copy(context, data["loan_id"], values)
    return {}


HANDLERS = (
    Prefill("loans.read_copy", read_copy, "批准的页"),
    Completion("loans.copy", copy, "复制并登记"),
    Effect("loans.certify", prepare, perform, finish, title="制作证明复印件"),
    Operation("loans.charge", charge, "计算复制费"),
    Prefill("loans.read_hand_over", read_hand_over, "交付的复印件"),
    Completion("loans.hand_over", hand_over, "交付复印件"),
)
