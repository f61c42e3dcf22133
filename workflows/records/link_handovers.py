"""Handing a link over by hand (当面交付链接): for clients without an e-mail address, by the front desk or the matter's people.

No mail carries such a link, so nobody has its address. Who hands it over has a fresh one made: it is shown once, logged and
audited, and every address handed over before stays good until the task is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from engine.context import Actor, Context
from engine.errors import NotAllowed, StateRefused
from workflows.records import case_access, link_mails, links
from workflows.records.communications import log_communication
from workflows.records.leads import get_lead
from workflows.records.matters import find_matter_by_lead


@dataclass(frozen=True)
class Handover:
    """A link that waits to be handed over; ``handed_at`` is when that was last done, None if never."""

    link: links.Link
    handed_at: datetime | None


def list_handovers(session: Session, lead_id: str, viewer: Actor, now: datetime) -> list[Handover]:
    """The open links of a case file that no mail carries and that somebody may hand over, oldest first."""
    found = list(_list_open(session, lead_id, now))
    return [each for each in found if may_hand_over(session, each.link, viewer)]


def may_hand_over(session: Session, link: links.Link, viewer: Actor) -> bool:
    """Whether somebody may hand a link over: the desk, and who works on the case unless the client judges them by it."""
    if case_access.find_level(session, get_lead(session, link.lead_id), viewer) is None:
        return False
    if "desk" in viewer.roles:
        return True
    return not link_mails.read_link_mail(link.purpose).desk_only and case_access.works_on(session, link.lead_id, viewer)


def hand_over(context: Context, link_id: str) -> tuple[links.Link, str]:
    """A fresh address of a link, to be handed over now. Raises ``NotAllowed`` and ``StateRefused``."""
    link = links.get_link(context.session, link_id)
    if not may_hand_over(context.session, link, context.actor):
        raise NotAllowed(reason="your roles do not include this")
    waiting = {each.link.id for each in _list_open(context.session, link.lead_id, context.now)}
    if link.id not in waiting:
        raise StateRefused(what="link", old=link.state(context.now), new="handed over", reason="it is not open any more")
    copy, url = links.issue_link(
        context,
        purpose=link.purpose,
        instance_id=link.instance_id,
        element_id=link.element_id,
        lead_id=link.lead_id,
        recipient_name=link.recipient_name,
        document_ids=link.document_ids,
        until=link.expires_at,
    )
    matter = find_matter_by_lead(context.session, link.lead_id)
    log_communication(
        context,
        lead_id=link.lead_id,
        matter_id=matter.id if matter else None,
        channel="meeting",
        direction="out",
        summary=f"当面交付链接：{link_mails.describe_purpose(link.purpose)}",
        persons=[link.recipient_name or get_lead(context.session, link.lead_id).client_name],
        document_ids=link.document_ids,
    )
    context.audit("link_handed_over", f"link:{copy.id}", purpose=link.purpose, lead=link.lead_id)
    return copy, url


def _list_open(session: Session, lead_id: str, now: datetime) -> Iterator[Handover]:
    """Of each task the first open link without an address; those after it were made when it was handed over."""
    rows = [link for link in reversed(links.list_links(session, lead_id)) if not link.recipient_email]
    rows = sorted(
        (link for link in rows if link.state(now) == links.OPEN), key=lambda link: (link.instance_id, link.element_id, link.id)
    )
    for _task, group in groupby(rows, key=lambda link: (link.instance_id, link.element_id)):
        first, *later = group
        yield Handover(first, later[-1].created_at if later else None)
