"""Money in suspense: noted by finance, matched to a payment or returned by one person, checked by another."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, NotAllowed
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_numbers, client_mail, fees, leads, matters, receipts, refusals, suspense
from workflows.records.money import in_figures, to_decimal

MATCH = "MATCH"


def note(
    context: Context, *, amount: str, received_on: str, channel: str, reference: str, payer_name: str, payer_account: str = ""
) -> Variables:
    """Note money from nobody knows whom; only finance does."""
    if "finance" not in context.actor.roles:
        raise NotAllowed(reason="only finance notes money")
    money = suspense.suspend_money(
        context,
        lead_id=None,
        amount=to_decimal(amount),
        received_on=date.fromisoformat(received_on),
        channel=channel,
        reference=reference,
        payer_name=payer_name,
        payer_account=payer_account,
        reason=suspense.UNKNOWN,
    )
    return {"suspense_id": money.id}


def match(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Say where the money belongs: a payment of a case, found by the matter's or the lead's number, or back to its payer."""
    decision = values["match_decision"]
    proposal: dict[str, Any] = {"decision": decision, "why": values["match_reason"]}
    if decision == MATCH:
        money = suspense.get_money(context.session, data["suspense_id"])
        item = _find_item(context, str(values["case_no"]).strip(), str(values.get("milestone") or "").strip(), money)
        proposal |= {"fee_item_id": item.id, "lead_id": item.lead_id, "milestone": item.milestone}
    else:
        proposal["account"] = values["return_account"]
    suspense.propose(context, data["suspense_id"], proposal)
    return {"match_decision": decision, "match_shown": _describe(context, proposal)}


def read_match(context: Context, data: Variables) -> dict[str, Any]:
    """What came in, and the case when it is known."""
    money = suspense.get_money(context.session, data["suspense_id"])
    return {**_shown(money), "case_no": _number_of(context, money.lead_id), "return_account": money.payer_account}


def check(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Book or return as proposed; what is refused goes back to be matched again."""
    if values["check_decision"] != "ACCEPT":
        return {"check_decision": values["check_decision"]}
    money = suspense.get_money(context.session, data["suspense_id"])
    is_match = money.proposal["decision"] == MATCH
    suspense.settle(context, money.id, state=suspense.MATCHED if is_match else suspense.RETURNED)
    if is_match:
        _book(context, money)
    return {"check_decision": "ACCEPT"}


def read_check(context: Context, data: Variables) -> dict[str, Any]:
    """What came in and what was proposed."""
    money = suspense.get_money(context.session, data["suspense_id"])
    return {**_shown(money), "match_shown": _describe(context, money.proposal)}


def remind(context: Context, *, suspense_id: str) -> Variables:
    """Remind finance of money that is not settled in time."""
    money = suspense.get_money(context.session, suspense_id)
    body = f"{money.received_on} {money.payer_name} {in_figures(money.amount)}（{money.reference}）尚未匹配，请尽快处理。"
    told = client_mail.mail_role(context, role="finance", subject="挂账款待处理", body=body, lead_id=money.lead_id)
    return {"finance_told": told}


def _book(context: Context, money: suspense.SuspendedMoney) -> None:
    """Two people looked at it: the receipt is entered and booked in one; what is still too much stays in suspense."""
    item = fees.get_fee_item(context.session, money.proposal["fee_item_id"])
    booked = min(money.amount, item.amount - item.paid)
    receipts.book_matched(context, item.id, money=money, amount=booked)
    if money.amount > booked:
        suspense.suspend_money(
            context,
            lead_id=item.lead_id,
            amount=money.amount - booked,
            received_on=money.received_on,
            channel=money.channel,
            reference=money.reference,
            payer_name=money.payer_name,
            payer_account=money.payer_account,
            reason=suspense.OVER,
        )
    context.send_message("fee.paid", correlation=item.id, payload={})


def _find_item(context: Context, case_no: str, milestone: str, money: suspense.SuspendedMoney) -> fees.FeeItem:
    lead_id = case_numbers.find_lead_id(context.session, case_no)
    if lead_id is None:
        raise FormInvalid({"case_no": [FieldError(refusals.NO_SUCH_CASE)]})
    open_items = [item for item in fees.list_lead_items(context.session, lead_id) if item.state in (fees.PLANNED, fees.DUE)]
    named = [item for item in open_items if not milestone or item.milestone == milestone]
    if not named:
        raise FormInvalid({"milestone": [FieldError(refusals.NO_OPEN_PAYMENT)]})
    return named[0]


def _number_of(context: Context, lead_id: str | None) -> str:
    if lead_id is None:
        return ""
    matter = matters.find_matter_by_lead(context.session, lead_id)
    return matter.matter_no if matter else leads.get_lead(context.session, lead_id).lead_no


def _shown(money: suspense.SuspendedMoney) -> dict[str, Any]:
    account = f"，账户{money.payer_account}" if money.payer_account else ""
    what = f"{money.received_on} {money.payer_name}{account} {in_figures(money.amount)}，流水号{money.reference}"
    return {"money_shown": f"{what}（{suspense.REASON_NAMES[money.reason]}）"}


def _describe(context: Context, proposal: dict[str, Any]) -> str:
    if proposal.get("decision") == MATCH:
        return f"计入{_number_of(context, proposal['lead_id'])}“{proposal['milestone']}”：{proposal['why']}"
    return f"退回{proposal.get('account', '')}：{proposal.get('why', '')}"


HANDLERS = (
    Operation("money.note", note, "登记不明来款"),
    Completion("money.match", match, "匹配挂账款"),
    Prefill("money.read_match", read_match, "挂账款"),
    Completion("money.check", check, "复核挂账款"),
    Prefill("money.read_check", read_check, "挂账款"),
    Operation("money.remind", remind, "提醒处理挂账款"),
)
