"""One client's consent to a waiver: the notice, its approval, the answer by link, and what it means for the whole waiver."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_facts, client_mail, conflict_hits, documents, leads, links, waiver_consents
from workflows.records.conflict_words import word
from workflows.records.rule_packs import get_rule
from workflows.records.waiver_consents import AFFECTED, APPROVED, CONSENTED, DRAFT, OPEN, REFUSED, STOPPED

LAPSED_REASON = "在期限内未作答复，视为不同意豁免"
UNDISCLOSABLE = "告知本身将泄露其他客户的秘密，不能豁免"
CONSEQUENCES = (
    "本所对双方均负有保密义务，不能向您披露另一方的秘密，也不会把您的秘密披露给另一方。\n"
    "双方利益将来发生新的对立时，本所可能须终止其中一方或者双方的委托，您可能因此须另行聘请律师，产生额外的时间和费用。"
)
OPTIONS = {
    "new": "您可以：同意豁免并委托本所；不同意豁免，另行委托其他律师事务所；在决定前咨询其他律师。您有充分的时间考虑。",
    "affected": "您可以：同意豁免；不同意豁免，本所将不接受该项委托；在决定前咨询其他律师。您的决定不影响本所继续为您服务。",
}
WALL = "本所对两个事项分别指派承办团队，互不查阅对方案卷，团队成员签署保密承诺，由合规专员定期复核。"


def draft(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Write the notice. When it would itself break a secret there is nothing to waive."""
    if values["breaks_secret"] == "yes":  # noqa: S105 - a client's secret, no password
        context.audit("waiver_impossible", f"consent:{data['consent_id']}", reason=values["secret_note"])
        return {"consent_disclosable": False, "consent_state": REFUSED, "consent_reason": UNDISCLOSABLE}
    leads.add_client_email(context, data["lead_id"], values.get("client_email") or "")
    notice = {key: value for key, value in values.items() if key not in ("client_email", "returned", "recipient")}
    waiver_consents.draft_notice(context, data["consent_id"], notice)
    return {"consent_disclosable": True, "consent_state": DRAFT, "consent_reason": ""}


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The notice as it stands, or a first proposal that names no secret of anybody else."""
    found = waiver_consents.get_consent(context.session, data["consent_id"])
    email = client_mail.find_client_address(context.session, data["lead_id"]) or ""
    who = f"{found.client_name}（{'受影响的客户' if found.side == AFFECTED else '新委托人'}）"
    if found.notice:
        said = found.opinions[-1]["text"] if found.opinions else ""
        return {**found.notice, "secrecy_checked": False, "client_email": email, "returned": said, "recipient": who}
    today = context.now.astimezone(FIRM_ZONE).date()
    hits = [hit for hit in conflict_hits.list_hits(context.session, found.check_id) if hit.final_class == "WAIVABLE"]
    rules = {hit.rule: get_rule("conflicts", hit.rule, today) for hit in hits}
    return {
        "recipient": who,
        "breaks_secret": "no",
        "client_email": email,
        "disclosed_facts": "\n".join(dict.fromkeys(_say_facts(found.side, hit) for hit in hits)),
        "waiver_rule": "；".join(f"{rule.value}（{rule.legal_basis}）" for rule in rules.values()),
        "consequences": CONSEQUENCES,
        "options": OPTIONS[found.side],
        "wall_plan": WALL,
    }


def _say_facts(side: str, hit: conflict_hits.ConflictHit) -> str:
    """The fact of a conflict with no name or matter of the other client; to the new client, who named the party, its name."""
    if side == AFFECTED:
        return "本所拟接受一位委托人的委托，该委托事项的相对方与您有关联；委托人和事项属于该委托人的秘密，本所不能披露。"
    return f"您本次事项中的{word('role', hit.query['role'])}“{hit.query['name']}”与本所存在或者曾经存在其他法律服务关系。"


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner who is on neither matter approves the notice or returns it."""
    approved = values["notice_decision"] == "APPROVED"
    opinion, text = values["notice_decision"], values.get("notice_opinion") or ""
    state = APPROVED if approved else None
    waiver_consents.add_opinion(context, data["consent_id"], opinion=opinion, text=text, state=state)
    return {"consent_approved": approved}


def consent(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client's answer; a consent needs all three statements and the signature."""
    links.use_own_link(context)
    if values["consent_decision"] == REFUSED:
        reason = values.get("refuse_reason") or "不同意豁免"
        context.audit("waiver_refused_by_client", f"consent:{data['consent_id']}", reason=reason)
        return {"consent_state": REFUSED, "consent_reason": f"客户不同意：{reason}"}
    missing = [name for name in waiver_consents.STATEMENTS if not values.get(name)]
    if missing:
        raise FormInvalid({name: [FieldError("required")] for name in missing})
    proof = dict(values.get("_proof") or {})
    shown = documents.find_latest(context.session, data["lead_id"], "waiver")
    proof["document_sha256"] = proof.get("document_sha256") or (shown.sha256 if shown else "")
    answers = ("signer_name", "signer_position", "signature", "scope_note")
    kept = {key: values.get(key) for key in (*waiver_consents.STATEMENTS, *answers)}
    waiver_consents.record_consent(context, data["consent_id"], kept, proof)
    return {"consent_state": CONSENTED, "consent_reason": ""}


def read_consent(context: Context, data: Variables) -> dict[str, Any]:
    """The signer's name when the client is a person."""
    client = case_facts.collect(context.session, data["lead_id"], context.now).get("client", {})
    return {"signer_name": client.get("name", "") if client.get("kind") == "person" else ""}


def settle(
    context: Context, *, consent_id: str, state: str, reason: str = "", signed_document_id: str = "", element: str = ""
) -> Variables:
    """One client's part is over: with all consents the waiver goes on, with one refusal nobody else is asked any more."""
    session = context.session
    found = waiver_consents.get_consent(session, consent_id)
    if state == CONSENTED:
        waiver_consents.keep_document(context, consent_id, signed_document_id)
    else:
        links.revoke_task_links(context, context.instance_id or "", element)
        reason = reason or LAPSED_REASON
        waiver_consents.end(context, consent_id, STOPPED if state == STOPPED else REFUSED, reason)
    every = waiver_consents.list_consents(session, waiver_id=found.waiver_id)
    if state != STOPPED and any(each.state == REFUSED for each in every):
        said = {"waiver_consents": REFUSED, "waiver_refused_reason": f"{found.client_name}：{reason}"}
        context.send_message("consents.settled", correlation=found.waiver_id, payload=said)
        context.send_message("consents.stopped", correlation=found.waiver_id, payload={"consent_state": STOPPED})
    elif not any(each.state in OPEN for each in every) and all(each.state == CONSENTED for each in every):
        payload = {"waiver_consents": CONSENTED, "waiver_refused_reason": ""}
        context.send_message("consents.settled", correlation=found.waiver_id, payload=payload)
    return {}


HANDLERS = (
    Completion("consents.draft", draft, "起草冲突告知书"),
    Prefill("consents.read_draft", read_draft, "冲突告知书"),
    Completion("consents.approve", approve, "审批冲突告知书"),
    Completion("consents.answer", consent, "客户答复豁免"),
    Prefill("consents.read_answer", read_consent, "客户答复豁免"),
    Operation("consents.settle", settle, "登记客户答复"),
)
