"""What somebody who leaves has still to hand over, each thing at the desk that clears it; computed anew whenever asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import departure_matters, departures, fees, people, suspense, time_bills, volume_loans, volumes
from workflows.records.client_costs import SETTLED, ClientCostRow
from workflows.records.client_costs import STATE_NAMES as COST_STATES
from workflows.records.deadlines import OPEN as OPEN_DEADLINE
from workflows.records.deadlines import DeadlineRow
from workflows.records.departure_matters import CHOICES, DepartureMatter
from workflows.records.departures import Departure
from workflows.records.matters import CLOSED, MatterRow
from workflows.records.money import in_figures
from workflows.records.rule_packs import get_rule
from workflows.roles import ROLES

#: the desks that sign, by role, in the order of the certificate
DESKS: Mapping[str, str] = {"archivist": "档案", "finance": "财务", "compliance": "合规", "admin": "信息与物品"}
MATTER, DEADLINE, VOLUME, LOAN = "matter", "deadline", "volume", "loan"
TIME, UNBILLED, UNPAID, SUSPENSE, COST, THING, POST = "time", "unbilled", "unpaid", "suspense", "cost", "thing", "post"
KIND_NAMES: Mapping[str, str] = {
    MATTER: "在办案件未安排",
    DEADLINE: "期限未移交",
    VOLUME: "案卷未交档案室",
    LOAN: "借阅未归还",
    TIME: "工时未开账单",
    UNBILLED: "已收款未开票",
    UNPAID: "费用未结清",
    SUSPENSE: "挂账款未处理",
    COST: "代付费用未结算",
    THING: "物品未归还",
    POST: "岗位无人接替",
}
OPEN_VOLUME = volumes.OPEN  # collecting, or returned for mending: in the lawyer's hands


@dataclass(frozen=True)
class Item:
    """One open thing: which desk clears it, what it is, the amount, day or state; ``lead_id`` where it belongs to a case."""

    desk: str
    kind: str
    what: str
    detail: str = ""
    lead_id: str = ""

    @property
    def kind_name(self) -> str:
        """What sort of thing it is, in Chinese."""
        return KIND_NAMES[self.kind]


def list_items(session: Session, departure: Departure, *, desk: str = "") -> list[Item]:
    """Everything open, or one desk's part."""
    found = [*_matters(session, departure), *_deadlines(session, departure), *_volumes(session, departure)]
    found += [*_loans(session, departure), *_money(session, departure), *_things(session, departure)]
    return [item for item in found if not desk or item.desk == desk]


def list_near_deadlines(session: Session, departure: Departure, now: datetime) -> list[DeadlineRow]:
    """The deadlines in somebody's hands that end soon, the next first; for the inventory."""
    today = now.astimezone(FIRM_ZONE).date()
    until = today + timedelta(days=int(get_rule("staff", "deadline_horizon", today).value))
    held = [row for row in _held_deadlines(session, departure.person_id) if row.due_on is not None and row.due_on <= until]
    return sorted(held, key=lambda row: row.due_on or date.max)


def _matters(session: Session, departure: Departure) -> Iterator[Item]:
    """Running matters that the person still leads; also such as came after the notice."""
    chosen = {each.matter_id: each for each in departure_matters.list_matters(session, departure.id)}
    for matter in departure_matters.list_running(session, departure.person_id):
        yield Item("compliance", MATTER, f"{matter.matter_no} {matter.title}", say_choice(chosen.get(matter.id)), matter.lead_id)


def say_choice(found: DepartureMatter | None) -> str:
    """Where one matter stands, in words."""
    if found is None or not found.choice:
        return "客户尚未选择"
    return f"{CHOICES[found.choice]}，办理中"


def _held_deadlines(session: Session, person_id: str) -> list[DeadlineRow]:
    held = or_(DeadlineRow.responsible_id == person_id, DeadlineRow.backup_id == person_id)
    return list(session.scalars(select(DeadlineRow).where(held, DeadlineRow.state.in_(OPEN_DEADLINE)).order_by(DeadlineRow.id)))


