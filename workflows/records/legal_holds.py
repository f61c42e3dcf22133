"""Legal holds (证据保全标记): while one is on, nothing of a case file is deleted and no entry of its log is changed.

Set with a complaint, a dispute or an audit; lifted with a reason. The check stands on the tables themselves, so that it
holds wherever a deletion comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, Text, event, func, select
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError, NotFound, StateRefused
from workflows.records.communications import CommunicationRow
from workflows.records.documents import DocumentRow


class OnHold(JuanzongError):
    """This case file is under a legal hold: nothing in it may be deleted or changed until the hold is lifted."""


class LegalHoldRow(Base):
    __tablename__ = "legal_holds"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    cause: Mapped[str] = mapped_column(String(20))
    source_id: Mapped[str] = mapped_column(String(32), index=True)
    reason: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by_name: Mapped[str] = mapped_column(String(120))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_name: Mapped[str] = mapped_column(String(120))
    lift_reason: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class LegalHold:
    """One hold on a case file; ``cause`` says what kind of thing set it, ``source_id`` which one."""

    id: str
    lead_id: str
    cause: str
    source_id: str
    reason: str
    set_at: datetime
    set_by_name: str
    lifted_at: datetime | None
    lifted_by_name: str
    lift_reason: str


def set_hold(context: Context, lead_id: str, *, cause: str, source_id: str, reason: str) -> LegalHold:
    """Put a case file under a hold; another one for the same source is the same hold."""
    known = [hold for hold in list_holds(context.session, lead_id) if hold.source_id == source_id and not hold.lifted_at]
    if known:
        return known[0]
    row = LegalHoldRow(
        id=new_id(),
        lead_id=lead_id,
        cause=cause,
        source_id=source_id,
        reason=reason,
        set_at=context.now,
        set_by_name=context.actor.name,
        lifted_by_name="",
        lift_reason="",
    )
    context.session.add(row)
    context.session.flush()
    context.audit("legal_hold.set", f"lead:{lead_id}", cause=cause, source=source_id)
    return _hold(row)


def lift_hold(context: Context, hold_id: str, reason: str) -> LegalHold:
    """Lift a hold, with a reason. Raises ``NotFound`` and ``StateRefused``."""
    row = context.session.get(LegalHoldRow, hold_id)
    if row is None:
        raise NotFound(kind="legal hold", id=hold_id)
    if row.lifted_at or not reason.strip():
        raise StateRefused(what="legal hold", old="on", new="off", reason="the hold is lifted, or no reason is given")
    row.lifted_at, row.lifted_by_name, row.lift_reason = context.now, context.actor.name, reason.strip()
    context.session.flush()
    context.audit("legal_hold.lifted", f"lead:{row.lead_id}", source=row.source_id, reason=row.lift_reason)
    return _hold(row)


def lift_source(context: Context, source_id: str, reason: str) -> None:
    """Lift the holds that one complaint or dispute has set."""
    query = select(LegalHoldRow.id).where(LegalHoldRow.source_id == source_id, LegalHoldRow.lifted_at.is_(None))
    for hold_id in list(context.session.scalars(query)):
        lift_hold(context, hold_id, reason)


def is_on_hold(session: Session, lead_id: str) -> bool:
    """Whether a case file is under a hold."""
    return bool(session.scalar(_count(lead_id)))


def check_not_on_hold(session: Session, lead_id: str) -> None:
    """Raise ``OnHold`` when a case file is under a hold."""
    if is_on_hold(session, lead_id):
        raise OnHold()


def list_holds(session: Session, lead_id: str) -> list[LegalHold]:
    """The holds of a case file, newest first."""
    rows = session.scalars(select(LegalHoldRow).where(LegalHoldRow.lead_id == lead_id).order_by(LegalHoldRow.id.desc()))
    return [_hold(row) for row in rows]


def _count(lead_id: str) -> Any:
    active = (LegalHoldRow.lead_id == lead_id) & LegalHoldRow.lifted_at.is_(None)
    return select(func.count()).select_from(LegalHoldRow).where(active)


def _refuse(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    """Stop a deletion or a change before it reaches the database."""
    if connection.scalar(_count(target.lead_id)):
        raise OnHold()


event.listen(CommunicationRow, "before_update", _refuse)
event.listen(CommunicationRow, "before_delete", _refuse)
event.listen(DocumentRow, "before_delete", _refuse)


def _hold(row: LegalHoldRow) -> LegalHold:
    return LegalHold(**{name: getattr(row, name) for name in LegalHold.__dataclass_fields__})
