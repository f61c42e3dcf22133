"""Settling a risk agency: the result with its proof, approvals, the client's signature under the statement."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_signatures, documents, fees, link_mails, links, refusals, risk_settlements
from workflows.records.money import in_figures, to_decimal

PURPOSE = "risk_settlement"


def report(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Report what was realised; the fee is what is left under the cap, or less."""
    item = _find_item(context, data["lead_id"])
    today = context.now.astimezone(FIRM_ZONE).date()
    realised, realised_on = to_decimal(values["realised"]), date.fromisoformat(values["realised_on"])
    if realised_on > today:
        raise FormInvalid({"realised_on": [FieldError(refusals.DATE_IN_FUTURE)]})
    cap, agreed, so_far, left = risk_settlements.compute(context.session, item.id, realised, today)
    amount = left if values.get("risk_fee") in (None, "") else to_decimal(values["risk_fee"])
    if amount > left:
        shown = {"left": in_figures(left), "steps": cap.explanation, "so_far": in_figures(so_far), "agreed": in_figures(agreed)}
        raise FormInvalid({"risk_fee": [FieldError(refusals.SETTLEMENT_ABOVE, shown)]})
    files = documents.place_uploads(
        context, values["realised_files"], lead_id=data["lead_id"], slot="fee_receipts", title="风险代理结果证明"
    )
    settlement = risk_settlements.report(
        context, item.id, realised=realised, realised_on=realised_on, amount=amount, document_ids=files,
        note=values.get("risk_note") or "",
    )  # fmt: skip
    return {"settlement_id": settlement.id, "fee_item_id": item.id}


def read_report(context: Context, data: Variables) -> dict[str, Any]:
    """Today, and what was said of the report before."""
    return {"realised_on": context.now.astimezone(FIRM_ZONE).date().isoformat(), "returned": data.get("settlement_comment") or ""}


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The partner's word."""
    return _judge(context, values, data, risk_settlements.APPROVED)


def audit_figures(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Finance agrees with the figures or returns them."""
    return _judge(context, values, data, "")


def _judge(context: Context, values: dict[str, Any], data: Variables, state: str) -> Variables:
    decision = values["settlement_decision"]
    new = state if decision == "APPROVED" else risk_settlements.RETURNED
    if new:
        risk_settlements.decide(context, data["settlement_id"], state=new)
    return {"settlement_decision": decision, "settlement_comment": values.get("settlement_opinion") or ""}


def client_signs(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client signs the statement or objects."""
    links.use_own_link(context)
    signed = values["statement_decision"] == "SIGNED"
    if signed:
        kinds = link_mails.read_link_mail(PURPOSE).kinds
        client_signatures.record_signature(context, lead_id=data["lead_id"], purpose=PURPOSE, values=values, kinds=kinds)
    risk_settlements.decide(
        context, data["settlement_id"], state=risk_settlements.SIGNED if signed else risk_settlements.OBJECTED
    )
    if signed:
        context.send_message("fee.due", correlation=data["fee_item_id"], payload={})
    return {"statement_decision": values["statement_decision"], "settlement_comment": values.get("statement_comment") or ""}


def lapse(context: Context, *, settlement_id: str) -> Variables:
    """The client did not answer: the lawyer talks to the client and reports anew."""
    links.revoke_task_links(context, context.instance_id or "", "Task_ClientSigns")
    risk_settlements.decide(context, settlement_id, state=risk_settlements.OBJECTED)
    return {"statement_decision": "LAPSED", "settlement_comment": "客户未在期限内答复"}


def _find_item(context: Context, lead_id: str) -> fees.FeeItem:
    found = [
        item
        for item in fees.list_lead_items(context.session, lead_id)
        if item.due_rule == "on_result" and item.state == fees.PLANNED
    ]
    if not found:
        raise FormInvalid({"realised": [FieldError(refusals.NO_OPEN_RESULT)]})
    return found[0]


HANDLERS = (
    Completion("risk.report", report, "报告风险代理结果"),
    Prefill("risk.read_report", read_report, "风险代理结果"),
    Completion("risk.approve", approve, "审批风险代理结算"),
    Completion("risk.audit_figures", audit_figures, "财务复核结算"),
    Completion("risk.client_signs", client_signs, "客户签署结算单"),
    Operation("risk.lapse", lapse, "结算单未签署"),
)
