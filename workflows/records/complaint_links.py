"""Links to complain and to follow a complaint without an account: one purpose each, expiring, revocable, kept as a hash.

The standing link of a case lets its client complain and see what became of it; a link with a complaint shows that one only,
for somebody who is not the client.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Actor, Context
from engine.db import Base, UtcDateTime, new_id
from workflows.records import complaint_terms, complaints, leads

OPEN, EXPIRED, REVOKED = "open", "expired", "revoked"
TOKEN_BYTES = 32


class ComplaintLinkRow(Base):
    __tablename__ = "complaint_links"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    case_lead_id: Mapped[str] = mapped_column(String(32), index=True)
    complaint_id: Mapped[str] = mapped_column(String(32), index=True)
    holder_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class ComplaintLink:
    """One link; ``complaint_id`` is empty for the standing link of a case."""

    id: str
    case_lead_id: str
    complaint_id: str
    holder_name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """``open``, ``expired`` or ``revoked``."""
        if self.revoked_at:
            return REVOKED
        return EXPIRED if now >= self.expires_at else OPEN

    @property
    def actor(self) -> Actor:
        """The link's holder as the engine knows them: may do nothing but what the page of complaints does for them."""
        return Actor(f"complaint-link:{self.id}", self.holder_name, frozenset(), "link")


def issue_channel(context: Context, case_lead_id: str) -> str:
    """The address of a new standing link of a case, for the letter or mail that carries it."""
    return _issue(context, case_lead_id, "", leads.get_lead(context.session, case_lead_id).client_name)


def issue_follow(context: Context, complaint_id: str) -> str:
    """The address of a new link to follow one complaint."""
    complaint = complaints.get_complaint(context.session, complaint_id)
    return _issue(context, complaint.case_lead_id, complaint_id, str(complaint.complainant.get("name") or ""))


def find_link(session: Session, token: str) -> ComplaintLink | None:
    """The link of a token, whatever its state; None for one that was never given out."""
    row = session.scalars(select(ComplaintLinkRow).where(ComplaintLinkRow.token_hash == _hash(token))).first()
    return ComplaintLink(**{name: getattr(row, name) for name in ComplaintLink.__dataclass_fields__}) if row else None


def revoke_links(context: Context, case_lead_id: str) -> None:
    """Close the standing links of a case."""
    mine = (ComplaintLinkRow.case_lead_id == case_lead_id) & (ComplaintLinkRow.complaint_id == "")
    context.session.execute(
        update(ComplaintLinkRow).where(mine, ComplaintLinkRow.revoked_at.is_(None)).values(revoked_at=context.now)
    )
    context.audit("complaint_links.revoked", f"lead:{case_lead_id}")


def list_followed(session: Session, link: ComplaintLink) -> list[complaints.Complaint]:
    """What a link's holder may follow: the one complaint, or those that came by the standing links of the case."""
    if link.complaint_id:
        return [complaints.get_complaint(session, link.complaint_id)]
    found = complaints.list_complaints(session, case_lead_id=link.case_lead_id)
    return [each for each in found if each.complainant.get("by_channel")]


def _issue(context: Context, case_lead_id: str, complaint_id: str, holder: str) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = ComplaintLinkRow(
        id=new_id(),
        token_hash=_hash(token),
        case_lead_id=case_lead_id,
        complaint_id=complaint_id,
        holder_name=holder,
        created_at=context.now,
        expires_at=context.now + timedelta(days=complaint_terms.days("link_days", context.now)),
    )
    context.session.add(row)
    context.session.flush()
    context.audit("complaint_link.issued", f"lead:{case_lead_id}", complaint=complaint_id)
    return f"{str(context.tools.get('public_url', '')).rstrip('/')}/complain/{token}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
