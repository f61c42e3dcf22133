"""Mails (邮件): every message the firm sent, as it went out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound


class MailRow(Base):
    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    to: Mapped[str] = mapped_column(String(200), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    lead_id: Mapped[str | None] = mapped_column(String(32), index=True)
    attachments: Mapped[list[str]] = mapped_column(Json)
    via: Mapped[str] = mapped_column(String(10))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Mail:
    """One mail; ``attachments`` are document ids; ``via`` is smtp, or stored where no mail server is configured."""

    id: str
    to: str
    subject: str
    body: str
    lead_id: str | None
    attachments: tuple[str, ...]
    via: str
    sent_at: datetime


def record_mail(
    context: Context, *, to: str, subject: str, body: str, lead_id: str | None, attachments: Sequence[str], via: str
) -> Mail:
    """Keep a mail that went out."""
    row = MailRow(
        id=new_id(),
        to=to,
        subject=subject,
        body=body,
        lead_id=lead_id,
        attachments=list(attachments),
        via=via,
        sent_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("mail_sent", f"mail:{row.id}", to=to, about=subject, via=via)
    return _mail(row)


def get_mail(session: Session, mail_id: str) -> Mail:
    """The mail with this id. Raises ``NotFound``."""
    row = session.get(MailRow, mail_id)
    if row is None:
        raise NotFound(kind="mail", id=mail_id)
    return _mail(row)


def list_mails(session: Session, *, lead_id: str | None = None, after: str | None = None, limit: int = 50) -> list[Mail]:
    """Sent mails, newest first; ``after`` is the id of the last one of the page before."""
    statement = select(MailRow).order_by(MailRow.id.desc()).limit(limit)
    if lead_id:
        statement = statement.where(MailRow.lead_id == lead_id)
    if after:
        statement = statement.where(MailRow.id < after)
    return [_mail(row) for row in session.scalars(statement)]


def _mail(row: MailRow) -> Mail:
    values = {name: getattr(row, name) for name in Mail.__dataclass_fields__}
    return Mail(**values | {"attachments": tuple(row.attachments)})
