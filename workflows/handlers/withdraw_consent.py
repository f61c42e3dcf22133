"""A client takes the consent to a waiver back: the check no longer holds, a partner decides what is done."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import case_access, client_mail, conflict_search, leads, waiver_consents, waiver_exits, waivers

AGAIN, LEAVE_NEW = "AGAIN", "LEAVE_NEW"


def withdraw(context: Context, *, consent_id: str, reason: str) -> Variables:
    """Enter that a client took the consent back. Raises ``NotAllowed`` and ``StateRefused``."""
    session = context.session
    found = waiver_consents.get_consent(session, consent_id)
    if context.actor.kind != "system" and "compliance" not in context.actor.roles:
        case_access.check_works_on(session, found.lead_id, context.actor)
    if not reason.strip():
        raise NotAllowed(reason="give a reason")
    waiver_consents.withdraw(context, consent_id, reason.strip())
    waiver = waivers.get_waiver(session, found.waiver_id)
    lead = leads.get_lead(session, waiver.lead_id)
    payload = {
        "consent_id": consent_id,
        "conflict_check_id": found.check_id,
        "conflict_excluded": conflict_search.list_excluded(session, found.check_id),
        "lead_id": lead.id,
        "lawyer_id": lead.lawyer_id or "",
        "client_name": lead.client_name,
        "matter_type": lead.matter_type,
        "title": f"{lead.client_name} · 同意被撤回",
    }
    context.send_message("consent.withdrawn", correlation=consent_id, payload=payload)
    return {}


def read(context: Context, data: Variables) -> dict[str, Any]:
    """Which consent was taken back, and why."""
    found = waiver_consents.get_consent(context.session, data["consent_id"])
    side = "受影响的客户" if found.side == waiver_consents.AFFECTED else "本事项委托人"
    return {"withdrawn": f"{found.client_name}（{side}）撤回同意：{found.reason}"}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner's decision: leave the matter, leave the other one, or ask again."""
    found = waiver_consents.get_consent(context.session, data["consent_id"])
    decision, text = values["withdrawal_decision"], values["withdrawal_measures"]
    waiver_consents.add_opinion(context, found.id, opinion=decision, text=text)
    if decision == AGAIN:
        return {"withdrawal_decision": decision}
    own = waivers.get_waiver(context.session, found.waiver_id).lead_id
    touched = [each.lead_id for each in waiver_consents.list_consents(context.session, waiver_id=found.waiver_id)]
    for lead_id in [own] if decision == LEAVE_NEW else [each for each in touched if each != own]:
        waiver_exits.ask_to_withdraw(context, lead_id, text)
    return {"withdrawal_decision": decision}


def remind(context: Context, *, consent_id: str) -> Variables:
    """Tell the director that nobody has decided yet."""
    found = waiver_consents.get_consent(context.session, consent_id)
    lead_id = waivers.get_waiver(context.session, found.waiver_id).lead_id
    subject, body = "客户撤回利益冲突同意，尚未处置", f"{found.client_name}撤回同意已逾期未处置，请督办。"
    return {"told": client_mail.mail_role(context, role="director", subject=subject, body=body, lead_id=lead_id)}


HANDLERS = (
    Operation("consents.withdraw", withdraw, "登记撤回同意"),
    Prefill("consents.read_withdrawal", read, "撤回的同意"),
    Completion("consents.decide_withdrawal", decide, "处置撤回的同意"),
    Operation("consents.remind_withdrawal", remind, "督办撤回的同意"),
)
