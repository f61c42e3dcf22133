"""Leads (来访): everything known before a matter exists; a lead is the key of the whole case file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records.numbers import allocate

# Lead states of the procedure: from → to.
MOVES: dict[str, frozenset[str]] = {
    "NEW": frozenset({"SCREENING", "DECLINED", "LAPSED"}),
    "SCREENING": frozenset({"CONFLICT", "DECLINED", "LAPSED"}),
    "CONFLICT": frozenset({"ASSESS", "SCREENING", "DECLINED"}),
    "ASSESS": frozenset({"NEGOTIATE", "DECLINED"}),
    "NEGOTIATE": frozenset({"APPROVED", "DECLINED", "LAPSED"}),
    "APPROVED": frozenset({"CONVERTED", "DECLINED", "LAPSED"}),
    "CONVERTED": frozenset(),
    "DECLINED": frozenset(),
    "LAPSED": frozenset({"NEW"}),
}


class Lead(Base):
    """A person or organisation that came to the firm with a need."""

    __tablename__ = "leads"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_no: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    reception: Mapped[dict[str, Any]] = mapped_column(Json)  # the desk's first form
    client: Mapped[dict[str, Any]] = mapped_column(Json)  # the client's facts
    outline: Mapped[dict[str, Any]] = mapped_column(Json)  # need, facts, parties
    client_name: Mapped[str] = mapped_column(String(200), default="", index=True)
    matter_type: Mapped[str] = mapped_column(String(20), default="")
    lawyer_id: Mapped[str | None] = mapped_column(String(32), index=True)
    remarks: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))


def register_lead(context: Context, reception: dict[str, Any]) -> Lead:
    """A new lead with the next number ``XS-2026-000001``."""
    year = context.now.astimezone(FIRM_ZONE).year
    lead = Lead(
        id=new_id(),
        lead_no=f"XS-{year}-{allocate(context, 'lead', year):06d}",
        state="NEW",
        reception=reception,
        client={},
        outline={},
        created_at=context.now,
        created_by=context.actor.id,
    )
    context.session.add(lead)
    context.session.flush()
    context.audit("lead_registered", f"lead:{lead.id}", lead_no=lead.lead_no)
    return lead


def get_lead(session: Session, lead_id: str) -> Lead:
    """A lead by id. Raises ``NotFound``."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        raise NotFound(kind="lead", id=lead_id)
    return lead


def list_leads(session: Session, limit: int = 100) -> list[Lead]:
    """Leads, newest first."""
    return list(session.scalars(select(Lead).order_by(Lead.id.desc()).limit(limit)))


def move_lead(context: Context, lead_id: str, state: str) -> None:
    """Change a lead's state. Raises ``StateRefused`` when the procedure does not allow it."""
    lead = get_lead(context.session, lead_id)
    if state not in MOVES[lead.state]:
        raise StateRefused(what=lead.lead_no, old=lead.state, new=state, reason="the procedure does not allow it")
    context.audit("lead_moved", f"lead:{lead_id}", old=lead.state, new=state)
    lead.state = state


def write_client(context: Context, lead_id: str, client: dict[str, Any]) -> Lead:
    """Store the client's facts."""
    lead = get_lead(context.session, lead_id)
    lead.client, lead.client_name = client, client["name"]
    context.audit("lead_client_written", f"lead:{lead_id}")
    return lead


def write_outline(context: Context, lead_id: str, outline: dict[str, Any]) -> Lead:
    """Store what the matter is about."""
    lead = get_lead(context.session, lead_id)
    lead.outline, lead.matter_type = outline, outline["matter_type"]
    context.audit("lead_outline_written", f"lead:{lead_id}")
    return lead


def is_pressing(outline: dict[str, Any], today: date) -> bool:
    """Whether a key date of the outline lies less than ten days ahead (rules for intake, P01 G7)."""
    days = [row.get("date") for row in outline.get("key_dates", [])]
    return any(day and (date.fromisoformat(day) - today).days < 10 for day in days)


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels may say of a lead: ``lead``, ``client``, ``opposing_parties``."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        return {}
    return {
        "lead": {"no": lead.lead_no, "state": lead.state, "received_on": lead.created_at.date().isoformat(), **lead.outline},
        "client": lead.client,
        "opposing_parties": lead.outline.get("opposing_parties", []),
    }
