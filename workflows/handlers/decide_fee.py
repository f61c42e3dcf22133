"""The director's decision on a fee outside the firm's standard; a fee against the law cannot be granted."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import contracts, refusals

APPROVED = "APPROVED"


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Grant the exception, or send the contract back to the lawyer."""
    decision = values["fee_decision"]
    if decision == APPROVED and "BLOCK" in data.get("fee_verdicts", []):
        raise FormInvalid({"fee_decision": [FieldError(refusals.FEE_BLOCKED, {"reason": _reasons(data)})]})
    if decision != APPROVED:
        contracts.return_contract(context, data["contract_id"], reason=values["fee_opinion"])
    context.audit("contract.fee_decided", f"contract:{data['contract_id']}", decision=decision, opinion=values["fee_opinion"])
    return {"fee_decision": decision, "fee_opinion": values["fee_opinion"]}


def read_fee(context: Context, data: Variables) -> dict[str, Any]:
    """Why the contract comes to the director."""
    return {"fee_reason": _reasons(data)}


def send_back(context: Context, *, contract_id: str, reasons: list[str]) -> Variables:
    """Return a contract whose fee the law or the firm's rules do not allow."""
    contracts.return_contract(context, contract_id, reason="；".join(reasons))
    return {}


def _reasons(data: Variables) -> str:
    return "；".join(data.get("fee_reasons") or [])


HANDLERS = (
    Operation("contracts.send_back", send_back, "退回合同要素"),
    Completion("contracts.decide_fee", decide, "收费例外审批"),
    Prefill("contracts.read_fee", read_fee, "例外原因"),
)
