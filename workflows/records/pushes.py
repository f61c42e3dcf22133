"""Which documents a client gets without asking: what a court, an authority or the other side sent (rule ``push_slots``)."""

from __future__ import annotations

from engine.clock import FIRM_ZONE
from engine.context import Context
from workflows.records.documents import Document
from workflows.records.matters import RUNNING, get_matter
from workflows.records.rule_packs import get_rule


def push_document(context: Context, document: Document, *, slot: str, author: str) -> bool:
    """Ask for a filed document to be given to the client; False for what did not come from outside."""
    day = context.now.astimezone(FIRM_ZONE).date()
    words = get_rule("client_service", "push_authors", day).value
    from_outside = slot in get_rule("client_service", "push_slots", day).value or any(word in author for word in words)
    if not from_outside or document.matter_id is None:
        return False
    matter = get_matter(context.session, document.matter_id)
    if matter.state not in RUNNING:
        return False
    payload = {
        "delivery_origin": "push",
        "delivery_request": f"收到{author or '外来'}文书：{document.title}",
        "delivery_document_ids": [document.id],
        "matter_id": matter.id,
        "lead_id": matter.lead_id,
        "lawyer_id": matter.lawyer_id,
        "matter_type": matter.matter_type,
        "title": matter.title,
        "delivery_id": "",
    }
    context.send_message("document.requested", correlation=matter.id, payload=payload)
    return True
