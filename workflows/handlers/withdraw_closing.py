"""Taking back a closing that has begun, from the case's page: an appeal follows, or work turned up again."""

from __future__ import annotations

from engine import Context, Operation
from engine.errors import StateRefused
from engine.handlers import Variables
from workflows.records import case_access, closings, links, matters

OPEN = frozenset({matters.ACTIVE, matters.SUSPENDED, matters.CLOSING})  # closing is asked for before it is applied for
RECEIPT = "closing_receipt"


def withdraw(context: Context, *, matter_id: str, reason: str) -> Variables:
    """End the closing with a reason; the matter goes on, and the lifecycle waits for the next request."""
    matter = matters.get_matter(context.session, matter_id)
    case_access.check_works_on(context.session, matter.lead_id, context.actor)
    if matter.state not in OPEN or not reason.strip():
        why = "the matter is not at that point"
        raise StateRefused(what=matter.matter_no, old=matter.state, new=matters.ACTIVE, reason=why)
    if matter.state == matters.CLOSING:
        closings.withdraw(context, matter.lead_id, reason.strip())
    for link in links.list_links(context.session, matter.lead_id):
        if link.purpose == RECEIPT and link.state(context.now) == links.OPEN:
            links.revoke_link(context, link.id)
    context.send_message("matter.closing_withdrawn", correlation=matter_id, payload={})
    return {}


HANDLERS = (Operation("matters.withdraw_closing", withdraw, "撤回结案"),)
