"""Links sent to the client: what for, to whom, when opened and used, how long they last, and the way to take one back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import case_access, link_mails, link_revocations, links
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 8
SHOWN = 20


def title() -> str:
    """The heading."""
    return _("Links sent to the client")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """None without links, and for those who neither work on the case nor lead it."""
    if not case_access.works_on(session, lead.id, actor):
        return None
    found = links.list_links(session, lead.id)
    if not found:
        return None
    names = {
        links.OPEN: _("Waits for the client"),
        links.USED: _("Used"),
        links.EXPIRED: _("Expired"),
        links.REVOKED: _("Taken back"),
    }
    rows = [
        {
            "link": link,
            "purpose": link_mails.describe_purpose(link.purpose),
            "state": link.state(now),
            "state_name": names[link.state(now)],
            "may_revoke": link.state(now) == links.OPEN and link_revocations.may_revoke(session, link, actor),
        }
        for link in sorted(found, key=lambda link: link.state(now) != links.OPEN)
    ]
    return {"rows": rows[:SHOWN], "left_out": max(0, len(rows) - SHOWN)}
