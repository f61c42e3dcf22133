"""Links to people outside: made and mailed in one step, or handed over by the desk; closed when their task has lapsed."""

from __future__ import annotations

from engine import Context, Operation
from engine.handlers import Variables
from workflows.records import link_handovers, link_revocations, link_sending, links


def hand_over(context: Context, *, link_id: str) -> Variables:
    """Make an address of a link for whoever hands it over now; returns ``url``, ``name``, ``purpose`` and ``until``."""
    link, url = link_handovers.hand_over(context, link_id)
    until = link.expires_at.isoformat()
    return {"url": url, "name": link.recipient_name, "purpose": link.purpose, "until": until}


def revoke(context: Context, *, element: str) -> Variables:
    """Close every open link to a task of this instance, because the client's time is over."""
    links.revoke_task_links(context, context.instance_id or "", element)
    return {}


def take_back(context: Context, *, link_id: str, reason: str) -> Variables:
    """Close one link for good, because somebody of the case says so."""
    link = link_revocations.revoke(context, link_id, reason)
    return {"purpose": link.purpose}


HANDLERS = (
    Operation("links.send", link_sending.send, "发送链接"),
    Operation("links.hand_over", hand_over, "当面交付链接"),
    Operation("links.revoke", revoke, "收回链接"),
    Operation("links.take_back", take_back, "人工收回链接"),
)
