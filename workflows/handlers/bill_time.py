"""Time billing: weekly time sheets, the partner's write-off, the monthly bill, and what the client says of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import contracts, fee_caps, fees, links, payment_schedules, refusals, time_bills
from workflows.records.money import to_decimal

FRIDAY, NINE = 4, time(9)


def plan_week(context: Context, *, contract_id: str) -> Variables:
    """The next Friday, and whether a month has ended since."""
    # a matter taken over from another system has no contract of ours, and is not billed by the hour here
    terms = contracts.get_contract(context.session, contract_id).terms if contract_id else {}
    today = context.now.astimezone(FIRM_ZONE).date()
    friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7 or 7)
    return {
        "is_hourly": "yes" if terms.get("fee_mode") == fee_caps.HOURLY else "no",
        "sheet_at": datetime.combine(friday, NINE, FIRM_ZONE).isoformat(),
        "bill_now": "yes" if friday.month != today.month else "no",
    }


def enter(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The week's hours, each with what was done."""
    today = context.now.astimezone(FIRM_ZONE).date()
    errors = {
        f"entries.{index}.worked_on": [FieldError(refusals.DATE_IN_FUTURE)]
        for index, row in enumerate(values.get("entries") or [])
        if date.fromisoformat(row["worked_on"]) > today
    }
    if errors:
        raise FormInvalid(errors)
    for row in values.get("entries") or []:
        time_bills.enter_time(
            context,
            contract_id=data["contract_id"],
            worked_on=date.fromisoformat(row["worked_on"]),
            hours=to_decimal(row["hours"]),
            work=row["work"],
        )
    return {"entries_left": len(time_bills.list_unbilled(context.session, data["contract_id"]))}


def write_off(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The partner takes off what is not charged, and the bill is made."""
    open_entries = {entry.id: entry for entry in time_bills.list_unbilled(context.session, data["contract_id"])}
    errors: dict[str, list[FieldError]] = {}
    for index, row in enumerate(values.get("entries") or []):
        hours = to_decimal(row.get("off_hours"))
        entry = open_entries.get(row["entry_id"])
        if entry is None or not hours:
            continue
        if hours * 60 > entry.minutes:
            shown = time_bills.in_hours(entry.minutes)
            errors[f"entries.{index}.off_hours"] = [FieldError(refusals.HOURS_ABOVE, {"hours": shown})]
            continue
        time_bills.write_off(context, entry.id, hours=hours, reason=row.get("off_reason") or "")
    if errors:
        raise FormInvalid(errors)
    bill = time_bills.make_bill(context, data["contract_id"])
    return {"bill_id": bill.id if bill else ""}


def read_write_off(context: Context, data: Variables) -> dict[str, Any]:
    """Every open entry."""
    rows = [
        {
            "entry_id": entry.id,
            "entry_shown": f"{entry.worked_on} {entry.person_name} {time_bills.in_hours(entry.minutes)}小时：{entry.work}",
            "off_hours": None,
        }
        for entry in time_bills.list_unbilled(context.session, data["contract_id"])
    ]
    return {"entries": rows}


def client_answers(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client accepts the bill, or objects: that opens a complaint about the fee."""
    links.use_own_link(context)
    accepted = values["bill_decision"] == "ACCEPTED"
    objection = values.get("bill_objection") or ""
    bill = time_bills.answer_bill(context, data["bill_id"], accepted=accepted, objection=objection)
    if accepted and bill.fee_item_id:
        payment_schedules.schedule(context, fees.get_fee_item(context.session, bill.fee_item_id))
    facts = f"对第{bill.number}期计时账单有异议：{objection}"
    complaint = {"lead_id": data["lead_id"], "source": "fees", "facts": facts, "kinds": ["fees"]}
    return {"bill_decision": values["bill_decision"], "complaint": complaint}


def accept_silently(context: Context, *, bill_id: str) -> Variables:
    """The client said nothing in the time the contract gives: the bill stands."""
    links.revoke_task_links(context, context.instance_id or "", "Task_ClientBill")
    bill = time_bills.answer_bill(context, bill_id, accepted=True)
    if bill.fee_item_id:
        payment_schedules.schedule(context, fees.get_fee_item(context.session, bill.fee_item_id))
    return {"bill_decision": "ACCEPTED"}


HANDLERS = (
    Operation("time.plan_week", plan_week, "确定下次填报日"),
    Completion("time.enter", enter, "填报工时"),
    Completion("time.write_off", write_off, "核减工时"),
    Prefill("time.read_write_off", read_write_off, "待核减的工时"),
    Completion("time.client_answers", client_answers, "客户确认账单"),
    Operation("time.accept_silently", accept_silently, "账单视为确认"),
)
