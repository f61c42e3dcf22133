"""The communication log (沟通记录): every contact with the client and others, from the first meeting to the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id

CHANNELS: dict[str, str] = {
    "email": "电子邮件",
    "link": "在线链接",
    "phone": "电话",
    "meeting": "面谈",
    "message": "即时通讯",
    "letter": "书信",
}
DIRECTIONS: dict[str, str] = {"out": "发出", "in": "收到", "both": "双向"}
# What a conversation may hold that asks for more than an entry: a signature, a copy, a recovery call.
FLAGS: dict[str, str] = {
    "decision": "重要决策",
    "risk": "风险提示",
    "instruction": "客户指令",
    "documents": "索取材料",
    "dissatisfied": "客户不满",
}
MOODS: dict[str, str] = {"calm": "平和", "worried": "焦虑", "angry": "不满"}


class CommunicationRow(Base):
    __tablename__ = "communications"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    matter_id: Mapped[str | None] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    channel: Mapped[str] = mapped_column(String(12))
    direction: Mapped[str] = mapped_column(String(4))
    persons: Mapped[list[str]] = mapped_column(Json)
    summary: Mapped[str] = mapped_column(Text)
    document_ids: Mapped[list[str]] = mapped_column(Json)
    follow_up: Mapped[str | None] = mapped_column(Text)
    follow_up_on: Mapped[date | None] = mapped_column(Date)
    by: Mapped[str] = mapped_column(String(80))
    by_name: Mapped[str] = mapped_column(String(120))
    flags: Mapped[list[str] | None] = mapped_column(Json)
    mood: Mapped[str | None] = mapped_column(String(12))
    billable: Mapped[bool | None]
    reached: Mapped[bool | None]


@dataclass(frozen=True)
class Communication:
    """One contact; ``channel``, ``direction``, ``flags``, ``mood`` are keys of the lists above; ``follow_up`` was promised.

    ``reached`` is False for a call that nobody answered; such a call is no contact.
    """

    id: str
    lead_id: str
    matter_id: str | None
    at: datetime
    channel: str
    direction: str
    persons: tuple[str, ...]
    summary: str
    document_ids: tuple[str, ...]
    follow_up: str | None
    follow_up_on: date | None
    by: str
    by_name: str
    flags: tuple[str, ...] = ()
    mood: str | None = None
    billable: bool | None = None
    reached: bool | None = None


def log_communication(
    context: Context,
    *,
    lead_id: str,
    channel: str,
    direction: str,
    summary: str,
    persons: Sequence[str] = (),
    matter_id: str | None = None,
    document_ids: Sequence[str] = (),
    at: datetime | None = None,
    follow_up: str | None = None,
    follow_up_on: date | None = None,
    flags: Sequence[str] = (),
    mood: str | None = None,
    billable: bool | None = None,
    reached: bool | None = None,
) -> Communication:
    """Enter a contact; ``at`` is when it happened, now when not given. Entries are never changed."""
    if channel not in CHANNELS or direction not in DIRECTIONS or not FLAGS.keys() >= set(flags) or (mood and mood not in MOODS):
        raise ValueError(f"there is no channel {channel}, direction {direction}, flag {flags} or mood {mood}")
    row = CommunicationRow(
        id=new_id(),
        lead_id=lead_id,
        matter_id=matter_id,
        at=at or context.now,
        channel=channel,
        direction=direction,
        persons=list(persons),
        summary=summary,
        document_ids=list(document_ids),
        follow_up=follow_up,
        follow_up_on=follow_up_on,
        by=context.actor.id,
        by_name=context.actor.name,
        flags=list(flags),
        mood=mood,
        billable=billable,
        reached=reached,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("communication_logged", f"lead:{lead_id}", channel=channel, direction=direction)
    return _communication(row)


def list_communications(session: Session, lead_id: str, *, limit: int = 500) -> list[Communication]:
    """The log of a case file, oldest first."""
    newest = select(CommunicationRow).where(CommunicationRow.lead_id == lead_id)
    rows = session.scalars(newest.order_by(CommunicationRow.at.desc(), CommunicationRow.id.desc()).limit(limit))
    return [_communication(row) for row in reversed(list(rows))]


def find_last_contacts(session: Session, lead_ids: Sequence[str]) -> dict[str, datetime]:
    """When each case file last had a contact, by its lead; a call that nobody answered is none."""
    query = select(CommunicationRow.lead_id, func.max(CommunicationRow.at)).where(CommunicationRow.lead_id.in_(lead_ids))
    answered = CommunicationRow.reached.is_(None) | CommunicationRow.reached.is_(True)
    return {lead_id: at for lead_id, at in session.execute(query.where(answered).group_by(CommunicationRow.lead_id))}


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The log for letters and panels: ``communications``, rows in order; empty when nobody spoke yet."""
    rows = list_communications(session, lead_id)
    if not rows:
        return {}
    return {
        "communications": [
            {
                "at": row.at.isoformat(),
                "channel": CHANNELS[row.channel],
                "direction": DIRECTIONS[row.direction],
                "persons": "、".join(row.persons),
                "summary": row.summary,
                "follow_up": row.follow_up or "",
                "by": row.by_name,
            }
            for row in rows
        ]
    }


def _communication(row: CommunicationRow) -> Communication:
    values = {name: getattr(row, name) for name in Communication.__dataclass_fields__}
    lists = {"persons": tuple(row.persons), "document_ids": tuple(row.document_ids), "flags": tuple(row.flags or ())}
    return Communication(**values | lists)
