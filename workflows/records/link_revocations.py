"""Links taken back by hand (收回链接): sent to the wrong person, overheard, or no longer meant; with the reason, for good.

A survey's link is not taken back by those whom the client judges through it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.context import Actor, Context
from engine.errors import NotAllowed, StateRefused
from workflows.records import case_access, link_mails, links
from workflows.records.leads import get_lead


def may_revoke(session: Session, link: links.Link, viewer: Actor) -> bool:
    """Whether somebody may take a link back: who works on the case, and partners; never who is walled off."""
    lead = get_lead(session, link.lead_id)
    if case_access.find_level(session, lead, viewer) is None or not case_access.works_on(session, link.lead_id, viewer):
        return False
    return not (link_mails.read_link_mail(link.purpose).desk_only and viewer.id in case_access.list_people(session, lead))


def revoke(context: Context, link_id: str, reason: str) -> links.Link:
    """Close a link that is still open; its address answers 410 from now on. Raises ``NotAllowed``, ``StateRefused``."""
    link = links.get_link(context.session, link_id)
    if not may_revoke(context.session, link, context.actor):
        raise NotAllowed(reason="your roles do not include this")
    state = link.state(context.now)
    if state != links.OPEN or not reason.strip():
        why = "it is not open any more" if state != links.OPEN else "say why"
        raise StateRefused(what="link", old=state, new=links.REVOKED, reason=why)
    links.revoke_link(context, link_id, reason=reason.strip()[:300])
    return links.get_link(context.session, link_id)
