"""Links (外部链接) for people without an account: one task each, expiring, revocable; only a hash of the token is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records import service_guard

TOKEN_BYTES = 32
OPEN, USED, EXPIRED, REVOKED = "open", "used", "expired", "revoked"


class LinkRow(Base):
    __tablename__ = "links"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(40))
    instance_id: Mapped[str] = mapped_column(String(32), index=True)
    element_id: Mapped[str] = mapped_column(String(200))
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    recipient_name: Mapped[str] = mapped_column(String(200))
    recipient_email: Mapped[str] = mapped_column(String(200))
    document_ids: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_reason: Mapped[str | None] = mapped_column(String(300))
    revoked_by_name: Mapped[str | None] = mapped_column(String(120))


@dataclass(frozen=True)
class Link:
    """One link; ``document_ids`` are what its holder may read beside the form, ``opened_at`` when it was first opened."""

    id: str
    purpose: str
    instance_id: str
    element_id: str
    lead_id: str
    recipient_name: str
    recipient_email: str
    document_ids: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    opened_at: datetime | None = None
    revoked_reason: str | None = None
    revoked_by_name: str | None = None

    def state(self, now: datetime) -> str:
        """``used``, ``revoked``, ``expired`` or ``open``."""
        if self.used_at:
            return USED
        if self.revoked_at:
            return REVOKED
        return EXPIRED if now >= self.expires_at else OPEN


def issue_link(
    context: Context,
    *,
    purpose: str,
    element_id: str,
    lead_id: str,
    recipient_name: str,
    recipient_email: str = "",
    instance_id: str | None = None,
    document_ids: Sequence[str] = (),
    days: int = 10,
    until: datetime | None = None,
) -> tuple[Link, str]:
    """A new link to a task of this (or the given) instance, and its address; the address cannot be had again later.

    It ends at ``until``, or so many ``days`` from now.

    Documents other than the acceptance's own wait for the signed contract (guard G2).
    Earlier links to the same task stay good until one of them is used: a reminder must not spoil the first mail.
    """
    service_guard.check_papers(context.session, lead_id, document_ids, context.now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = LinkRow(
        id=new_id(),
        token_hash=_hash(token),
        purpose=purpose,
        instance_id=instance_id or context.instance_id or "",
        element_id=element_id,
        lead_id=lead_id,
        recipient_name=recipient_name,
        recipient_email=recipient_email,
        document_ids=list(document_ids),
        created_at=context.now,
        expires_at=until or context.now + timedelta(days=days),
    )
    context.session.add(row)
    context.session.flush()
    context.audit("link_issued", f"link:{row.id}", purpose=purpose, lead=lead_id, element=element_id)
    return _link(row), f"{str(context.tools.get('public_url', '')).rstrip('/')}/c/{token}"


def find_link(session: Session, token: str) -> Link | None:
    """The link of a token, whatever its state; None for a token that was never given out."""
    row = session.scalars(select(LinkRow).where(LinkRow.token_hash == _hash(token))).first()
    return _link(row) if row else None


def get_link(session: Session, link_id: str) -> Link:
    """The link with this id. Raises ``NotFound``."""
    row = session.get(LinkRow, link_id)
    if row is None:
        raise NotFound(kind="link", id=link_id)
    return _link(row)


def list_links(session: Session, lead_id: str) -> list[Link]:
    """Every link of a case file, newest first."""
    rows = session.scalars(select(LinkRow).where(LinkRow.lead_id == lead_id).order_by(LinkRow.id.desc()))
    return [_link(row) for row in rows]


def find_end(session: Session, instance_id: str, element_id: str, now: datetime) -> datetime | None:
    """Until when the first open link to a task may be used; None when there is none."""
    mine = (LinkRow.instance_id == instance_id) & (LinkRow.element_id == element_id) & (LinkRow.expires_at > now)
    query = select(LinkRow.expires_at).where(mine, LinkRow.used_at.is_(None), LinkRow.revoked_at.is_(None))
    return session.scalars(query.order_by(LinkRow.id)).first()


def use_link(context: Context, link_id: str) -> None:
    """Mark a link as used and revoke the others to the same task."""
    link = get_link(context.session, link_id)
    _stamp(context, LinkRow.id == link_id, used_at=context.now)
    revoke_task_links(context, link.instance_id, link.element_id)
    context.audit("link_used", f"link:{link_id}", purpose=link.purpose)


def use_own_link(context: Context) -> None:
    """Mark the acting link as used; nothing when a person of the firm acts. For completions of a client's task."""
    if context.actor.kind == "link":
        use_link(context, context.actor.id.removeprefix("link:"))


def note_opened(context: Context, link_id: str) -> None:
    """Keep when a link was first opened."""
    _stamp(context, (LinkRow.id == link_id) & LinkRow.opened_at.is_(None), opened_at=context.now)


def revoke_link(context: Context, link_id: str, *, reason: str = "") -> None:
    """Close a link before it was used."""
    link = get_link(context.session, link_id)
    said = {"revoked_reason": reason, "revoked_by_name": context.actor.name}
    _stamp(context, LinkRow.id == link_id, revoked_at=context.now, **said)
    context.audit("link_revoked", f"link:{link_id}", purpose=link.purpose, lead=link.lead_id, reason=reason)


def revoke_task_links(context: Context, instance_id: str, element_id: str) -> None:
    """Close every open link to one task, because it lapsed or was done."""
    _stamp(context, (LinkRow.instance_id == instance_id) & (LinkRow.element_id == element_id), revoked_at=context.now)


def link_actor(link: Link) -> Actor:
    """The link's holder as the engine knows them: may see and complete that one task and nothing else."""
    roles = frozenset({f"task:{link.instance_id}:{link.element_id}"})
    return Actor(f"link:{link.id}", link.recipient_name, roles, "link")


def _stamp(context: Context, which: Any, **values: Any) -> None:
    context.session.execute(
        update(LinkRow).where(which, LinkRow.used_at.is_(None), LinkRow.revoked_at.is_(None)).values(**values)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _link(row: LinkRow) -> Link:
    values = {name: getattr(row, name) for name in Link.__dataclass_fields__}
    return Link(**values | {"document_ids": tuple(row.document_ids)})
