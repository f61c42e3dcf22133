"""Legal holds (证据保全标记): while one is on, nothing of a case file is deleted and no entry of its log is changed.

Set with a complaint, a dispute or an audit; lifted with a reason. The check stands on the tables themselves, so that it
holds wherever a deletion comes from. Each hold has a process of its own (``legal_hold``), begun by the message
``legal_hold.set``; the signal of the same name tells whoever else works on the file (processes.md 0.5, ESP-HOLD).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, Text, event, func, select
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from engine.context import Context
from engine.db import Base, UtcDateTime, new_id
from engine.errors import JuanzongError, NotAllowed, NotFound, StateRefused
from workflows.records.communications import CommunicationRow
from workflows.records.documents import DocumentRow

COMPLAINT, DISPUTE, INVESTIGATION, AUDIT, INSURANCE = "complaint", "dispute", "investigation", "audit", "insurance"
CAUSES: Mapping[str, str] = {
    COMPLAINT: "投诉",
    DISPUTE: "诉讼或者争议",
    INVESTIGATION: "行政调查、纪律调查",
    AUDIT: "审计、检查",
    INSURANCE: "执业保险事故",
}
SETTERS = frozenset({"compliance", "director", "complaint"})
SIGNAL = "legal_hold.set"


class OnHold(JuanzongError):
    """This case file is under a legal hold: nothing in it may be deleted or changed until the hold is lifted."""


class LegalHoldRow(Base):
    __tablename__ = "legal_holds"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    volume_id: Mapped[str | None] = mapped_column(String(32))
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
    """One hold on a case file, or on one volume of it; ``cause`` says what kind of thing set it, ``source_id`` which one."""

    id: str
    lead_id: str
    volume_id: str | None
    cause: str
    source_id: str
    reason: str
    set_at: datetime
    set_by_name: str
    lifted_at: datetime | None
    lifted_by_name: str
    lift_reason: str


def set_hold(
    context: Context, lead_id: str, *, cause: str, source_id: str, reason: str, volume_id: str | None = None
) -> LegalHold:
    """Put a case file, or one volume of it, under a hold; another one for the same source is the same hold."""
    known = [hold for hold in list_holds(context.session, lead_id) if hold.source_id == source_id and not hold.lifted_at]
    if known:
        return known[0]
    row = LegalHoldRow(
        id=new_id(),
        lead_id=lead_id,
        volume_id=volume_id,
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
    told = {"hold_id": row.id, "hold_lead_id": lead_id, "hold_volume_id": volume_id or ""}
    context.send_message(SIGNAL, correlation=row.id, payload={**told, "lead_id": lead_id, "title": f"证据保全：{reason[:60]}"})
    context.send_signal(SIGNAL, payload=told)
    return _hold(row)


def place_hold(context: Context, lead_id: str, *, cause: str, reason: str, volume_id: str | None = None) -> LegalHold:
    """Put a hold by hand, with a reason. Raises ``NotAllowed`` and ``StateRefused``."""
    check_setter(context)
    if cause not in CAUSES or not reason.strip():
        raise StateRefused(what="legal hold", old="off", new="on", reason="no cause or no reason is given")
    return set_hold(context, lead_id, cause=cause, source_id=new_id(), reason=reason.strip(), volume_id=volume_id)


def check_setter(context: Context) -> None:
    """Raise ``NotAllowed`` for somebody who may neither set nor lift a hold."""
    if context.actor.kind != "system" and not context.actor.roles & SETTERS:
        raise NotAllowed(reason="compliance or the director sets and lifts legal holds")


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
    context.send_message("legal_hold.lifted", correlation=row.id)
    return _hold(row)


def lift_source(context: Context, source_id: str, reason: str) -> None:
    """Lift the holds that one complaint or dispute has set."""
    query = select(LegalHoldRow.id).where(LegalHoldRow.source_id == source_id, LegalHoldRow.lifted_at.is_(None))
    for hold_id in list(context.session.scalars(query)):
        lift_hold(context, hold_id, reason)


def is_on_hold(session: Session, lead_id: str) -> bool:
    """Whether a case file is under a hold."""
    return bool(session.scalar(_count(lead_id)))


def keeps_volume(session: Session, lead_id: str, volume_id: str) -> bool:
    """Whether a hold keeps a volume: one on its case file, or on itself."""
    of_volume = LegalHoldRow.volume_id.is_(None) | (LegalHoldRow.volume_id == volume_id)
    return bool(session.scalar(_count(lead_id).where(of_volume)))


def find_hold(session: Session, hold_id: str) -> LegalHold | None:
    """The hold with this id, or None."""
    row = session.get(LegalHoldRow, hold_id)
    return _hold(row) if row else None


def list_active(session: Session) -> list[LegalHold]:
    """Every hold that is on, newest first."""
    rows = session.scalars(select(LegalHoldRow).where(LegalHoldRow.lifted_at.is_(None)).order_by(LegalHoldRow.id.desc()))
    return [_hold(row) for row in rows]


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
