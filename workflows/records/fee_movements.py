"""Which cases had a movement of money since their last fee list."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.records.fee_steps import FeeListRow
from workflows.records.fees import FeeItemRow
from workflows.records.leads import Lead


def list_moved(session: Session) -> list[tuple[str, str]]:
    """Lead id and title of each case whose payments moved after its last list."""
    lists = select(FeeListRow.lead_id, func.max(FeeListRow.issued_at).label("at")).group_by(FeeListRow.lead_id).subquery()
    moves = select(FeeItemRow.lead_id, func.max(FeeItemRow.moved_at).label("at")).group_by(FeeItemRow.lead_id).subquery()
    query = (
        select(moves.c.lead_id, Lead.client_name)
        .join(Lead, Lead.id == moves.c.lead_id)
        .join(lists, lists.c.lead_id == moves.c.lead_id)
        .where(moves.c.at > lists.c.at)
        .order_by(moves.c.lead_id)
    )
    return [(lead_id, f"{name} · 费用清单") for lead_id, name in session.execute(query)]
