"""The partner's review of a closing, finance's settlement of the fees, and reminders of both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, closings, fees, matters
from workflows.records.money import in_figures

WHY_OVERRIDE = "There are open items: state why the matter may be closed in spite of them."
NOT_SETTLED = "Fees of {amount} are still unpaid: choose “fees outstanding” and say what was agreed."


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the review; open items need a reason to be passed over. Sets ``closing_decision`` APPROVE / RETURN."""
    closing = closings.get_closing(context.session, data["lead_id"])
    approved = values["decision"] == "APPROVE"
    if approved and closing.open_items and not str(values.get("override_reason") or "").strip():
        raise FormInvalid({"override_reason": [FieldError(WHY_OVERRIDE)]})
    closings.review(context, data["lead_id"], values, approved=approved)
    if not approved:
        matter = matters.get_matter(context.session, closing.matter_id)
        client_mail.mail_person(
            context,
            person_id=data["lawyer_id"],
            subject=f"结案申请退回：{matter.matter_no}",
            body=f"“{matter.title}”的结案申请已退回：{values['return_reason']}\n请修改后重新提交。",
            lead_id=closing.lead_id,
        )
    return {"closing_decision": values["decision"]}


def remind(context: Context, *, matter_id: str, lawyer_id: str) -> Variables:
    """Remind the partners that a closing waits for its review."""
    matter = matters.get_matter(context.session, matter_id)
    subject = f"结案审核已超过2个工作日：{matter.matter_no}"
    body = f"“{matter.title}”（{matter.matter_no}）的结案申请等待审核，请登录待办处理。"
    told = client_mail.mail_role(context, role="partner", subject=subject, body=body, lead_id=matter.lead_id, without=lawyer_id)
    return {"partners_reminded": told}


def read_settlement(context: Context, data: Variables) -> dict[str, Any]:
    """What the fee items say: settled, or how much is outstanding."""
    unpaid = _unpaid(context, data["lead_id"])
    return {"settlement": "outstanding", "settlement_amount": str(unpaid)} if unpaid else {"settlement": "settled"}


def settle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep how the fees were settled; what is unpaid cannot be called settled."""
    unpaid = _unpaid(context, data["lead_id"])
    if unpaid and values["settlement"] == "settled":
        raise FormInvalid({"settlement": [FieldError(NOT_SETTLED, {"amount": in_figures(unpaid)})]})
    closings.settle(context, data["lead_id"], values)
    return {"settlement": values["settlement"]}


def _unpaid(context: Context, lead_id: str) -> Decimal:
    owed = [item.amount - item.paid for item in fees.list_open_items(context.session, lead_id)]
    return sum((amount for amount in owed if amount > 0), Decimal(0))


HANDLERS = (
    Completion("closings.review", review, "结案审核"),
    Operation("closings.remind_partners", remind, "提醒合伙人审核结案"),
    Prefill("closings.read_settlement", read_settlement, "费用结算"),
    Completion("closings.settle", settle, "费用结算"),
)
