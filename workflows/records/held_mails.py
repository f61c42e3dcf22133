"""Mail to a client that waits (暂缓发送): while a matter's conflicts are examined again, nothing goes out.

What the client's rights hang on goes all the same (processes.md 0.5, ESP-CONFLICT). What was held goes out when the comparison is
settled, unless the firm withdraws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from workflows.records import conflict_rechecks, matters
from workflows.records.conflict_hits import TO_JUDGE

HELD, SENT, DROPPED, REPLACED = "HELD", "SENT", "DROPPED", "REPLACED"


class HeldMailRow(Base):
    __tablename__ = "held_mails"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str | None] = mapped_column(String(200))
    to_log: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(8), index=True)
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class HeldMail:
    """One mail that waits or waited; ``to_log`` when the communication log gets it at its sending."""

    id: str
    lead_id: str
    payload: dict[str, Any]
    key: str | None
    to_log: bool
    state: str
    held_at: datetime
    settled_at: datetime | None


def is_paused(session: Session, lead_id: str) -> bool:
    """Whether a running matter's comparison found something serious that nobody has settled yet."""
    matter = matters.find_matter_by_lead(session, lead_id)
    if matter is None or matter.state not in matters.RUNNING:
        return False
    return any(_is_open(each) for each in conflict_rechecks.list_rechecks(session, lead_id))


def _is_open(recheck: conflict_rechecks.Recheck) -> bool:
    if recheck.state == conflict_rechecks.OPEN:
        return any(found["hit_class"] in TO_JUDGE for found in recheck.found)
    return recheck.state == conflict_rechecks.CHECKED


def hold(context: Context, lead_id: str, payload: Mapping[str, Any], *, key: str | None, to_log: bool) -> bool:
    """Let a mail wait; of a link and its reminder only the newer one does. True for the first that waits in a case."""
    waiting = list_held(context.session, lead_id)
    for earlier in waiting:
        if key and earlier.key and all(earlier.payload[name] == payload[name] for name in ("to", "subject")):
            _settle(context, earlier.id, REPLACED)
    row = HeldMailRow(
        id=new_id(),
        lead_id=lead_id,
        payload=dict(payload),
        key=key,
        to_log=to_log,
        state=HELD,
        held_at=context.now,
        settled_at=None,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("client_mail.held", f"lead:{lead_id}", about=payload["subject"])
    return not waiting


def take(context: Context, lead_id: str, *, send: bool) -> list[HeldMail]:
    """What waited in a case, oldest first; it is sent now, or dropped for good."""
    found = list_held(context.session, lead_id)
    for each in found:
        _settle(context, each.id, SENT if send else DROPPED)
        context.audit("client_mail.released" if send else "client_mail.dropped", f"lead:{lead_id}", about=each.payload["subject"])
    return found


def list_held(session: Session, lead_id: str) -> list[HeldMail]:
    """The mails of a case that wait, oldest first."""
    query = select(HeldMailRow).where(HeldMailRow.lead_id == lead_id, HeldMailRow.state == HELD).order_by(HeldMailRow.id)
    return [HeldMail(**{name: getattr(row, name) for name in HeldMail.__dataclass_fields__}) for row in session.scalars(query)]


def _settle(context: Context, held_id: str, state: str) -> None:
    row = context.session.get_one(HeldMailRow, held_id)
    row.state, row.settled_at = state, context.now
    context.session.flush()
