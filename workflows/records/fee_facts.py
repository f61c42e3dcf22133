"""The fee list (费用清单) in the words of letters and panels: fees, costs, and what is open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from workflows.records.contracts import find_contract
from workflows.records.fee_caps import AID
from workflows.records.fees import STATE_NAMES, WRITTEN_OFF, FeeItem, list_lead_items
from workflows.records.money import in_figures, in_words


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The fee list (费用清单) for letters and panels; empty before fees are planned, zero where legal aid is given."""
    items = list_lead_items(session, lead_id)
    if not items and not _is_free(session, lead_id):
        return {}
    owed = {item.id: item.paid if item.state == WRITTEN_OFF else item.amount for item in items}
    total = sum(owed.values(), Decimal(0))
    paid, refunded = (sum((getattr(item, name) for item in items), Decimal(0)) for name in ("paid", "refunded"))
    return {
        "fees": {
            "lines": [_line(item) for item in items],
            "total": in_figures(total),
            "total_words": in_words(total),
            "paid": in_figures(paid),
            "refunded": in_figures(refunded) if refunded else "",
            "open": in_figures(total - paid),
        }
    }


def _is_free(session: Session, lead_id: str) -> bool:
    contract = find_contract(session, lead_id)
    return contract is not None and contract.terms.get("fee_mode") == AID


def _line(item: FeeItem) -> dict[str, Any]:
    return {
        "number": item.position,
        "milestone": item.milestone,
        "figures": in_figures(item.amount),
        "paid": in_figures(item.paid),
        "invoiced": in_figures(item.invoiced),
        "refunded": in_figures(item.refunded) if item.refunded else "",
        "due_on": item.due_on.isoformat() if item.due_on else "",
        "state": STATE_NAMES[item.state],
    }
