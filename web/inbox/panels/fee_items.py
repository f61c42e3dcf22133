"""The payments of the contract, each with what came in for it and the papers that prove it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import contracts, documents, fees, money, receipts


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The payment schedule with receipts and slips; empty before the fees are planned."""
    contract = contracts.find_contract(session, lead_id)
    items = fees.list_fee_items(session, contract.id) if contract else []
    if not items:
        return {}
    found = {item.id: receipts.list_receipts(session, item.id) for item in items}
    slips = [each for rows in found.values() for row in rows for each in row.document_ids]
    return {
        "fee_contract": contract,
        "fee_items": items,
        "fee_receipts": found,
        "fee_slips": {each: documents.get_document(session, each).title for each in slips},
        "fee_figures": money.in_figures,
        "fee_states": {receipts.REGISTERED: "waiting", receipts.CHECKED: "booked", receipts.RETURNED: "returned"},
    }
