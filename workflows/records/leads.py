"""Leads (来访): everything known before a matter exists; a lead is the key of the whole case file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, String, false, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import clients, lead_parties, legal_holds, parties
from workflows.records.identifiers import clean, read_person
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule

# Lead states of the procedure: from → to.
MOVES: Mapping[str, frozenset[str]] = {
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
ENDED = frozenset({"CONVERTED", "DECLINED", "LAPSED"})
URGENT = frozenset({"urgent_48h", "detained"})
# Somebody who did not consent to being kept leaves no more than this, for 30 days.
WITHOUT_CONSENT = ("contact_name", "phone", "privacy_notice_shown", "privacy_consent")


class Lead(Base):
    """A person or organisation that came to the firm with a need."""

    __tablename__ = "leads"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_no: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    reception: Mapped[dict[str, Any]] = mapped_column(Json)  # the desk's first form
    phone: Mapped[str] = mapped_column(String(40), default="", index=True)
    client: Mapped[dict[str, Any]] = mapped_column(Json)  # the client's facts
    outline: Mapped[dict[str, Any]] = mapped_column(Json)  # need, facts, parties
    client_id: Mapped[str | None] = mapped_column(String(32), index=True)
    client_name: Mapped[str] = mapped_column(String(200), default="", index=True)
    matter_type: Mapped[str] = mapped_column(String(20), default="")
    lawyer_id: Mapped[str | None] = mapped_column(String(32), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))
    instance_id: Mapped[str | None] = mapped_column(String(32))  # the process that took it in
    is_frozen: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # compliance looks into it


def register_lead(context: Context, reception: dict[str, Any]) -> Lead:
    """A new lead with the next number ``XS-2026-000001``; without consent only name and telephone are kept."""
    day = context.now.astimezone(FIRM_ZONE).date()
    if reception.get("privacy_consent") == "no":
        reception = {key: value for key, value in reception.items() if key in WITHOUT_CONSENT}
    number = allocate(context, "lead", day.year)
    lead = Lead(
        id=new_id(),
        lead_no=get_rule("numbers", "lead_no", day).value.format(year=day.year, number=number),
        state="NEW",
        reception=reception,
        phone=clean(reception.get("phone") or ""),
        client={},
        outline={},
        created_at=context.now,
        created_by=context.actor.id,
        instance_id=context.instance_id,
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


def list_earlier(session: Session, lead: Lead) -> list[Lead]:
    """Earlier leads of perhaps the same person: same telephone, same name, or the same client; newest first."""
    same = [Lead.client_name == (lead.client_name or lead.reception.get("contact_name") or "-")]
    if lead.phone:
        same.append(Lead.phone == lead.phone)
    if lead.client_id:
        same.append(Lead.client_id == lead.client_id)
    query = select(Lead).where(Lead.id < lead.id, or_(*same)).order_by(Lead.id.desc())
    return list(session.scalars(query))


def move_lead(context: Context, lead_id: str, state: str) -> None:
    """Change a lead's state. Raises ``StateRefused`` when the procedure does not allow it.

    When a lead ends, the message ``lead.settled`` tells a later lead of the other side that waits for it.
    """
    lead = get_lead(context.session, lead_id)
    reason = ""
    if state not in MOVES[lead.state]:
        reason = "the procedure does not allow it"
    elif lead.is_frozen and state not in ENDED - {"CONVERTED"}:
        reason = "the lead is frozen: ask compliance"
    elif state in ("APPROVED", "CONVERTED") and lead.client_id and clients.is_blocked(context.session, lead.client_id):
        reason = "the client is blocked: ask compliance"
    if reason:
        raise StateRefused(what=lead.lead_no, old=lead.state, new=state, reason=reason)
    context.audit("lead_moved", f"lead:{lead_id}", old=lead.state, new=state)
    lead.state = state
    context.session.flush()
    if state in ENDED:
        context.send_message("lead.settled", correlation=lead_id, payload={})


def freeze(context: Context, lead_id: str, *, frozen: bool) -> None:
    """Stop a lead where it stands while compliance looks into it, or let it go on; it can still be declined."""
    lead = get_lead(context.session, lead_id)
    lead.is_frozen = frozen
    context.session.flush()
    context.audit("lead_frozen" if frozen else "lead_released", f"lead:{lead_id}")


def write_client(context: Context, lead_id: str, client: dict[str, Any]) -> Lead:
    """Store the client's facts with what the identity number says, and recognise a client the firm knows."""
    lead = get_lead(context.session, lead_id)
    client = {key: value for key, value in client.items() if value not in (None, "")}
    if client.get("id_number"):
        client |= read_person(client["id_number"])
    lead.client, lead.client_name = client, client["name"]
    lead.client_id = clients.write_client(context, client)
    parties.write_parties(context, lead_id, "client", lead_parties.client_parties(lead.client, lead.phone))
    context.audit("lead_client_written", f"lead:{lead_id}")
    return lead


