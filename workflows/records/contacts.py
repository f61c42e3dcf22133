"""Contact with the client (联系情况): how many cadences passed without an update, and how long nobody spoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import communications, matters, updates
from workflows.records.rule_packs import get_rule

NONE, PARTNER, DESK = "none", "partner", "desk"


@dataclass(frozen=True)
class Quiet:
    """How long a client has heard nothing; ``level`` is who must do something about it now."""

    since: datetime
    missed: int
    level: str
    next_at: datetime


def look(session: Session, matter_id: str, *, cadence_days: int, now: datetime, done: str = NONE) -> Quiet:
    """What the firm owes a client: a partner after two missed cadences, the desk's call after three.

    ``done`` is what was done about this silence already, so that nobody is asked twice for it.
    """
    day = now.astimezone(FIRM_ZONE).date()
    partner, desk = (int(get_rule("client_service", key, day).value) for key in ("missed_partner", "missed_desk"))
    last = updates.list_updates(session, matter_id, limit=1)
    since = last[0].written_at if last else matters.get_matter(session, matter_id).opened_at
    span = timedelta(days=cadence_days)
    missed = max(0, int((now - since) / span))
    if missed >= desk and done != DESK:
        return Quiet(since, missed, DESK, now)
    if missed >= partner and done == NONE:
        return Quiet(since, missed, PARTNER, now)
    waits = {NONE: partner, PARTNER: desk}.get(done)
    # After the desk has called, the next round begins when another three cadences have gone by.
    next_at = since + span * waits if waits else now + span * desk
    return Quiet(since, missed, NONE, max(next_at, now + timedelta(minutes=1)))


def days_since_contact(session: Session, lead_ids: Sequence[str], now: datetime) -> dict[str, int]:
    """Whole days since each case file's last contact; a file without any is missing."""
    return {lead_id: (now - at).days for lead_id, at in communications.find_last_contacts(session, lead_ids).items()}


def is_quiet(days: int | None, now: datetime) -> bool:
    """Whether a list marks a case because nobody has spoken with the client for long."""
    limit = int(get_rule("client_service", "quiet_days", now.astimezone(FIRM_ZONE).date()).value)
    return days is not None and days > limit
