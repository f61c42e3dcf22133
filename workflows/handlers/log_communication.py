"""Entering a conversation into the communication log, from the page of its case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from engine import Context, Operation
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import case_access, communications, leads, log_flags, matters


def log(
    context: Context,
    *,
    lead_id: str,
    channel: str,
    direction: str,
    at: datetime,
    persons: Sequence[str],
    summary: str,
    follow_up: str = "",
    follow_up_on: date | None = None,
    flags: Sequence[str] = (),
    mood: str = "",
    billable: bool = False,
    reached: bool = True,
) -> Variables:
    """Keep who spoke with whom about what; everybody to whom the case is open may, the front desk too.

    ``flags`` (communications.FLAGS) say what the talk held: decisions, risks and instructions are offered for signature.
    """
    lead = leads.get_lead(context.session, lead_id)
    if case_access.find_level(context.session, lead, context.actor) is None:
        raise NotAllowed(reason="you do not work on this matter")
    matter = matters.find_matter_by_lead(context.session, lead_id)
    entry = communications.log_communication(
        context,
        lead_id=lead_id,
        matter_id=matter.id if matter else None,
        channel=channel,
        direction=direction,
        at=at,
        persons=persons,
        summary=summary,
        follow_up=follow_up or None,
        follow_up_on=follow_up_on,
        flags=flags,
        mood=mood or None,
        billable=billable,
        reached=reached,
    )
    if matter is not None:
        log_flags.follow_flags(context, matter, flags, summary)
    return {"communication_id": entry.id}


HANDLERS = (Operation("communications.log", log, "记录沟通"),)
