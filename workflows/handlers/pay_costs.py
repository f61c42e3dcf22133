"""Costs paid for a client: estimate, the client's word by link, receipts, a partner, finance."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_costs, client_mail, documents, links, refusals
from workflows.records.money import in_figures, to_decimal

AGREED, REFUSED = "AGREED", "REFUSED"


def estimate(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Put an estimate before the client."""
    lines = values["cost_lines"]
    cost_id = str(data.get("cost_id") or "")
    cost = client_costs.estimate_costs(context, lead_id=data["lead_id"], title=values["cost_title"], lines=lines, cost_id=cost_id)
    return {"cost_id": cost.id}


def read_estimate(context: Context, data: Variables) -> dict[str, Any]:
    """The last estimate and what the client said of it."""
    if not data.get("cost_id"):
        return {"cost_lines": [{}]}
    cost = client_costs.get_cost(context.session, data["cost_id"])
    return {"cost_title": cost.title, "cost_lines": cost.lines, "client_said": data.get("cost_comment") or ""}


def answer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client's word on the estimate."""
    links.use_own_link(context)
    decision = values["cost_decision"]
    client_costs.answer_estimate(context, data["cost_id"], agreed=decision == AGREED)
    return {"cost_decision": decision, "cost_comment": values.get("cost_comment") or ""}


def read_answer(context: Context, data: Variables) -> dict[str, Any]:
    """What the client is asked to agree to."""
    cost = client_costs.get_cost(context.session, data["cost_id"])
    lines = "\n".join(f"{line['cost_name']}：{in_figures(to_decimal(line['cost_amount']))}" for line in cost.lines)
    return {"cost_shown": f"{cost.title}\n{lines}\n合计：{in_figures(cost.estimated)}"}


def remind(context: Context, *, lead_id: str) -> Variables:
    """Remind the client of the estimate."""
    body = "您好：\n\n代付费用预算尚待您确认，请打开此前邮件中的链接。未经您确认，本所不会代为支付。"
    sent = client_mail.mail_client(context, lead_id=lead_id, subject="请确认代付费用预算", body=body)
    if not sent:
        client_mail.ask_desk(context, lead_id=lead_id, what="代付费用预算尚待客户确认，请联系客户。")
    return {"cost_reminded": sent}


def lapse(context: Context, *, cost_id: str) -> Variables:
    """The client did not answer: nothing is spent."""
    links.revoke_task_links(context, context.instance_id or "", "Task_ClientConfirms")
    client_costs.answer_estimate(context, cost_id, agreed=False)
    return {"cost_decision": REFUSED}


def submit(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What was really spent, with receipts; above the estimate the client is asked again."""
    cost = client_costs.get_cost(context.session, data["cost_id"])
    if values["receipts_decision"] == "MORE":
        return {"receipts_decision": "MORE", "cost_comment": "实际费用将超出预算，须重新确认"}
    actual, advanced = to_decimal(values["actual"]), to_decimal(values.get("advanced"))
    if actual > cost.estimated:
        over = in_figures(actual - cost.estimated)
        raise FormInvalid({"actual": [FieldError(refusals.COSTS_ABOVE_ESTIMATE, {"over": over})]})
    title = f"代付费用凭证（{cost.title}）"
    files = documents.place_uploads(context, values["cost_files"], lead_id=data["lead_id"], slot="fee_receipts", title=title)
    client_costs.submit_receipts(context, cost.id, actual=actual, advanced=advanced, document_ids=files)
    return {"receipts_decision": "DONE"}


def read_submit(context: Context, data: Variables) -> dict[str, Any]:
    """What the client confirmed."""
    cost = client_costs.get_cost(context.session, data["cost_id"])
    returned = data.get("cost_returned") or ""
    return {"receipts_decision": "DONE", "estimated_shown": in_figures(cost.estimated), "returned": returned}


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner passes the receipts or returns them."""
    approved = values["cost_approval"] == "APPROVED"
    client_costs.approve_costs(context, data["cost_id"], approved=approved)
    return {"cost_approval": values["cost_approval"], "cost_returned": values.get("cost_opinion") or ""}


def settle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Finance settles the balance with the client."""
    client_costs.settle_costs(context, data["cost_id"])
    context.audit("cost.settled", f"cost:{data['cost_id']}", reference=values["settle_reference"])
    return {}


def read_settle(context: Context, data: Variables) -> dict[str, Any]:
    """Advance, actual costs, and who owes whom."""
    cost = client_costs.get_cost(context.session, data["cost_id"])
    who = "退还客户" if cost.balance > 0 else "客户补付" if cost.balance < 0 else "两清"
    shown = f"预付{in_figures(cost.advanced)}，实际{in_figures(cost.actual)}，{who}{in_figures(abs(cost.balance))}"
    return {"balance_shown": shown}


HANDLERS = (
    Completion("costs.estimate", estimate, "代付费用预算"),
    Prefill("costs.read_estimate", read_estimate, "代付费用预算"),
    Completion("costs.answer", answer, "客户确认预算"),
    Prefill("costs.read_answer", read_answer, "待确认的预算"),
    Operation("costs.remind", remind, "提醒客户确认预算"),
    Operation("costs.lapse", lapse, "预算未获确认"),
    Completion("costs.submit", submit, "提交费用凭证"),
    Prefill("costs.read_submit", read_submit, "费用凭证"),
    Completion("costs.approve", approve, "审核费用凭证"),
    Completion("costs.settle", settle, "结算代付费用"),
    Prefill("costs.read_settle", read_settle, "结算"),
)
