"""Guard G5 at the moment of closing: nothing is open but what a partner let pass with a reason, wherever the closing comes from.

What the client need not answer any more and updates that were never sent do not hold the end back; whoever reviewed saw them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.errors import StateRefused
from workflows.records import matters, open_items

MONEY = frozenset({open_items.UNPAID, open_items.UNBILLED})
HARD = frozenset({open_items.DEADLINE, open_items.ORIGINALS, open_items.COMPLAINT, *MONEY})


def check_closable(session: Session, lead_id: str, now: datetime, *, passed: Sequence[Mapping[str, Any]], objected: bool) -> None:
    """Raise ``StateRefused`` for anything open that ``passed`` does not hold.

    A complaint that came of an objection at the receipt (``objected``) goes on after the end: a partner answered it already.
    Of a payment it counts that it was seen open, not how much: it may be paid in part meanwhile.
    """
    seen = {(_sort(str(each["kind"])), str(each["what"])) for each in passed}
    for item in open_items.list_open_items(session, lead_id, now):
        if item.kind not in HARD or (_sort(item.kind), item.what) in seen or (objected and item.kind == open_items.COMPLAINT):
            continue
        matter = matters.find_matter_by_lead(session, lead_id)
        what = matter.matter_no if matter else lead_id
        raise StateRefused(what=what, old=matters.CLOSING, new=matters.CLOSED, reason=f"open: {item.title}")


def _sort(kind: str) -> str:
    return "money" if kind in MONEY else kind
