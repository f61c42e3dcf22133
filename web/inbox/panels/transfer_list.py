"""What a transfer hands over: the volumes, to whom and why, and the digest of what was packed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import transfers, volumes


def read_task(session: Session, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The transfer and its volumes."""
    transfer = transfers.get_transfer(session, str(data["transfer_id"]))
    return {"transfer": transfer, "volumes": [volumes.get_volume(session, each) for each in transfer.volume_ids]}
