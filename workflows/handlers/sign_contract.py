"""Signing: the client by link, the seal administrator on paper, and what follows from either."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    client_mail,
    client_signatures,
    contract_signing,
    contracts,
    documents,
    leads,
    link_mails,
    links,
    refusals,
)

SIGNED, CHANGES = "SIGNED", "CHANGES"
PURPOSE, SIGNING = "contract_signing", "Task_ClientSigns"
VOID_REASONS = {"": "客户未在期限内签署，或签署前出现无法排除的利益冲突", "REFUSED": "客户拒绝签署"}


def client_signs(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the signature with its proof, or take the contract back for the client's changes."""
    contract = contracts.get_contract(context.session, data["contract_id"])
    decision = values["client_decision"]
    links.use_own_link(context)
    if decision == SIGNED:
        _check_confirmations(contract, values)
        contract_signing.record_signature(
            context,
            contract.id,
            version=contract.version,
            signer_name=values["signer_name"],
            signer_position=values.get("signer_position") or "委托人",
            signature=values["signature"],
            proof=_proof(context, contract.lead_id, values.get("_proof") or {}),
        )
        client_signatures.record_signature(
            context, lead_id=contract.lead_id, purpose=PURPOSE, values=values, kinds=link_mails.read_link_mail(PURPOSE).kinds
        )
    elif decision == CHANGES:
        contracts.return_contract(context, contract.id, reason=values["client_comment"])
    return {"client_decision": decision, "client_comment": values.get("client_comment") or ""}


def read_signing(context: Context, data: Variables) -> dict[str, Any]:
    """Who probably signs, and what the contract asks the client to confirm."""
    client = leads.get_lead(context.session, data["lead_id"]).client
    terms = contracts.get_contract(context.session, data["contract_id"]).terms
    is_person = client.get("kind") == "person"
    return {
        "signer_name": client.get("name" if is_person else "legal_representative") or "",
        "signer_position": "本人" if is_person else "法定代表人",
        "authority": terms.get("authority"),
        "fee_mode": terms.get("fee_mode"),
    }


def register_seal(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter the use of the seal into the register."""
    use = contract_signing.register_seal(
        context,
        data["contract_id"],
        seal_kind=values["seal_kind"],
        copies=int(values["copies"]),
        pages=int(values["pages"]),
        riding_seal=bool(values["riding_seal"]),
        note=values.get("seal_note") or "",
    )
    return {"seal_register_no": use.register_no}


def read_seal(context: Context, data: Variables) -> dict[str, Any]:
    """Three copies of as many pages as the contract has."""
    document = documents.find_latest(context.session, data["lead_id"], "engagement_contract")
    return {"seal_kind": "contract", "copies": 3, "pages": document.page_count if document else None}


def mark_signed(context: Context, *, contract_id: str, document_id: str) -> Variables:
    """Close the signing with the sealed document."""
    contracts.mark_signed(context, contract_id, document_id=document_id)
    return {"contract_result": "SIGNED"}


def void(context: Context, *, contract_id: str, client_decision: str) -> Variables:
    """Give the contract up; its number stays taken."""
    links.revoke_task_links(context, context.instance_id or "", SIGNING)
    contracts.void_contract(context, contract_id, reason=VOID_REASONS.get(client_decision, VOID_REASONS[""]))
    return {"contract_result": "LAPSED"}


def remind_client(context: Context, *, lead_id: str) -> Variables:
    """Mail the client that the contract still waits; one without an address is reminded by the desk."""
    contract = contracts.find_contract(context.session, lead_id)
    number = contract.contract_no if contract else ""
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"请签署委托代理合同 {number}",
        body=f"您好：\n\n委托代理合同 {number} 尚待您签署，请打开此前邮件中的签署链接阅读并签署。"
        "自发出之日起十个工作日内未签署的，合同将作废。如需修改，请在链接页面写明。",
    )
    if not sent:
        client_mail.ask_desk(context, lead_id=lead_id, what=f"委托代理合同 {number} 尚待客户签署，请联系客户。")
    return {"client_reminded": sent}


def _check_confirmations(contract: contracts.Contract, values: dict[str, Any]) -> None:
    """Special authority and a risk agency each need the client's own tick (民诉法 art. 62; 2021 Opinions no. 7)."""
    errors: dict[str, list[Any]] = {}
    if contract.terms.get("authority") == "special" and not values.get("special_confirmed"):
        errors["special_confirmed"] = [FieldError(refusals.SPECIAL_UNCONFIRMED)]
    if contract.terms.get("fee_mode") == "risk" and not values.get("risk_confirmed"):
        errors["risk_confirmed"] = [FieldError(refusals.RISK_UNCONFIRMED)]
    if errors:
        raise FormInvalid(errors)


def _proof(context: Context, lead_id: str, proof: dict[str, Any]) -> dict[str, Any]:
    """What the page knew, completed with the hash of the contract that was on the screen."""
    document = documents.find_latest(context.session, lead_id, "engagement_contract")
    shown = proof.get("document_sha256") or (document.sha256 if document else "")
    return {**proof, "document_sha256": shown}


HANDLERS = (
    Completion("contracts.client_signs", client_signs, "客户签署合同"),
    Prefill("contracts.read_signing", read_signing, "签署人"),
    Completion("contracts.register_seal", register_seal, "用印登记"),
    Prefill("contracts.read_seal", read_seal, "用印"),
    Operation("contracts.mark_signed", mark_signed, "登记签署完成"),
    Operation("contracts.void", void, "合同作废"),
    Operation("contracts.remind_client", remind_client, "提醒客户签署"),
)
