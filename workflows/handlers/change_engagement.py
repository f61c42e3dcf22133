"""Changing, handing on and ending an engagement: each step's form kept, the consents signed, the outcome applied."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    changes,
    client_mail,
    contracts,
    deadline_handovers,
    deadlines,
    documents,
    leads,
    matters,
    people,
    refusals,
    walls,
)
from workflows.records.open_items import list_open_items
from workflows.records.rule_packs import get_rule


def read_apply(context: Context, data: Variables) -> dict[str, Any]:
    """What a message that asked for the change said already."""
    return {
        "kind": data.get("change_kind") or data.get("kind") or "",
        "reason": data.get("change_reason") or data.get("reason") or "",
    }


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Open the change; the firm may leave only on the grounds of the law and not shortly before a hearing."""
    if values["kind"] == changes.WITHDRAW and not values.get("ground"):
        raise FormInvalid({"ground": [FieldError("required")]})
    more = {key: value for key, value in values.items() if key not in ("kind", "initiator", "reason")}
    change = changes.ask(
        context, data["matter_id"], kind=values["kind"], initiator=values["initiator"], reason=values["reason"], **more
    )
    today = context.now.astimezone(FIRM_ZONE).date()
    rule = {key: int(get_rule("changes", key, today).value) for key in ("withdrawal_notice_days", "consent_days", "sign_days")}
    return {"change_id": change.id, "change_kind": change.kind, "change_result": "DONE", **rule}


def keep(step: str) -> Any:
    """A completion that keeps one step's form."""

    def complete(context: Context, values: dict[str, Any], data: Variables) -> Variables:
        changes.note_step(context, data["change_id"], step, values)
        return {}

    return complete


