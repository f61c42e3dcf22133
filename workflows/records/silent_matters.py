"""Matters that may have ended without anybody saying so (疑似已结未报): why each is asked about, and what was answered."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from workflows.records import contracts, deadlines, documents, fees, matters
from workflows.records.communications import find_last_contacts
from workflows.records.documents import DocumentRow
from workflows.records.matters import ACTIVE, SUSPENDED, Matter, MatterRow
from workflows.records.rule_packs import get_rule

LITIGATION = frozenset({"civil", "administrative", "arbitration", "criminal", "enforcement"})
TERM, SILENT, FINAL, PAID = "term", "silent", "final", "paid"
REASONS = {
    TERM: "顾问合同期限已届满",
    SILENT: "诉讼案件长期没有任何记录",
    FINAL: "已有终局文书且长期没有任何记录",
    PAID: "费用已全部结清、没有未了期限且长期没有任何记录",
}


class MatterInquiryRow(Base):
    __tablename__ = "matter_inquiries"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    reason: Mapped[str] = mapped_column(String(12))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")
    has_ended: Mapped[bool | None]
    next_check_on: Mapped[date | None] = mapped_column(Date)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(80))


@dataclass(frozen=True)
class Suspect:
    """A matter that may have ended, and why."""

    matter: Matter
    reason: str


def find_suspects(session: Session, now: datetime) -> list[Suspect]:
    """The running matters to ask about now; one that was asked about waits for its answer and its next day."""
    today = now.astimezone(FIRM_ZONE).date()
    asked = _waiting(session, today)
    running = session.scalars(select(MatterRow).where(MatterRow.state.in_((ACTIVE, SUSPENDED))).order_by(MatterRow.id))
    rows = [row for row in running if row.id not in asked]
    last = _last_movements(session, rows)
    found = []
    for row in rows:
        matter = matters.get_matter(session, row.id)
        reason = _judge(session, matter, last[row.lead_id].astimezone(FIRM_ZONE).date(), today)
        if reason:
            found.append(Suspect(matter, reason))
    return found


def ask(context: Context, suspect: Suspect) -> str:
    """Record that a matter is asked about; returns the inquiry's id."""
    row = MatterInquiryRow(id=new_id(), matter_id=suspect.matter.id, reason=suspect.reason, asked_at=context.now)
    context.session.add(row)
    context.session.flush()
    context.audit("matter.asked_whether_ended", f"matter:{suspect.matter.id}", reason=suspect.reason)
    return row.id


def answer(context: Context, inquiry_id: str, *, has_ended: bool, said: str, next_check_on: date | None) -> None:
    """Record the lawyer's answer; a matter that goes on is asked about again from its next day."""
    row = context.session.get_one(MatterInquiryRow, inquiry_id)
    row.has_ended, row.answer, row.next_check_on = has_ended, said, next_check_on
    row.answered_at, row.answered_by = context.now, context.actor.id
    context.session.flush()
    context.audit("matter.said_whether_ended", f"matter:{row.matter_id}", has_ended=has_ended)


def _waiting(session: Session, today: date) -> set[str]:
    """Matters that were asked about and are not to be asked again yet."""
    rows = session.scalars(select(MatterInquiryRow))
    return {row.matter_id for row in rows if row.answered_at is None or (row.next_check_on or date.min) > today}


def _last_movements(session: Session, rows: list[MatterRow]) -> dict[str, datetime]:
    """When each case last had a document or a contact; its opening when nothing came."""
    leads = [row.lead_id for row in rows]
    newest = select(DocumentRow.lead_id, func.max(DocumentRow.created_at)).where(DocumentRow.lead_id.in_(leads))
    stored = {lead_id: at for lead_id, at in session.execute(newest.group_by(DocumentRow.lead_id))}
    spoken = find_last_contacts(session, leads)
    return {row.lead_id: max(filter(None, (row.opened_at, stored.get(row.lead_id), spoken.get(row.lead_id)))) for row in rows}


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the month's last."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def _judge(session: Session, matter: Matter, last_on: date, today: date) -> str:
    """Why a matter may have ended, or nothing."""
    quiet = last_on < _months_before(today, int(get_rule("retention", "quiet_months", today).value))
    contract = contracts.find_contract(session, matter.lead_id)
    term_end = str((contract.terms if contract else {}).get("term_end") or "")[:10]
    if matter.matter_type == "adviser" and term_end and date.fromisoformat(term_end) < today:
        return TERM
    silent_before = _months_before(today, int(get_rule("retention", "silent_months", today).value))
    if matter.matter_type in LITIGATION and last_on < silent_before:
        return SILENT
    if quiet and documents.list_documents(session, matter.lead_id, slot="judgment"):
        return FINAL
    items = fees.list_lead_items(session, matter.lead_id)
    settled = bool(items) and all(item.is_settled for item in items)
    has_deadline = any(each.state in deadlines.OPEN for each in deadlines.list_deadlines(session, matter.lead_id))
    return PAID if quiet and settled and not has_deadline else ""
