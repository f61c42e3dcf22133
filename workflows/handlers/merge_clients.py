"""Two entries of one client become one: the desk proposes it, compliance checks and decides."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_files, clients, form_words, leads
from workflows.records.letter_text import masked

MERGE = "MERGE"
HIDDEN = ("id_number", "document_number")
NOT_FOUND = "There is no other client under this number."


def propose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Find the other entry by its lead or client number."""
    lead = leads.get_lead(context.session, data["lead_id"])
    number = values["other_no"].strip()
    other = leads.find_by_no(context.session, number)
    found = other.client_id if other else client_files.find_client_by_no(context.session, number)
    if not found or not lead.client_id or found == lead.client_id:
        raise FormInvalid({"other_no": [FieldError(NOT_FOUND)]})
    older, newer = sorted((found, lead.client_id))
    return {"kept_id": older, "gone_id": newer, "merge_reason": values["merge_reason"]}


def read_proposal(context: Context, data: Variables) -> dict[str, Any]:
    """Both entries in the words of their form, identity numbers masked."""
    return {
        "kept": _say(context, data["kept_id"]),
        "gone": _say(context, data["gone_id"]),
        "merge_reason": data["merge_reason"],
    }


def _say(context: Context, client_id: str) -> str:
    row = clients.get_client(context.session, client_id)
    facts = {key: masked(value) if key in HIDDEN and value else value for key, value in row.facts.items()}
    lines = [f"{label}：{text}" for label, text in form_words.describe("intake/client_facts", facts)]
    return "\n".join([f"登记于{row.created_at.date().isoformat()}", *lines])


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compliance merges them, or keeps both."""
    if values["merge_decision"] == MERGE:
        clients.merge(context, data["kept_id"], data["gone_id"], reason=values["merge_check"])
    else:
        context.audit("clients_kept_apart", f"client:{data['kept_id']}", gone=data["gone_id"], reason=values["merge_check"])
    return {"merge_decision": values["merge_decision"]}


HANDLERS = (
    Completion("clients.propose_merge", propose, "提出合并"),
    Prefill("clients.read_merge", read_proposal, "待合并的客户"),
    Completion("clients.approve_merge", approve, "核实并合并"),
)