def revise(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the new terms; new parties stand in the case at once, so that the conflict check finds them."""
    change = changes.note_step(context, data["change_id"], "revise", values)
    added = [row for row in values.get("new_parties") or [] if row.get("name")]
    if added:
        lead = leads.get_lead(context.session, change.lead_id)
        known = list(lead.outline.get("opposing_parties") or [])
        outline = {**lead.outline, "opposing_parties": [*known, *({**row, "role": "新增"} for row in added)]}
        leads.write_outline(context, lead.id, {**outline, "matter_type": lead.matter_type})
    return {"has_new_parties": bool(added), "conflict_tries": 0}


def read_revise(context: Context, data: Variables) -> dict[str, Any]:
    """The terms in force."""
    contract = contracts.find_contract(context.session, data["lead_id"])
    terms = contract.terms if contract else {}
    return {
        "scope_in": terms.get("scope_in") or "",
        "fee_changes": "no",
        "fee_amount": terms.get("fee_amount") or "",
        "instructors_change": "no",
        "instructors": terms.get("instructors") or [],
        "return_note": data.get("return_reason") or "",
    }


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner approves the supplement, or returns it."""
    changes.note_step(context, data["change_id"], "review", values)
    return {"review_result": values["decision"], "return_reason": values.get("comment") or ""}


def read_consent(context: Context, data: Variables) -> dict[str, Any]:
    """What the client is asked to agree to; why a lawyer is replaced is not for them."""
    change = changes.get_change(context.session, data["change_id"])
    proposed = change.steps.get("propose") or {}
    said = {
        changes.AMEND: "变更委托代理合同的条款，全文见补充协议。",
        changes.SUBSTITUTE: f"更换承办律师，由{proposed.get('new_lawyer_name', '')}律师接替办理。",
        changes.DELEGATE: f"转委托其他律师事务所办理。理由：{change.reason}",
    }
    return {"about": said[change.kind]}


def consent(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the client's answer with its proof; what they sign becomes a signature page."""
    proof = values.get("_proof") or {}
    kept = {key: value for key, value in values.items() if not key.startswith("_")}
    changes.note_step(context, data["change_id"], "consent", {**kept, "proof": proof})
    agreed = values["client_decision"] == "AGREED"
    signature = {
        "role": "甲方（委托人）", "name": values.get("signer_name") or data.get("client_name") or "",
        "signature": values.get("signature") or "", "signed_at": context.now.isoformat(), "address": proof.get("address") or "",
        "document_sha256": proof.get("document_sha256") or "",
    }  # fmt: skip
    return {
        "client_agreed": agreed,
        "change_result": "DONE" if agreed else "REFUSED",
        "change_signatures": [signature] if agreed else [],
    }


def lapse(context: Context, *, change_id: str) -> Variables:
    """The client did not answer in time: nothing changes."""
    changes.note_step(context, change_id, "consent", {"client_decision": "SILENT"})
    return {"client_agreed": False, "change_result": "REFUSED", "change_signatures": []}


def propose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner names the lawyer who takes over: of the firm, not walled off, not the one who leaves."""
    person = people.find_person(context.session, values["new_lawyer"])
    if person is None or "lawyer" not in person.roles:
        raise FormInvalid({"new_lawyer": [FieldError("option")]})
    if values["new_lawyer"] == data["lawyer_id"]:
        raise FormInvalid({"new_lawyer": [FieldError(refusals.PERSON_CHOSEN_TWICE, {"name": person.name})]})
    walls.check_team(context.session, data["lead_id"], [values["new_lawyer"]])
    changes.note_step(context, data["change_id"], "propose", {**values, "new_lawyer_name": person.name})
    return {"new_lawyer_id": person.id, "new_lawyer_name": person.name, "old_lawyer_id": data["lawyer_id"]}


def read_hand_over(context: Context, data: Variables) -> dict[str, Any]:
    """What is open in the matter: deadlines, originals, money, promises."""
    found = deadlines.list_deadlines(context.session, data["lead_id"])
    rows = [
        {"item": f"{each.title} {each.due_on.isoformat()}", "state": "移交后由接替律师负责"}
        for each in found
        if each.state in deadlines.OPEN and each.due_on
    ]
    rows += [{"item": item.title, "state": ""} for item in list_open_items(context.session, data["lead_id"], context.now)]
    return {"items": rows, "originals": "", "promises": ""}


def substitute(context: Context, *, change_id: str, matter_id: str, new_lawyer_id: str, old_lawyer_id: str) -> Variables:
    """Put the new lawyer at the head of the team in the old one's place."""
    before = matters.list_members(context.session, matter_id)
    members = {person: part for person, part in before.items() if person not in (old_lawyer_id, new_lawyer_id)}
    matter = matters.set_team(context, matter_id, {new_lawyer_id: "lead", **members})
    deadline_handovers.hand_on(context, matter.lead_id, old=old_lawyer_id, new=new_lawyer_id)
    changes.note_step(context, change_id, "team", {"from": old_lawyer_id, "to": new_lawyer_id})
    return {"lawyer_id": new_lawyer_id, "team_ids": [new_lawyer_id, *members]}


def decide(step: str) -> Any:
    """A completion of a decision on the firm's withdrawal."""

    def complete(context: Context, values: dict[str, Any], data: Variables) -> Variables:
        changes.note_step(context, data["change_id"], step, values)
        approved = values["decision"] == "APPROVE"
        if approved:
            matter = matters.get_matter(context.session, data["matter_id"])
            applied = changes.get_change(context.session, data["change_id"]).steps["apply"]
            changes.check_withdrawal(context, matter, replaced=bool(applied.get("replaced")))
        return {"withdrawal_approved": approved, "change_result": "DONE" if approved else "REFUSED"}

    return complete


def amend(context: Context, *, change_id: str, document_id: str) -> Variables:
    """Put the signed supplement into the contract."""
    changes.apply_amendment(context, change_id, document_id)
    return {}


def rescind(context: Context, *, change_id: str) -> Variables:
    """End the contract and ask for the matter's closing."""
    changes.rescind(context, change_id)
    return {}


def mail_copy(context: Context, *, change_id: str, document_id: str = "") -> Variables:
    """Send the client what was agreed or notified."""
    change = changes.get_change(context.session, change_id)
    papers = [document_id] if document_id and documents.find_document(context.session, document_id) else []
    sent = client_mail.mail_client(
        context, lead_id=change.lead_id, subject=f"{change.kind_name}：请查收",
        body=f"您好：\n\n关于{change.kind_name}，本所已办理，相关文书附后。如有疑问请联系承办律师。", attachments=papers,
    )  # fmt: skip
    return {"copy_sent": sent}


def extinct(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record what becomes of the mandate when the client is gone (民法典 art. 934, 935)."""
    changes.note_step(context, data["change_id"], "successor", values)
    return {"successor_result": values["outcome"]}


def finish(context: Context, *, change_id: str, result: str) -> Variables:
    """End the change, done or refused."""
    changes.finish(context, change_id, refused=result == "REFUSED")
    return {}


def remind(context: Context, *, matter_id: str, what: str) -> Variables:
    """Tell the partners that a step of a change is late."""
    matter = matters.get_matter(context.session, matter_id)
    text = f"案件{matter.matter_no}的“{what}”已逾期，请登录待办处理。"
    subject = f"委托变更逾期：{matter.matter_no}"
    return {"reminded": client_mail.mail_role(context, role="partner", subject=subject, body=text, lead_id=matter.lead_id)}


HANDLERS = (
    Prefill("changes.read_apply", read_apply, "变更申请"),
    Completion("changes.apply", apply, "申请委托变更"),
    Completion("changes.revise", revise, "修订条款"),
    Prefill("changes.read_revise", read_revise, "现行条款"),
    Completion("changes.review", review, "审核补充协议"),
    Prefill("changes.read_consent", read_consent, "请客户同意的事项"),
    Completion("changes.consent", consent, "客户答复"),
    Operation("changes.lapse", lapse, "客户逾期未答复"),
    Completion("changes.propose", propose, "提名接替律师"),
    Prefill("changes.read_hand_over", read_hand_over, "移交清单"),
    Completion("changes.hand_over", keep("hand_over"), "移交"),
    Completion("changes.take_over", keep("take_over"), "接收"),
    Operation("changes.substitute", substitute, "更换承办律师"),
    Completion("changes.keep_court_notice", keep("court_notice"), "通知法院"),
    Completion("changes.keep_delegation", keep("delegation"), "转委托登记"),
    Completion("changes.keep_notice", keep("notice"), "登记解除通知"),
    Completion("changes.decide_partner", decide("partner"), "合伙人决定退出"),
    Completion("changes.decide_director", decide("director"), "主任决定退出"),
    Completion("changes.keep_settlement", keep("settlement"), "费用结算"),
    Completion("changes.keep_return", keep("return"), "返还原件"),
    Completion("changes.keep_facts", keep("facts"), "主体消灭的事实"),
    Completion("changes.keep_successor", extinct, "承继人"),
    Operation("changes.amend", amend, "变更合同"),
    Operation("changes.rescind", rescind, "解除合同并申请结案"),
    Operation("changes.mail_copy", mail_copy, "送交客户"),
    Operation("changes.finish", finish, "结束变更"),
    Operation("changes.remind", remind, "提醒变更逾期"),
)
