"""Time billing: weekly sheets, write-off, the monthly bill, acceptance, silence, objection, the last bill at closing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import FIRM_ZONE
from engine.errors import FormInvalid, FourEyes
from engine.tables import Message
from workflows.records import fees, matters, refusals, time_bills

pytestmark = pytest.mark.requirement("R20", "R22", "R23")
HOURLY = {
    "fee_mode": "hourly", "hourly_rate": "1000", "hours_budget": "60",
    "schedule": [{"milestone": "预付", "amount": "60000", "due_rule": "on_stage", "due_days": "0"}],
}  # fmt: skip
SHEET = {"entries": [{"worked_on": "2026-11-24", "hours": "2.5", "work": "起草代理词"}]}


def start(case, **terms):
    case.sign(**{**HOURLY, **terms})
    case.run(lambda context: fees.plan_fees(context, case.contract_id))
    payload = {
        "matter_id": case.matter_id, "lead_id": case.lead_id, "contract_id": case.contract_id, "title": "计时",
        "lawyer_id": case.cast["lawyer1"].id,
    }  # fmt: skip
    case.run(lambda context: context.send_message("matter.opened", correlation=case.matter_id, payload=payload))
    case.settle()
    case.follow("time_billing")


def to_friday(case, day):
    case.move_to(datetime(2026, 11 if day > 20 else 12, day, 9, 1, tzinfo=FIRM_ZONE))
    assert case.open_tasks() == {"Task_TimeSheet"}


def to_bill(case, off=None):
    """Two Fridays, the second of which is in the next month."""
    start(case)
    to_friday(case, 27)
    case.do("lawyer1", "Task_TimeSheet", SHEET)
    assert case.open_tasks() == set()
    to_friday(case, 4)
    case.do("lawyer1", "Task_TimeSheet", {"entries": [{"worked_on": "2026-12-03", "hours": "1", "work": "会见"}]})
    rows = case.first_values("Task_WriteOff", "partner1")["entries"]
    assert [row["entry_shown"] for row in rows] == ["2026-11-24 李明轩 2.5小时：起草代理词", "2026-12-03 李明轩 1小时：会见"]
    with pytest.raises(FormInvalid) as caught:
        case.do("partner1", "Task_WriteOff", {"entries": [{**rows[0], "off_hours": "2.6"}, rows[1]]})
    assert caught.value.errors["entries.0.off_hours"][0].code == refusals.HOURS_ABOVE
    case.do("partner1", "Task_WriteOff", {"entries": [{**rows[0], "off_hours": off}, rows[1]] if off else rows})
    case.follow("time_bill")


def bill(case):
    with case.firm.reading() as session:
        return time_bills.list_bills(session, case.lead_id)[-1]


def test_a_month_is_billed_accepted_and_collected(case):
    to_bill(case, off="0.5")
    assert (bill(case).minutes, str(bill(case).amount)) == (180, "3000.00")
    case.do("client", "Task_ClientBill", {"bill_decision": "ACCEPTED"})
    assert (case.state(), case.incidents()) == ("completed", [])
    item = case.items()[-1]
    assert (item.kind, str(item.amount), item.state) == (fees.TIME, "3000.00", fees.DUE)


def test_a_client_who_says_nothing_has_accepted(case):
    to_bill(case)
    case.move(days=15)
    assert (bill(case).state, str(bill(case).amount)) == (time_bills.ACCEPTED, "3500.00")


def test_an_objection_becomes_a_complaint_and_nothing_is_collected(case):
    to_bill(case)
    case.do("client", "Task_ClientBill", {"bill_decision": "OBJECTED", "bill_objection": "会见时间过长"})
    with case.firm.reading() as session:
        (sent,) = [row for row in session.scalars(select(Message)) if row.name == "complaint.received"]
    assert (sent.correlation, sent.payload["kinds"]) == (case.lead_id, ["fees"])
    assert "会见时间过长" in sent.payload["facts"]
    assert (bill(case).state, len(case.items())) == (time_bills.OBJECTED, 1)
    case.run(lambda context: time_bills.answer_bill(context, bill(case).id, accepted=True))
    assert len(case.items()) == 2


def test_closing_bills_what_is_left(case):
    start(case)

    def close(context):
        matters.start_closing(context, case.matter_id)
        matters.close_matter(context, case.matter_id)

    case.run(close)
    case.settle()
    with pytest.raises(FormInvalid) as caught:
        case.do("lawyer1", "Task_TimeSheet", {"entries": [{**SHEET["entries"][0], "worked_on": "2027-01-01"}]})
    assert caught.value.errors["entries.0.worked_on"][0].code == refusals.DATE_IN_FUTURE
    case.do("lawyer1", "Task_TimeSheet", SHEET)
    case.do("partner1", "Task_WriteOff", {"entries": case.first_values("Task_WriteOff", "partner1")["entries"]})
    assert (case.state(), str(bill(case).amount)) == ("completed", "2500.00")


def test_a_matter_with_another_fee_has_no_time_sheets(case):
    start(case, fee_mode="fixed")
    assert case.state() == "completed"


def test_nobody_writes_off_the_own_hours(case):
    case.sign(**HOURLY)
    day = case.firm.clock.now().date()
    given = {"contract_id": case.contract_id, "worked_on": day, "hours": Decimal(1), "work": "x"}
    entry = case.run(lambda context: time_bills.enter_time(context, **given), "partner1")
    with pytest.raises(FourEyes):
        case.run(lambda context: time_bills.write_off(context, entry.id, hours=Decimal(1), reason=""), "partner1")