def _deadlines(session: Session, departure: Departure) -> Iterator[Item]:
    for row in _held_deadlines(session, departure.person_id):
        yield Item("compliance", DEADLINE, row.title, row.due_on.isoformat() if row.due_on else "尚未录入", row.lead_id)


def _volumes(session: Session, departure: Departure) -> Iterator[Item]:
    """Volumes of closed matters that are still in the lawyer's hands."""
    query = (
        select(volumes.VolumeRow, MatterRow.matter_no)
        .join(MatterRow, MatterRow.id == volumes.VolumeRow.matter_id)
        .where(MatterRow.lawyer_id == departure.person_id, MatterRow.state == CLOSED, volumes.VolumeRow.state.in_(OPEN_VOLUME))
        .order_by(volumes.VolumeRow.id)
    )
    for volume, matter_no in session.execute(query):
        due = f"应于{volume.due_at.astimezone(FIRM_ZONE).date().isoformat()}前提交" if volume.due_at else "待提交"
        yield Item("archivist", VOLUME, f"{matter_no} {volume.title}", due, volume.lead_id)


def _loans(session: Session, departure: Departure) -> Iterator[Item]:
    """Volumes of the archive that the person has borrowed."""
    for loan in volume_loans.list_held_by(session, departure.person_id):
        volume = volumes.get_volume(session, loan.volume_id)
        yield Item("archivist", LOAN, f"{loan.loan_no} {volume.file_no} {volume.title}", f"应于{loan.due_on}归还", loan.lead_id)


def _money(session: Session, departure: Departure) -> Iterator[Item]:
    entry = time_bills.TimeEntryRow
    unbilled = select(entry).where(entry.person_id == departure.person_id, entry.state == time_bills.ENTERED).order_by(entry.id)
    for row in session.scalars(unbilled):
        if row.minutes > row.written_off:
            when = f"{row.worked_on.isoformat()}，{row.minutes - row.written_off}分钟"
            yield Item("finance", TIME, row.work, when, row.lead_id)
    cost = select(ClientCostRow).where(ClientCostRow.made_by == departure.person_id, ClientCostRow.state != SETTLED)
    for each in session.scalars(cost.order_by(ClientCostRow.id)):
        if each.advanced or each.actual:  # an estimate that came to nothing needs no settling
            yield Item("finance", COST, each.title, COST_STATES[each.state], each.lead_id)
    chosen = departure_matters.list_matters(session, departure.id)
    leaving = {each.lead_id for each in chosen if each.choice in (departure_matters.FOLLOW, departure_matters.END)}
    led = session.scalars(select(MatterRow.lead_id).where(MatterRow.lawyer_id == departure.person_id).order_by(MatterRow.id))
    for lead_id in led:
        for item in fees.list_open_items(session, lead_id):
            if item.paid > item.invoiced:
                yield Item("finance", UNBILLED, item.milestone, f"{in_figures(item.paid - item.invoiced)}元", lead_id)
            if item.paid < item.amount and lead_id in leaving:
                yield Item("finance", UNPAID, item.milestone, f"{in_figures(item.amount - item.paid)}元", lead_id)
        for money in suspense.list_money(session, lead_id=lead_id):
            if money.state == suspense.OPEN:
                yield Item("finance", SUSPENSE, money.payer_name, f"{in_figures(money.amount)}元", lead_id)


def _things(session: Session, departure: Departure) -> Iterator[Item]:
    """What the firm gave out, and posts that nobody else holds."""
    for thing in departure.things:
        if not thing["returned_at"]:
            yield Item("admin", THING, thing["what"])
    for role in departures.ESSENTIAL:
        holders = [person.id for person in people.list_people(session, role)]
        if holders == [departure.person_id]:
            yield Item("admin", POST, ROLES[role])
