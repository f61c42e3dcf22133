"""Due diligence files (客户尽职调查档案): who stands behind a client, why, and with whose money; kept apart from the case.

Anti-Money-Laundering Law (反洗钱法, 2024) art. 29, 34, 42 and 64: kept ten years after the relationship ends; read by compliance
alone, and every reading is in the log.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, StateRefused
from workflows.records import leads, matters
from workflows.records.rule_packs import get_rule

READERS = frozenset({"compliance"})
SLOT = "diligence"


class DiligenceFileRow(Base):
    __tablename__ = "diligence_files"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), unique=True)
    client_id: Mapped[str | None] = mapped_column(String(32), index=True)
    level: Mapped[str] = mapped_column(String(12))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(120))
    keep_until: Mapped[date | None] = mapped_column(Date)


def write_file(context: Context, lead_id: str, *, level: str, facts: Mapping[str, Any]) -> DiligenceFileRow:
    """Keep the due diligence of a lead; compliance alone writes it."""
    check_reader(context.actor)
    session = context.session
    row, client_id = find_row(session, lead_id), leads.get_lead(session, lead_id).client_id
    if row is None:
        row = DiligenceFileRow(id=new_id(), lead_id=lead_id, facts={})
        session.add(row)
    row.client_id, row.level, row.facts = client_id, level, {**row.facts, **facts}
    row.written_at, row.written_by_name = context.now, context.actor.name
    session.flush()
    context.audit("diligence_written", f"lead:{lead_id}", level=level)
    return row


def read_file(context: Context, lead_id: str) -> DiligenceFileRow | None:
    """The file of a lead for compliance; the reading is logged (guard G10)."""
    check_reader(context.actor)
    row = find_row(context.session, lead_id)
    if row is not None:
        context.audit("diligence_read", f"lead:{lead_id}")
    return row


def is_written(session: Session, lead_id: str) -> bool:
    """Whether the due diligence of a lead was done; all that others may know of it."""
    return find_row(session, lead_id) is not None


def end_of_keeping(session: Session, row: DiligenceFileRow, today: date) -> date | None:
    """The day until which the file is kept, counted from the end of the relationship; None while it lasts."""
    matter = matters.find_matter_by_lead(session, row.lead_id)
    lead = leads.get_lead(session, row.lead_id)
    ended = matter.closed_at if matter else row.written_at if lead.state in ("DECLINED", "LAPSED") else None
    if ended is None:
        return None
    years = int(get_rule("assessment", "diligence_years", today).value)
    day = ended.astimezone(FIRM_ZONE).date()
    return date(day.year + years, day.month, min(day.day, monthrange(day.year + years, day.month)[1]))


def delete_file(context: Context, lead_id: str, today: date) -> None:
    """Delete a file whose time is over. Raises ``StateRefused`` before."""
    check_reader(context.actor)
    row = find_row(context.session, lead_id)
    if row is None:
        return
    until = end_of_keeping(context.session, row, today)
    if until is None or today <= until:
        raise StateRefused(what=row.id, old="KEPT", new="DELETED", reason="the period of keeping has not ended")
    context.session.delete(row)
    context.audit("diligence_deleted", f"lead:{lead_id}")


def find_row(session: Session, lead_id: str) -> DiligenceFileRow | None:
    """The row itself, for this record and those that already checked who reads."""
    return session.scalar(select(DiligenceFileRow).where(DiligenceFileRow.lead_id == lead_id))


def check_reader(actor: Actor) -> None:
    """Raise ``NotAllowed`` for everybody but compliance."""
    if not actor.roles & READERS:
        raise NotAllowed(reason="your roles do not include this")