def note_caller(context: Context, lead_id: str, name: str) -> None:
    """Keep who stands for the client until the facts are written: somebody in a hurry has no papers at hand."""
    lead = get_lead(context.session, lead_id)
    lead.client, lead.client_name = {"kind": "person", "name": name}, name
    parties.write_parties(context, lead_id, "client", lead_parties.client_parties(lead.client, lead.phone))


def find_by_no(session: Session, lead_no: str) -> Lead | None:
    """A lead by its number."""
    return session.scalar(select(Lead).where(Lead.lead_no == lead_no.strip()))


def add_client_email(context: Context, lead_id: str, email: str) -> None:
    """Note where the client reads mail, when that was not known or has changed."""
    lead = get_lead(context.session, lead_id)
    if email and lead.client.get("email") != email:
        lead.client = {**lead.client, "email": email}
        context.audit("lead_client_email_written", f"lead:{lead_id}")


def write_outline(context: Context, lead_id: str, outline: dict[str, Any]) -> Lead:
    """Store what the matter is about, and who takes part in it."""
    lead = get_lead(context.session, lead_id)
    lead.outline, lead.matter_type = outline, outline["matter_type"]
    parties.write_parties(context, lead_id, "outline", lead_parties.outline_parties(outline))
    context.audit("lead_outline_written", f"lead:{lead_id}")
    return lead


def purge_lead(context: Context, lead_id: str) -> None:
    """Forget who came: nobody agreed to be kept, or nothing came of it. The number and the state stay."""
    lead = get_lead(context.session, lead_id)
    legal_holds.check_not_on_hold(context.session, lead_id)
    if lead.state != "LAPSED":
        move_lead(context, lead_id, "LAPSED")
    lead.reception, lead.client, lead.outline = {}, {}, {}
    lead.phone, lead.client_name, lead.client_id = "", "", None
    parties.remove_lead(context, lead_id)
    context.audit("lead_purged", f"lead:{lead_id}")


def is_urgent(lead: Lead) -> bool:
    """Whether somebody is detained, or a period ends within forty-eight hours."""
    return lead.reception.get("urgency") in URGENT


def is_pressing(lead: Lead, today: date) -> bool:
    """Whether somebody is detained or in a hurry, or a key date lies less than ``intake/pressing_days`` ahead (P01 G7)."""
    if is_urgent(lead):
        return True
    least = int(get_rule("intake", "pressing_days", today).value)
    days = [row.get("date") for row in lead.outline.get("key_dates") or []]
    return any(day and 0 <= (date.fromisoformat(day) - today).days < least for day in days)


def describe(context: Context, lead: Lead) -> dict[str, Any]:
    """The process variables that follow from an outline."""
    return {
        "matter_type": lead.matter_type,
        "title": f"{lead.client_name} · {lead.outline['cause']}",
        "is_pressing": is_pressing(lead, context.now.astimezone(FIRM_ZONE).date()),
        "return_reason": "",
    }


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels may say of a lead: ``lead``, ``client``, ``opposing_parties``."""
    lead = session.get(Lead, lead_id)
    if lead is None:
        return {}
    received = lead.created_at.astimezone(FIRM_ZONE)
    reception = {key: value for key, value in lead.reception.items() if value not in (None, "", [])}
    outline = {key: value for key, value in lead.outline.items() if value is not None}
    return {
        "lead": {
            **outline,
            "no": lead.lead_no,
            "state": lead.state,
            "received_on": received.date().isoformat(),
            "received_at": received.isoformat(),
            "reception": reception,
            "lawyer_id": lead.lawyer_id,
        },
        "client": lead.client,
        "opposing_parties": lead.outline.get("opposing_parties") or [],
    }
