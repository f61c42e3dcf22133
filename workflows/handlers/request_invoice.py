"""Applying for an invoice, by the lawyer or the client, perhaps before the money is there; what finance issues then."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import fees, invoice_requests, leads, links, payment_choices, refusals
from workflows.records.money import in_figures

BY_LINK = "CLIENT"


def ask(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Choose the payment, and fill in the buyer or let the client do it."""
    item = payment_choices.choose_item(context, values, data["lead_id"])
    in_advance = bool(values.get("in_advance"))
    left = (item.amount if in_advance else item.paid - item.refunded) - item.invoiced
    if left <= 0:
        code = refusals.NOTHING_TO_INVOICE if in_advance or item.paid - item.refunded > 0 else refusals.ADVANCE_NEEDED
        raise FormInvalid({"payments": [FieldError(code)]})
    told = {"fee_item_id": item.id, "in_advance": in_advance, "advance_reason": values.get("advance_reason") or ""}
    if values["filled_by"] != BY_LINK:
        _keep(context, data["lead_id"], told, values)
    return {"filled_by": values["filled_by"], "fee_item_id": item.id, "request": told}


def client_fills(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client says whose name the invoice bears."""
    links.use_own_link(context)
    _keep(context, data["lead_id"], data["request"], values)
    return {"filled_by": "DONE"}


def fall_back(context: Context, *, lead_id: str, request: dict[str, Any]) -> Variables:
    """The client did not answer in time: the invoice bears the client's own name."""
    links.revoke_task_links(context, context.instance_id or "", "Task_ClientFills")
    _keep(context, lead_id, request, _own_name(context, lead_id))
    return {}


def read_ask(context: Context, data: Variables) -> dict[str, Any]:
    """The payments of the case, and the client as buyer."""
    rows = payment_choices.list_rows(context, data["lead_id"])
    return {"payments": rows, "filled_by": "ME", **_own_name(context, data["lead_id"])}


def read_client(context: Context, data: Variables) -> dict[str, Any]:
    """The client as buyer, and what the invoice is for."""
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    return {"payment_shown": f"{item.milestone} {in_figures(item.amount)}", **_own_name(context, data["lead_id"])}


def _own_name(context: Context, lead_id: str) -> dict[str, Any]:
    client = leads.get_lead(context.session, lead_id).client
    return {
        "invoice_title": client.get("name") or "",
        "tax_id": client.get("uscc") or "",
        "invoice_email": client.get("email") or "",
        "invoice_sort": "general",
    }


def _keep(context: Context, lead_id: str, told: dict[str, Any], values: dict[str, Any]) -> None:
    invoice_requests.request_invoice(
        context,
        lead_id=lead_id,
        fee_item_id=told["fee_item_id"],
        title=values["invoice_title"],
        tax_id=values.get("tax_id") or "",
        email=values.get("invoice_email") or "",
        sort=values.get("invoice_sort") or "general",
        in_advance=bool(told.get("in_advance")),
        advance_reason=str(told.get("advance_reason") or ""),
    )


HANDLERS = (
    Completion("invoices.ask", ask, "申请开票"),
    Prefill("invoices.read_ask", read_ask, "开票申请"),
    Completion("invoices.client_fills", client_fills, "客户填写开票信息"),
    Prefill("invoices.read_client", read_client, "开票信息"),
    Operation("invoices.fall_back", fall_back, "按客户名称开票"),
)
