"""The firm's seal on the paper copies, and the copies that come back signed."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import contract_signing, contracts, documents, refusals

ALTERED = "ALTERED"


def register_seal(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter the use of the seal into the register."""
    use = contract_signing.register_seal(
        context,
        data["contract_id"],
        seal_kind=values["seal_kind"],
        copies=int(values["copies"]),
        pages=int(values["pages"]),
        riding_seal=bool(values["riding_seal"]),
        note=values.get("seal_note") or "",
    )
    return {"seal_register_no": use.register_no}


def read_seal(context: Context, data: Variables) -> dict[str, Any]:
    """Three copies of as many pages as the contract has."""
    document = documents.find_latest(context.session, data["lead_id"], "engagement_contract")
    return {"seal_kind": "contract", "copies": 3, "pages": document.page_count if document else None}


def check_originals(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the scan; a copy that somebody altered by hand takes the contract back to review."""
    contract = contracts.get_contract(context.session, data["contract_id"])
    if date.fromisoformat(values["originals_on"]) > context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"originals_on": [FieldError(refusals.DATE_IN_FUTURE)]})
    is_altered = values["originals_state"] == ALTERED
    title = f"委托代理合同（{'有改动的' if is_altered else ''}签署件扫描）"
    scans = documents.place_uploads(
        context, values.get("scan") or [], lead_id=contract.lead_id, slot="engagement", title=title
    )
    if not scans:
        raise FormInvalid({"scan": [FieldError(refusals.SCAN_NEEDED)]})
    if is_altered:
        contracts.reopen_review(context, contract.id, reason=values["altered_note"])
        return {"signing_result": ALTERED, "altered_note": values["altered_note"]}
    received = int(values["originals_received"])
    context.audit("contract.originals_checked", f"contract:{contract.id}", copies=received, on=values["originals_on"])
    return {"signing_result": "SIGNED", "sealed_document_id": scans[0]}


def read_originals(context: Context, data: Variables) -> dict[str, Any]:
    """As many copies as were sealed, today."""
    uses = contract_signing.list_seal_uses(context.session, data["contract_id"])
    today = context.now.astimezone(FIRM_ZONE).date().isoformat()
    return {"originals_received": uses[-1].copies if uses else None, "originals_on": today}


HANDLERS = (
    Completion("contracts.register_seal", register_seal, "用印登记"),
    Prefill("contracts.read_seal", read_seal, "用印"),
    Completion("contracts.check_originals", check_originals, "核对合同原件"),
    Prefill("contracts.read_originals", read_originals, "合同原件"),
)
