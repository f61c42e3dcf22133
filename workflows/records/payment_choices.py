"""The payments of a case that a form offers, and the one that was chosen."""

from __future__ import annotations

from typing import Any

from engine.context import Context
from engine.errors import FormInvalid
from engine.forms import FieldError
from workflows.records import fees, refusals
from workflows.records.money import in_figures


def list_rows(context: Context, lead_id: str) -> list[dict[str, Any]]:
    """The payments of a case as rows of a form, to choose one of them."""
    return [
        {
            "item_id": item.id,
            "payment": item.milestone,
            "payment_sums": f"应付{in_figures(item.amount)}，已收{in_figures(item.paid)}，已开票{in_figures(item.invoiced)}",
            "chosen": False,
        }
        for item in fees.list_lead_items(context.session, lead_id)
    ]


def choose_item(context: Context, values: dict[str, Any], lead_id: str) -> fees.FeeItem:
    """The one payment that was ticked; raises FormInvalid for none, several, or another case's."""
    chosen = [row["item_id"] for row in values.get("payments") or [] if row.get("chosen")]
    known = {item.id: item for item in fees.list_lead_items(context.session, lead_id)}
    if len(chosen) != 1 or chosen[0] not in known:
        raise FormInvalid({"payments": [FieldError(refusals.CHOOSE_ONE_PAYMENT)]})
    return known[chosen[0]]
