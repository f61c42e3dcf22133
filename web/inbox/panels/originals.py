"""What the firm holds for the client of this case, and the receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import originals


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The things not yet returned, and the newest receipts with their papers."""
    return {
        "originals_held": originals.list_held(session, lead_id),
        "originals_receipts": [each for each in originals.list_receipts(session, lead_id) if each.document_ids][:3],
        "original_states": originals.STATE_NAMES,
    }
