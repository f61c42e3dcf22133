"""Time billing (计时收费): entries of hours, a partner's write-off, and the monthly bill that the client may object to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import FourEyes, NotFound, StateRefused
from workflows.records.contracts import get_contract
from workflows.records.fees import TIME, add_fee_item, check_in_force
from workflows.records.money import Yuan, in_figures, in_words, round_fen, to_decimal

ENTERED, BILLED = "ENTERED", "BILLED"
SENT, ACCEPTED, OBJECTED = "SENT", "ACCEPTED", "OBJECTED"


class TimeEntryRow(Base):
    __tablename__ = "time_entries"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), index=True)
    person_id: Mapped[str] = mapped_column(String(80))
    person_name: Mapped[str] = mapped_column(String(120))
    worked_on: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int]
    written_off: Mapped[int]
    work: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    bill_id: Mapped[str | None] = mapped_column(String(32), index=True)


class TimeBillRow(Base):
    __tablename__ = "time_bills"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"))
    number: Mapped[int]
    minutes: Mapped[int]
    rate: Mapped[Decimal] = mapped_column(Yuan)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    objection: Mapped[str] = mapped_column(Text)
    fee_item_id: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True)
class TimeEntry:
    """What somebody did, on which day, for how many minutes; ``written_off`` of them are not charged."""

    id: str
    person_name: str
    worked_on: date
    minutes: int
    written_off: int
    work: str
    state: str


@dataclass(frozen=True)
class TimeBill:
    """One month's bill."""

    id: str
    lead_id: str
    contract_id: str
    number: int
    minutes: int
    rate: Decimal
    amount: Decimal
    state: str
    objection: str
    fee_item_id: str | None


def enter_time(context: Context, *, contract_id: str, worked_on: date, hours: Decimal, work: str) -> TimeEntry:
    """Enter one's own hours under a contract in force (guard G2)."""
    check_in_force(context, contract_id)
    row = TimeEntryRow(
        id=new_id(),
        lead_id=get_contract(context.session, contract_id).lead_id,
        contract_id=contract_id,
        person_id=context.actor.id,
        person_name=context.actor.name,
        worked_on=worked_on,
        minutes=int(hours * 60),
        written_off=0,
        work=work,
        state=ENTERED,
    )
    context.session.add(row)
    context.session.flush()
    return _entry(row)


def list_unbilled(session: Session, contract_id: str) -> list[TimeEntry]:
    """The entries that no bill holds yet, by day."""
    mine = (TimeEntryRow.contract_id == contract_id) & (TimeEntryRow.state == ENTERED)
    rows = session.scalars(select(TimeEntryRow).where(mine).order_by(TimeEntryRow.worked_on, TimeEntryRow.id))
    return [_entry(row) for row in rows]


def write_off(context: Context, entry_id: str, *, hours: Decimal, reason: str) -> TimeEntry:
    """A partner takes hours off an entry, not off one's own."""
    row = context.session.get(TimeEntryRow, entry_id)
    if row is None:
        raise NotFound(kind="time entry", id=entry_id)
    if row.person_id == context.actor.id:
        raise FourEyes(who=row.person_name, task="填报工时")
    minutes = int(hours * 60)
    if row.state != ENTERED or not 0 <= minutes <= row.minutes:
        raise StateRefused(what=row.work, old=row.state, new=BILLED, reason="only hours of an open entry are written off")
    row.written_off = minutes
    context.session.flush()
    context.audit("time_entry.written_off", f"time_entry:{entry_id}", minutes=minutes, reason=reason)
    return _entry(row)


def make_bill(context: Context, contract_id: str) -> TimeBill | None:
    """Bill every open entry at the contract's rate; None when there is nothing to charge."""
    contract = get_contract(context.session, contract_id)
    mine = (TimeEntryRow.contract_id == contract_id) & (TimeEntryRow.state == ENTERED)
    rows = list(context.session.scalars(select(TimeEntryRow).where(mine)))
    minutes = sum(row.minutes - row.written_off for row in rows)
    if not minutes:
        return None
    rate = to_decimal(contract.terms.get("hourly_rate"))
    number = len(list_bills(context.session, contract.lead_id)) + 1
    bill = TimeBillRow(
        id=new_id(),
        lead_id=contract.lead_id,
        contract_id=contract_id,
        number=number,
        minutes=minutes,
        rate=rate,
        amount=round_fen(rate * minutes / 60),
        state=SENT,
        made_at=context.now,
        made_by=context.actor.id,
        objection="",
    )
    context.session.add(bill)
    for row in rows:
        row.state, row.bill_id = BILLED, bill.id
    context.session.flush()
    context.audit("time_bill.made", f"contract:{contract_id}", number=number, amount=str(bill.amount))
    return _bill(bill)


def answer_bill(context: Context, bill_id: str, *, accepted: bool, objection: str = "") -> TimeBill:
    """Close a bill: accepted it becomes a payment that is due; objected to it waits for the complaint's outcome."""
    row = context.session.get(TimeBillRow, bill_id)
    if row is None:
        raise NotFound(kind="time bill", id=bill_id)
    if row.state != SENT and not (row.state == OBJECTED and accepted):
        raise StateRefused(what=f"账单{row.number}", old=row.state, new=ACCEPTED, reason="the bill was answered")
    row.state, row.objection = ACCEPTED if accepted else OBJECTED, objection or row.objection
    if accepted:
        today = context.now.astimezone(FIRM_ZONE).date()
        given: dict[str, Any] = {"due_rule": "on_date", "due_on": today, "is_due": False, "kind": TIME}
        item = add_fee_item(context, row.contract_id, milestone=f"第{row.number}期计时账单", amount=row.amount, **given)
        row.fee_item_id = item.id
    context.session.flush()
    context.audit("time_bill.answered", f"contract:{row.contract_id}", number=row.number, state=row.state)
    return _bill(row)


def list_bills(session: Session, lead_id: str) -> list[TimeBill]:
    """The bills of a case, oldest first."""
    rows = session.scalars(select(TimeBillRow).where(TimeBillRow.lead_id == lead_id).order_by(TimeBillRow.number))
    return [_bill(row) for row in rows]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest bill with its entries; empty before the first."""
    bills = list_bills(session, lead_id)
    if not bills:
        return {}
    last = bills[-1]
    rows = session.scalars(select(TimeEntryRow).where(TimeEntryRow.bill_id == last.id).order_by(TimeEntryRow.worked_on))
    lines = [
        {
            "on": row.worked_on.isoformat(),
            "person": row.person_name,
            "work": row.work,
            "hours": in_hours(row.minutes),
            "written_off": in_hours(row.written_off) if row.written_off else "",
            "figures": in_figures(round_fen(last.rate * (row.minutes - row.written_off) / 60)),
        }
        for row in rows
    ]
    return {
        "time_bill": {
            "number": last.number,
            "hours": in_hours(last.minutes),
            "rate": in_figures(last.rate),
            "amount": in_figures(last.amount),
            "amount_words": in_words(last.amount),
            "lines": lines,
        }
    }


def in_hours(minutes: int) -> str:
    """Minutes as hours with at most two places."""
    return f"{round_fen(Decimal(minutes) / 60).normalize():f}"


def _entry(row: TimeEntryRow) -> TimeEntry:
    return TimeEntry(**{name: getattr(row, name) for name in TimeEntry.__dataclass_fields__})


def _bill(row: TimeBillRow) -> TimeBill:
    return TimeBill(**{name: getattr(row, name) for name in TimeBill.__dataclass_fields__})
