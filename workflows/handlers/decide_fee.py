"""The director's decision on a fee outside the firm's standard; a fee against the law cannot be granted."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import contracts, refusals

APPROVED = "APPROVED"


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Grant the exception, or send the contract back to the lawyer."""
    decision = values["fee_decision"]
    if decision == APPROVED and data.get("fee_verdict") == "BLOCK":
        raise FormInvalid({"fee_decision": [FieldError(refusals.FEE_BLOCKED, {"reason": data.get("fee_reason", "")})]})
    if decision != APPROVED:
        contracts.return_contract(context, data["contract_id"], reason=values["fee_opinion"])
    context.audit("contract.fee_decided", f"contract:{data['contract_id']}", decision=decision, opinion=values["fee_opinion"])
    return {"fee_decision": decision, "fee_opinion": values["fee_opinion"]}


def read_fee(context: Context, data: Variables) -> dict[str, Any]:
    """Why the contract comes to the director."""
    return {"fee_reason": data.get("fee_reason") or ""}


HANDLERS = (
    Completion("contracts.decide_fee", decide, "收费例外审批"),
    Prefill("contracts.read_fee", read_fee, "例外原因"),
)
