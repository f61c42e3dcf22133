"""Costs paid for a client (代付费用、差旅费), apart from the fee: estimated, confirmed, proved by receipts, settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import FourEyes, NotFound, StateRefused
from workflows.records.fee_guards import refuse_charge
from workflows.records.money import Yuan, in_figures, to_decimal

ESTIMATED, CONFIRMED, REFUSED, SUBMITTED, APPROVED, SETTLED = (
    "ESTIMATED", "CONFIRMED", "REFUSED", "SUBMITTED", "APPROVED", "SETTLED"
)  # fmt: skip
STATE_NAMES = {
    ESTIMATED: "待客户确认",
    CONFIRMED: "客户已确认",
    REFUSED: "客户不同意",
    SUBMITTED: "待审核",
    APPROVED: "待结算",
    SETTLED: "已结算",
}
NEXT = {
    ESTIMATED: frozenset({CONFIRMED, REFUSED, ESTIMATED}),
    CONFIRMED: frozenset({SUBMITTED}),
    SUBMITTED: frozenset({APPROVED, CONFIRMED, ESTIMATED}),
    APPROVED: frozenset({SETTLED}),
    REFUSED: frozenset({ESTIMATED}),
    SETTLED: frozenset(),
}


class ClientCostRow(Base):
    __tablename__ = "client_costs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    title: Mapped[str] = mapped_column(String(200))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    estimated: Mapped[Decimal] = mapped_column(Yuan)
    advanced: Mapped[Decimal] = mapped_column(Yuan)
    actual: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    made_by_name: Mapped[str] = mapped_column(String(120))
    settled_on: Mapped[date | None] = mapped_column(Date)
    document_ids: Mapped[list[str]] = mapped_column(Json)


@dataclass(frozen=True)
class ClientCost:
    """One statement of costs; ``advanced`` is what the client gave beforehand, ``actual`` what the receipts prove."""

    id: str
    lead_id: str
    title: str
    lines: list[dict[str, Any]]
    estimated: Decimal
    advanced: Decimal
    actual: Decimal
    state: str
    made_by: str
    made_by_name: str
    settled_on: date | None
    document_ids: list[str]

    @property
    def balance(self) -> Decimal:
        """What goes back to the client; negative when the client still owes."""
        return self.advanced - self.actual


def estimate_costs(context: Context, *, lead_id: str, title: str, lines: list[dict[str, Any]], cost_id: str = "") -> ClientCost:
    """Put an estimate before the client, anew after a refusal or when it turned out too low."""
    total = sum((to_decimal(line.get("cost_amount")) for line in lines), Decimal(0))
    refuse_charge(context.session, lead_id, total, context.now.astimezone(FIRM_ZONE).date())
    if cost_id:
        row = _get_row(context.session, cost_id)
        _move(context, row, ESTIMATED)
        row.title, row.lines, row.estimated = title, lines, total
    else:
        row = ClientCostRow(
            id=new_id(),
            lead_id=lead_id,
            title=title,
            lines=lines,
            estimated=total,
            advanced=Decimal(0),
            actual=Decimal(0),
            state=ESTIMATED,
            made_at=context.now,
            made_by=context.actor.id,
            made_by_name=context.actor.name,
            document_ids=[],
        )
        context.session.add(row)
    context.session.flush()
    context.audit("cost.estimated", f"cost:{row.id}", estimated=str(total))
    return _cost(row)


def answer_estimate(context: Context, cost_id: str, *, agreed: bool) -> ClientCost:
    """The client confirms the estimate or does not."""
    row = _get_row(context.session, cost_id)
    _move(context, row, CONFIRMED if agreed else REFUSED)
    return _cost(row)


def submit_receipts(context: Context, cost_id: str, *, actual: Decimal, advanced: Decimal, document_ids: list[str]) -> ClientCost:
    """What was really spent, with its receipts; never more than the client confirmed."""
    row = _get_row(context.session, cost_id)
    if actual > row.estimated:
        over = in_figures(actual - row.estimated)
        raise StateRefused(what=row.title, old=row.state, new=SUBMITTED, reason=f"{over} more than the client confirmed")
    row.actual, row.advanced, row.document_ids = actual, advanced, [*row.document_ids, *document_ids]
    _move(context, row, SUBMITTED)
    return _cost(row)


def approve_costs(context: Context, cost_id: str, *, approved: bool) -> ClientCost:
    """A partner passes the receipts or returns them; not one's own."""
    row = _get_row(context.session, cost_id)
    if row.made_by == context.actor.id:
        raise FourEyes(who=row.made_by_name, task="代付费用")
    _move(context, row, APPROVED if approved else CONFIRMED)
    return _cost(row)


def settle_costs(context: Context, cost_id: str) -> ClientCost:
    """Finance paid the balance out or received it."""
    row = _get_row(context.session, cost_id)
    row.settled_on = context.now.astimezone(FIRM_ZONE).date()
    _move(context, row, SETTLED)
    return _cost(row)


def get_cost(session: Session, cost_id: str) -> ClientCost:
    """The statement with this id; raises NotFound."""
    return _cost(_get_row(session, cost_id))


def list_costs(session: Session, lead_id: str) -> list[ClientCost]:
    """The statements of a case, oldest first."""
    rows = session.scalars(select(ClientCostRow).where(ClientCostRow.lead_id == lead_id).order_by(ClientCostRow.id))
    return [_cost(row) for row in rows]


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The costs for letters and panels; an empty list while there are none."""
    found = [cost for cost in list_costs(session, lead_id) if cost.state != REFUSED]
    return {
        "costs": [
            {
                "title": cost.title,
                "lines": [{**line, "figures": in_figures(to_decimal(line.get("cost_amount")))} for line in cost.lines],
                "estimated": in_figures(cost.estimated),
                "advanced": in_figures(cost.advanced),
                "actual": in_figures(cost.actual),
                "balance": in_figures(cost.balance) if cost.balance >= 0 else f"-{in_figures(-cost.balance)}",
                "state": STATE_NAMES[cost.state],
            }
            for cost in found
        ]
    }


def _move(context: Context, row: ClientCostRow, state: str) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.title, old=row.state, new=state, reason="the costs are not at that point")
    row.state = state
    context.session.flush()
    context.audit("cost.moved", f"cost:{row.id}", new=state)


def _get_row(session: Session, cost_id: str) -> ClientCostRow:
    row = session.get(ClientCostRow, cost_id)
    if row is None:
        raise NotFound(kind="cost", id=cost_id)
    return row


def _cost(row: ClientCostRow) -> ClientCost:
    return ClientCost(**{name: getattr(row, name) for name in ClientCost.__dataclass_fields__})
