"""Asking for the end of a matter, from its page: the lifecycle waits for exactly this."""

from __future__ import annotations

from engine import Context, Operation
from engine.errors import StateRefused
from engine.handlers import Variables
from workflows.records import case_access, matters

CLOSABLE = frozenset({matters.ACTIVE, matters.SUSPENDED})


def request(context: Context, *, matter_id: str) -> Variables:
    """Let closing begin; only for who works on the matter or leads the firm, and only while it is running."""
    matter = matters.get_matter(context.session, matter_id)
    case_access.check_works_on(context.session, matter.lead_id, context.actor)
    if matter.state not in CLOSABLE:
        reason = "the matter is not at that point"
        raise StateRefused(what=matter.matter_no, old=matter.state, new=matters.CLOSING, reason=reason)
    context.audit("matter.closing_requested", f"matter:{matter_id}", matter_no=matter.matter_no)
    context.send_message("matter.close_requested", correlation=matter_id, payload={})
    return {}


HANDLERS = (Operation("matters.request_closing", request, "申请结案"),)
