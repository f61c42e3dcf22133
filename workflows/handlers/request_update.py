"""Asking for an update out of turn, because something happened: the updates process waits for exactly this."""

from __future__ import annotations

from engine import Context, Operation
from engine.errors import StateRefused
from engine.handlers import Variables
from workflows.records import case_access, matters

# Who begins an update now may have it written now: the next one counts from here.
UPDATED = frozenset({matters.ACTIVE, matters.SUSPENDED, matters.CLOSING})


def request(context: Context, *, matter_id: str, event: str = "", urgent: str = "") -> Variables:
    """Let the lawyer write an update now; ``event`` is what happened (a hearing, a ruling, an offer)."""
    # An urgent event is told within hours, any other within a working day (processes.md P10).
    matter = matters.get_matter(context.session, matter_id)
    case_access.check_works_on(context.session, matter.lead_id, context.actor)
    if matter.state not in UPDATED:
        reason = "the matter is not at that point"
        raise StateRefused(what=matter.matter_no, old=matter.state, new=matter.state, reason=reason)
    context.audit("matter_update.requested", f"matter:{matter_id}", about=event)
    payload = {"update_event": event, "update_asked_at": context.now.isoformat(), "update_due": "4 h" if urgent else "1 WD"}
    context.send_message("case.event", correlation=matter_id, payload=payload)
    return {}


HANDLERS = (Operation("updates.request", request, "立即通报"),)
