"""Documents for the client (材料知情): what was asked for or came in, how far it may be disclosed, what was given.

Lawyers' practice standards (律师执业行为规范): the client may know the papers of the matter; state secrets, criminal files,
others' privacy and trade secrets stay protected. Decision table D10 says the class, two people decide what is restricted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import service_guard

OPEN, DELIVERED, VIEWED, DECLINED = "OPEN", "DELIVERED", "VIEWED", "DECLINED"
FREE, REVIEW, MASK, VIEW_ONLY, NEVER = "FREE", "REVIEW", "MASK", "VIEW_ONLY", "NEVER"
PROVIDE, MASKED, VIEW, NOT = "PROVIDE", "MASK", "VIEW", "NOT"
# What two people may decide about each class.
MAY: Mapping[str, frozenset[str]] = {
    FREE: frozenset({PROVIDE}),
    REVIEW: frozenset({PROVIDE, MASKED, VIEW, NOT}),
    MASK: frozenset({MASKED, VIEW, NOT}),
    VIEW_ONLY: frozenset({VIEW, NOT}),
    NEVER: frozenset({NOT}),
}
CLASS_NAMES: Mapping[str, str] = {
    FREE: "可以直接提供",
    REVIEW: "须审查",
    MASK: "须遮盖",
    VIEW_ONLY: "只能阅览",
    NEVER: "不得提供",
}


class DeliveryRow(Base):
    __tablename__ = "deliveries"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str] = mapped_column(String(32), index=True)
    origin: Mapped[str] = mapped_column(String(12))
    request: Mapped[str] = mapped_column(Text)
    document_ids: Mapped[list[str]] = mapped_column(Json)
    traits: Mapped[dict[str, str]] = mapped_column(Json)
    disclosure: Mapped[str] = mapped_column(String(12))
    decision: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12))
    copies: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    note: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_name: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    list_document_id: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True)
class Delivery:
    """One request or push; ``copies`` are the stamped ones, ``decision`` what two people said, ``note`` what was done."""

    id: str
    lead_id: str
    matter_id: str
    origin: str
    request: str
    document_ids: list[str]
    traits: dict[str, str]
    disclosure: str
    decision: dict[str, Any]
    state: str
    copies: list[dict[str, Any]]
    note: dict[str, Any]
    created_at: datetime
    created_by_name: str
    closed_at: datetime | None
    list_document_id: str | None


def open_delivery(
    context: Context,
    *,
    lead_id: str,
    matter_id: str,
    origin: str,
    request: str,
    document_ids: Sequence[str],
    traits: Mapping[str, str],
) -> Delivery:
    """Begin a delivery with what the lawyer says of the documents; their class comes from the decision table."""
    service_guard.check_advice(context.session, lead_id, context.now, "DELIVERY")
    row = DeliveryRow(id=new_id(), lead_id=lead_id, matter_id=matter_id, origin=origin, request=request, disclosure="")
    row.document_ids, row.traits, row.decision, row.copies, row.note = list(document_ids), dict(traits), {}, [], {}
    row.state, row.created_at, row.created_by_name = OPEN, context.now, context.actor.name
    context.session.add(row)
    return _audited(context, row, documents=len(document_ids))


def set_disclosure(context: Context, delivery_id: str, disclosure: str) -> Delivery:
    """Keep the class that the table gave."""
    row = _get_row(context.session, delivery_id)
    if disclosure not in MAY:
        raise ValueError(f"there is no class {disclosure}")
    row.disclosure = disclosure
    return _audited(context, row, disclosure=disclosure)


def propose(context: Context, delivery_id: str, entry: Mapping[str, Any]) -> Delivery:
    """What the lawyer proposes for restricted documents; raises ``StateRefused`` for what their class does not allow."""
    row = _get_row(context.session, delivery_id)
    _check(row, str(entry["handling"]))
    row.decision = {**entry, "proposed_by": context.actor.id, "proposed_by_name": context.actor.name}
    return _audited(context, row, handling=entry["handling"])


def decide(context: Context, delivery_id: str, *, handling: str, reason: str) -> Delivery:
    """What compliance decides: a second person, never more than the class allows."""
    row = _get_row(context.session, delivery_id)
    _check(row, handling)
    if row.decision.get("proposed_by") == context.actor.id:
        raise StateRefused(what="delivery", old=row.state, new=handling, reason="a second person decides")
    if handling == MASKED and not row.decision.get("masked_ids"):
        raise StateRefused(what="delivery", old=row.state, new=handling, reason="there is no masked copy")
    decided = {"handling": handling, "reason": reason, "decided_by": context.actor.id, "decided_by_name": context.actor.name}
    row.decision = {**row.decision, **decided}
    return _audited(context, row, handling=handling)


def list_to_copy(session: Session, delivery_id: str) -> list[str]:
    """The documents that may be copied for the client. Raises ``StateRefused`` while nobody allowed it."""
    row = _get_row(session, delivery_id)
    if row.disclosure == FREE:
        return list(row.document_ids)
    handling = row.decision.get("handling") if row.decision.get("decided_by") else None
    if handling not in (PROVIDE, MASKED) or handling not in MAY.get(row.disclosure, frozenset()):
        raise StateRefused(what="delivery", old=row.disclosure or OPEN, new=DELIVERED, reason="nobody allowed a copy")
    return list(row.decision["masked_ids"] if handling == MASKED else row.document_ids)


def close_delivery(
    context: Context,
    delivery_id: str,
    state: str,
    *,
    copies: Sequence[Mapping[str, Any]] = (),
    note: Mapping[str, Any] | None = None,
    list_document_id: str | None = None,
) -> Delivery:
    """The client got copies, read the papers here, or was told why not."""
    row = _get_row(context.session, delivery_id)
    if row.state != OPEN:
        raise StateRefused(what="delivery", old=row.state, new=state, reason="it is over")
    if state == DELIVERED:
        list_to_copy(context.session, delivery_id)
    row.state, row.copies, row.note, row.closed_at = state, [dict(each) for each in copies], dict(note or {}), context.now
    row.list_document_id = list_document_id
    return _audited(context, row, copies=len(copies))


def get_delivery(session: Session, delivery_id: str) -> Delivery:
    """A delivery by id. Raises ``NotFound``."""
    return _delivery(_get_row(session, delivery_id))


def list_deliveries(session: Session, lead_id: str) -> list[Delivery]:
    """Every delivery of a case, newest first."""
    query = select(DeliveryRow).where(DeliveryRow.lead_id == lead_id).order_by(DeliveryRow.id.desc())
    return [_delivery(row) for row in session.scalars(query)]


def _check(row: DeliveryRow, handling: str) -> None:
    if handling not in MAY.get(row.disclosure, frozenset()):
        reason = "the class of these documents does not allow it"
        raise StateRefused(what="delivery", old=row.disclosure or OPEN, new=handling, reason=reason)


def _audited(context: Context, row: DeliveryRow, **data: Any) -> Delivery:
    context.session.flush()
    context.audit("delivery.changed", f"delivery:{row.id}", state=row.state, **data)
    return _delivery(row)


def _get_row(session: Session, delivery_id: str) -> DeliveryRow:
    row = session.get(DeliveryRow, delivery_id)
    if row is None:
        raise NotFound(kind="delivery", id=delivery_id)
    return row


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(**{name: getattr(row, name) for name in Delivery.__dataclass_fields__})
