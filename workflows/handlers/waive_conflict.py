"""The waiver of a conflict: notice, approval, the client's consent by link, the director's confirmation."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_facts, client_mail, conflict_hits, documents, leads, links, waivers
from workflows.records.conflict_words import word
from workflows.records.rule_packs import get_rule

CONSENTED, REFUSED = "CONSENTED", "REFUSED"
LAPSED_REASON = "客户在期限内未作答复，视为不同意豁免"
UNDISCLOSABLE = "告知本身将泄露其他客户的秘密，不能豁免"
CONSEQUENCES = (
    "本所对双方均负有保密义务，不能向您披露另一方的秘密，也不会把您的秘密披露给另一方。\n"
    "双方利益将来发生新的对立时，本所可能须终止其中一方或者双方的委托，您可能因此须另行聘请律师，产生额外的时间和费用。"
)
OPTIONS = "您可以：同意豁免并委托本所；不同意豁免，另行委托其他律师事务所；在决定前咨询其他律师。您有充分的时间考虑。"
WALL = "本所对两个事项分别指派承办团队，互不查阅对方案卷，团队成员签署保密承诺，由合规专员每九十日复核一次。"


def draft(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Write the notice. When it would itself break a secret there is nothing to waive."""
    if values["breaks_secret"] == "yes":  # noqa: S105 - a client's secret, no password
        context.audit("waiver_impossible", f"conflict_check:{data['conflict_check_id']}", reason=values["secret_note"])
        found = waivers.find_waiver(context.session, data["conflict_check_id"])
        return {"waiver_disclosable": False, "waiver_id": found.id if found else "", "waiver_refused_reason": UNDISCLOSABLE}
    leads.add_client_email(context, data["lead_id"], values.get("client_email") or "")
    notice = {key: value for key, value in values.items() if key not in ("client_email", "returned")}
    waiver = waivers.draft_notice(context, data["conflict_check_id"], notice)
    return {"waiver_disclosable": True, "waiver_id": waiver.id, "waiver_refused_reason": ""}


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The notice as it stands, or a first proposal that names no secret of anybody else."""
    email = client_mail.find_client_address(context.session, data["lead_id"]) or ""
    found = waivers.find_waiver(context.session, data["conflict_check_id"])
    if found:
        return {**found.notice, "client_email": email, "returned": found.opinions[-1]["text"] if found.opinions else ""}
    today = context.now.date()
    hits = [hit for hit in conflict_hits.list_hits(context.session, data["conflict_check_id"]) if hit.final_class == "WAIVABLE"]
    rules = {hit.rule: get_rule("conflicts", hit.rule, today) for hit in hits}
    facts = [
        f"您本次事项中的{word('role', hit.query['role'])}“{hit.query['name']}”与本所存在或者曾经存在其他法律服务关系。"
        for hit in hits
    ]
    return {
        "breaks_secret": "no",
        "client_email": email,
        "disclosed_facts": "\n".join(dict.fromkeys(facts)),
        "waiver_rule": "；".join(f"{rule.value}（{rule.legal_basis}）" for rule in rules.values()),
        "consequences": CONSEQUENCES,
        "options": OPTIONS,
        "wall_plan": WALL,
    }


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner who is on neither matter approves the notice or returns it."""
    approved = values["notice_decision"] == "APPROVED"
    waivers.add_opinion(
        context,
        data["waiver_id"],
        opinion=values["notice_decision"],
        text=values.get("notice_opinion") or "",
        state=waivers.APPROVED if approved else None,
    )
    return {"waiver_approved": approved}


def consent(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client's answer; a consent needs all three statements and the signature."""
    links.use_own_link(context)
    if values["consent_decision"] == REFUSED:
        reason = values.get("refuse_reason") or "客户不同意豁免"
        context.audit("waiver_refused_by_client", f"waiver:{data['waiver_id']}", reason=reason)
        return {"waiver_consent": REFUSED, "waiver_refused_reason": f"客户不同意：{reason}"}
    missing = [name for name in waivers.STATEMENTS if not values.get(name)]
    if missing:
        raise FormInvalid({name: [FieldError("required")] for name in missing})
    proof = dict(values.get("_proof") or {})
    shown = documents.find_latest(context.session, data["lead_id"], "waiver")
    proof["document_sha256"] = proof.get("document_sha256") or (shown.sha256 if shown else "")
    kept = {key: values.get(key) for key in (*waivers.STATEMENTS, "signer_name", "signer_position", "signature", "scope_note")}
    waivers.record_consent(context, data["waiver_id"], kept, proof)
    return {"waiver_consent": CONSENTED}


def read_consent(context: Context, data: Variables) -> dict[str, Any]:
    """The signer's name when the client is a person."""
    client = case_facts.collect(context.session, data["lead_id"], context.now).get("client", {})
    return {"signer_name": client.get("name", "") if client.get("kind") == "person" else ""}


def confirm(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director lets the waiver and the wall take effect, or not."""
    granted = values["waiver_decision"] == "GRANTED"
    waivers.add_opinion(context, data["waiver_id"], opinion=values["waiver_decision"], text=values["waiver_opinion"])
    return {"waiver_granted": granted, "waiver_refused_reason": "" if granted else f"主任未批准：{values['waiver_opinion']}"}


def grant(context: Context, *, waiver_id: str) -> Variables:
    """The waiver takes effect."""
    return {"waiver_result": waivers.close_waiver(context, waiver_id, waivers.WAIVED).state}


def refuse(context: Context, *, check_id: str, waiver_id: str, reason: str, element: str) -> Variables:
    """The waiver fails: refused, lapsed, or impossible. Open links to the client's task are closed."""
    links.revoke_task_links(context, context.instance_id or "", element)
    waivers.refuse_waiver(context, check_id=check_id, waiver_id=waiver_id, reason=reason or LAPSED_REASON)
    return {"waiver_result": waivers.REFUSED}


HANDLERS = (
    Completion("waivers.draft", draft, "起草冲突告知书"),
    Prefill("waivers.read_draft", read_draft, "冲突告知书"),
    Completion("waivers.approve", approve, "审批冲突告知书"),
    Completion("waivers.consent", consent, "客户答复豁免"),
    Prefill("waivers.read_consent", read_consent, "客户答复豁免"),
    Completion("waivers.confirm", confirm, "主任确认豁免"),
    Operation("waivers.grant", grant, "豁免生效"),
    Operation("waivers.refuse", refuse, "豁免不成立"),
)
