"""Whether a conflict check holds now (guard G1): asked by whoever accepts or opens a matter, before leads and clients."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import JuanzongError
from workflows.records import waiver_consents
from workflows.records.conflict_tables import ConflictCheckRow
from workflows.records.parties import list_parties, party_set_hash

CLEAR, WAIVED = "CLEAR", "WAIVED"
GOOD = frozenset({CLEAR, WAIVED})


class ConflictUnchecked(JuanzongError):
    """No matter may be opened without a valid conflict check of exactly these parties: have the check done again."""


class Check(Protocol):
    """What is asked of a check, row or record."""

    @property
    def id(self) -> str: ...
    @property
    def lead_id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def valid_until(self) -> datetime | None: ...
    @property
    def party_set_hash(self) -> str: ...


def is_valid(session: Session, check: Check, now: datetime) -> bool:
    """Guard G1: a good result, not older than its validity, for exactly the parties the lead has now, no consent taken back."""
    if check.state not in GOOD or check.valid_until is None or now >= check.valid_until:
        return False
    if check.state == WAIVED and waiver_consents.is_withdrawn(session, check.id):
        return False
    return check.party_set_hash == party_set_hash(list_parties(session, check.lead_id))


def check_valid(session: Session, lead_id: str, now: datetime) -> bool:
    """Whether the newest check of a lead holds now."""
    newest = select(ConflictCheckRow).where(ConflictCheckRow.lead_id == lead_id).order_by(ConflictCheckRow.id.desc()).limit(1)
    row = session.scalars(newest).first()
    return row is not None and is_valid(session, row, now)
