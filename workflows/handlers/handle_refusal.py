"""A client who does not sign: the second explanation before a witness, and what a partner decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import authority, client_refusals, communications, confirmations, documents, leads, objections
from workflows.records.rule_packs import get_rule

NEXT_STEPS = {"RESEND": "SEND", "REDRAFT": "REDRAFT", "PROCEED": "PROCEED", "STOP": "STOP", "WITHDRAW": "WITHDRAW"}


def explain(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was explained again, before whom, and the recording."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    at = datetime.fromisoformat(values["explained_at"]).replace(tzinfo=FIRM_ZONE)
    if at > context.now:
        raise FormInvalid({"explained_at": [FieldError(objections.NOT_YET)]})
    if values["witness"].strip() == context.actor.name:
        raise FormInvalid({"witness": [FieldError(client_refusals.WITNESS_IS_LAWYER)]})
    title, given = f"再次说明记录：{found.subject}", values.get("recording") or []
    files = documents.place_uploads(context, given, lead_id=found.lead_id, slot="communications", title=title)
    kept = {key: values.get(key) or "" for key in ("explanation", "explained_by", "witness", "reaction", "registered_no")}
    confirmations.record_refusal(context, found.id, {**kept, "explained_at": at.isoformat(), "files": files})
    communications.log_communication(
        context,
        lead_id=found.lead_id,
        matter_id=found.matter_id,
        channel="phone" if values["explained_by"] == "phone" else "meeting",
        direction="both",
        summary=f"客户不同意“{found.subject}”，再次说明：{values['explanation']}（见证人：{values['witness']}）",
        persons=[leads.get_lead(context.session, found.lead_id).client_name, values["witness"]],
        document_ids=files,
        at=at,
        flags=("risk",),
    )
    return {}


def read_explain(context: Context, data: Variables) -> dict[str, Any]:
    """Why the client does not agree."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    now = context.now.astimezone(FIRM_ZONE)
    return {"refusal": found.answer.get("reason"), "explained_at": f"{now:%Y-%m-%dT%H:%M}"}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner decides; an act that needs the client's grant does not go on without it."""
    found, decision = confirmations.get_confirmation(context.session, data["confirmation_id"]), values["refusal_decision"]
    if decision == "PROCEED" and found.act:
        today = context.now.astimezone(FIRM_ZONE).date()
        basis = get_rule("contract_clauses", "powers", today).legal_basis
        named = {"act": authority.name_act(found.act, today), "basis": basis}
        raise FormInvalid({"refusal_decision": [FieldError(client_refusals.NEEDS_SIGNATURE, named)]})
    entry = {"decision": decision, "opinion": values["refusal_opinion"], "decided_by_name": context.actor.name}
    confirmations.record_refusal(context, found.id, {**entry, "decided_at": context.now.isoformat()})
    if decision == "RESEND":  # the same text once more is a version of its own: a refusal is never overwritten
        again = confirmations.draft_confirmation(
            context,
            lead_id=found.lead_id,
            matter_id=found.matter_id,
            values={**found.draft, "legal_deadline": found.legal_deadline},
            previous_id=found.id,
            origin=found.origin,
        )
        return {"confirm_next": "SEND", "confirmation_id": again.id, "confirm_version": again.version, "refusal_opinion": ""}
    result = {"refusal_opinion": values["refusal_opinion"], "confirm_next": NEXT_STEPS[decision]}
    return result if decision == "REDRAFT" else {**result, "confirm_result": confirmations.REFUSED}


HANDLERS = (
    Completion("confirmations.explain", explain, "再次说明"),
    Prefill("confirmations.read_explain", read_explain, "再次说明"),
    Completion("confirmations.decide_refusal", decide, "决定拒签处置"),
)
