"""Money that came in and belongs nowhere yet (挂账款): too much, or from nobody knows whom; one line until it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotFound, StateRefused
from workflows.records.money import Yuan

OPEN, MATCHED, RETURNED = "OPEN", "MATCHED", "RETURNED"
OVER, UNKNOWN, PAYER = "OVER", "UNKNOWN", "PAYER"
REASON_NAMES = {OVER: "超出应付金额", UNKNOWN: "来源不明", PAYER: "第三方付款未通过审查"}
STATE_NAMES = {OPEN: "待处理", MATCHED: "已匹配", RETURNED: "已退回"}


class SuspenseRow(Base):
    __tablename__ = "suspended_money"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str | None] = mapped_column(String(32), index=True)
    amount: Mapped[Decimal] = mapped_column(Yuan)
    received_on: Mapped[date] = mapped_column(Date)
    channel: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(120))
    payer_name: Mapped[str] = mapped_column(String(200))
    payer_account: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), index=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noted_by: Mapped[str] = mapped_column(String(80))
    noted_by_name: Mapped[str] = mapped_column(String(120))
    proposal: Mapped[dict[str, Any]] = mapped_column(Json)
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_name: Mapped[str | None] = mapped_column(String(120))


@dataclass(frozen=True)
class SuspendedMoney:
    """One amount in suspense; ``proposal`` says what one person of finance would do with it."""

    id: str
    lead_id: str | None
    amount: Decimal
    received_on: date
    channel: str
    reference: str
    payer_name: str
    payer_account: str
    reason: str
    state: str
    noted_at: datetime
    noted_by_name: str
    proposal: dict[str, Any]
    proposed_by: str | None
    settled_at: datetime | None
    settled_by_name: str | None


def suspend_money(
    context: Context,
    *,
    lead_id: str | None,
    amount: Decimal,
    received_on: date,
    channel: str,
    reference: str,
    payer_name: str,
    payer_account: str,
    reason: str,
) -> SuspendedMoney:
    """Note money that belongs nowhere yet, and let finance match it (message ``money.suspended``)."""
    row = SuspenseRow(
        id=new_id(),
        lead_id=lead_id,
        amount=amount,
        received_on=received_on,
        channel=channel,
        reference=reference,
        payer_name=payer_name,
        payer_account=payer_account,
        reason=reason,
        state=OPEN,
        noted_at=context.now,
        noted_by=context.actor.id,
        noted_by_name=context.actor.name,
        proposal={},
    )
    context.session.add(row)
    context.session.flush()
    context.audit("money.suspended", f"money:{row.id}", amount=str(amount), reason=reason)
    payload = {"suspense_id": row.id, "lead_id": lead_id or "", "title": f"挂账 {payer_name} {amount:,.2f}元"}
    context.send_message("money.suspended", correlation=row.id, payload=payload)
    return _money(row)


def propose(context: Context, suspense_id: str, proposal: dict[str, Any]) -> SuspendedMoney:
    """Say what should become of the money: ``fee_item_id`` to book it to, or ``account`` to return it to."""
    row = _open_row(context.session, suspense_id)
    row.proposal, row.proposed_by = proposal, context.actor.id
    context.session.flush()
    return _money(row)


def settle(context: Context, suspense_id: str, *, state: str) -> SuspendedMoney:
    """Close the line as it was proposed; raises FourEyes for who proposed it."""
    row = _open_row(context.session, suspense_id)
    if row.proposed_by == context.actor.id:
        raise FourEyes(who=context.actor.name, task="匹配挂账款")
    row.state, row.settled_at, row.settled_by_name = state, context.now, context.actor.name
    row.lead_id = row.proposal.get("lead_id") or row.lead_id
    context.session.flush()
    context.audit("money.settled", f"money:{row.id}", state=state)
    return _money(row)


def get_money(session: Session, suspense_id: str) -> SuspendedMoney:
    """The line with this id; raises NotFound."""
    row = session.get(SuspenseRow, suspense_id)
    if row is None:
        raise NotFound(kind="suspended money", id=suspense_id)
    return _money(row)


def list_money(session: Session, *, lead_id: str | None = None, limit: int = 200) -> list[SuspendedMoney]:
    """The lines of a case, or of the firm; open ones first, then the newest."""
    query = select(SuspenseRow).order_by(SuspenseRow.state != OPEN, SuspenseRow.id.desc()).limit(limit)
    if lead_id is not None:
        query = query.where(SuspenseRow.lead_id == lead_id)
    return [_money(row) for row in session.scalars(query)]


def _open_row(session: Session, suspense_id: str) -> SuspenseRow:
    row = session.get(SuspenseRow, suspense_id)
    if row is None:
        raise NotFound(kind="suspended money", id=suspense_id)
    if row.state != OPEN:
        raise StateRefused(what=row.reference, old=row.state, new=MATCHED, reason="this money is settled")
    return row


def _money(row: SuspenseRow) -> SuspendedMoney:
    return SuspendedMoney(**{name: getattr(row, name) for name in SuspendedMoney.__dataclass_fields__})
