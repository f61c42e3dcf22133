"""Taking over a matter that was imported: the lawyer checks what came in, a partner decides where there is a conflict."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.handlers import Variables
from workflows.records import leads, parties
from workflows.records.import_writing import SOURCE


def read(context: Context, data: Variables) -> dict[str, Any]:
    """What was imported of the matter."""
    lead = leads.get_lead(context.session, data["lead_id"])
    opponents = [party for party in parties.list_parties(context.session, lead.id) if party.role == parties.OPPOSING]
    return {
        "cause": lead.outline.get("cause") or "",
        "summary": lead.outline.get("summary") or "",
        "opposing_parties": [{"name": each.name, "kind": each.kind, "identifier": each.identifier} for each in opponents],
        "open_points": "",
    }


def check(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the lawyer corrected; the conflict check that follows searches for exactly these parties."""
    lead = leads.get_lead(context.session, data["lead_id"])
    others = [party for party in parties.list_parties(context.session, lead.id) if party.role != parties.OPPOSING]
    parties.write_parties(context, lead.id, SOURCE, others)
    kept = {key: values.get(key) for key in ("cause", "summary", "opposing_parties", "open_points")}
    leads.write_outline(context, lead.id, {**lead.outline, **kept, "matter_type": lead.matter_type})
    return {"conflict_tries": 0}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record a partner's decision on a conflict; to withdraw begins the ending of the engagement."""
    decision, reason = values["decision"], values["reason"]
    context.audit("takeover_decided", f"matter:{data['matter_id']}", decision=decision, reason=reason)
    if decision == "WITHDRAW":
        payload = {"lead_id": data["lead_id"], "kind": "withdraw", "ground": "conflict", "reason": reason}
        context.send_message("matter.change_requested", correlation=data["matter_id"], payload=payload)
    return {"takeover_decision": decision}


HANDLERS = (
    Prefill("takeovers.read", read, "导入的案件"),
    Completion("takeovers.check", check, "核对接管资料"),
    Completion("takeovers.decide", decide, "接管案件冲突的决定"),
)
