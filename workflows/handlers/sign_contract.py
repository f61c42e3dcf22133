"""Signing by the client: each signer in turn by a link of their own, online or on paper."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    client_mail,
    client_signatures,
    contract_signers,
    contract_signing,
    contracts,
    documents,
    link_mails,
    link_sending,
    links,
    refusals,
)

SIGNED, PAPER, CHANGES = "SIGNED", "PAPER", "CHANGES"
PURPOSE, SIGNING = "contract_signing", "Task_ClientSigns"
CAPACITIES = {"self": "本人", "legal_representative": "法定代表人", "agent": "代理人"}
VOID_REASONS = {"": "客户未在期限内签署，或签署前出现无法排除的利益冲突", "REFUSED": "客户拒绝签署"}


def invite(context: Context, *, contract_id: str, lead_id: str, days: int, redline_id: str) -> Variables:
    """Send the signing link to the next signer; ``sent_version`` is the text that the client knows from now on."""
    contract = contracts.get_contract(context.session, contract_id)
    signer = contract_signers.list_waiting(context.session, contract)[0]
    variables = link_sending.send(
        context,
        purpose=PURPOSE,
        element=SIGNING,
        lead_id=lead_id,
        days=days,
        documents_shown=[redline_id],
        to=signer.email or None,
        name=signer.name,
    )
    return {**(variables or {}), "signer": signer.to_json(), "sent_version": contract.version, "client_decision": ""}


def client_signs(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the signature with its proof, note who signs on paper, or take the contract back for the client's changes."""
    contract = contracts.get_contract(context.session, data["contract_id"])
    decision = values["client_decision"]
    links.use_own_link(context)
    if decision in (SIGNED, PAPER):
        _check_confirmations(contract, values)
        _sign(context, contract, values, on_paper=decision == PAPER)
    elif decision == CHANGES:
        contracts.return_contract(context, contract.id, reason=values["client_comment"])
    left = contract_signers.list_waiting(context.session, contract) if decision in (SIGNED, PAPER) else []
    on_paper = data.get("signed_on_paper") == "yes" and data.get("paper_version") == contract.version
    return {
        "client_decision": decision,
        "client_comment": values.get("client_comment") or "",
        "signers_left": len(left),
        "signed_on_paper": "yes" if decision == PAPER or on_paper else "no",
        "paper_version": contract.version,
    }


def _sign(context: Context, contract: contracts.Contract, values: dict[str, Any], *, on_paper: bool) -> None:
    letters = values.get("authority_letter") or []
    title = f"授权书（{values['signer_name']}）"
    documents.place_uploads(context, letters, lead_id=contract.lead_id, slot="engagement", title=title)
    contract_signing.record_signature(
        context,
        contract.id,
        version=contract.version,
        signer_name=values["signer_name"],
        signer_position=values.get("signer_position") or CAPACITIES.get(values.get("signer_capacity") or "", "委托人"),
        signature="" if on_paper else values["signature"],
        proof=_proof(context, contract.lead_id, values.get("_proof") or {}),
    )
    if not on_paper:
        client_signatures.record_signature(
            context, lead_id=contract.lead_id, purpose=PURPOSE, values=values, kinds=link_mails.read_link_mail(PURPOSE).kinds
        )


def read_signing(context: Context, data: Variables) -> dict[str, Any]:
    """Who signs now, and what the contract asks the client to confirm."""
    contract = contracts.get_contract(context.session, data["contract_id"])
    signer = data.get("signer") or {}
    return {
        "signer_name": signer.get("name") or "",
        "signer_position": "" if signer.get("is_listed") else signer.get("position") or "",
        "signer_capacity": signer.get("capacity") or "self",
        "joint": "yes" if len(contract_signers.list_signers(context.session, contract)) > 1 else "no",
        "authority": contract.terms.get("authority"),
        "fee_mode": contract.terms.get("fee_mode"),
    }


def mark_signed(context: Context, *, contract_id: str, document_id: str) -> Variables:
    """Close the signing with the sealed document, or the scan of the paper copies."""
    contracts.mark_signed(context, contract_id, document_id=document_id)
    return {"contract_result": "SIGNED", "signing_result": "SIGNED"}


def void(context: Context, *, contract_id: str, client_decision: str) -> Variables:
    """Give the contract up; its number stays taken."""
    contracts.void_contract(context, contract_id, reason=VOID_REASONS.get(client_decision, VOID_REASONS[""]))
    return {"contract_result": "LAPSED"}


def end_signing(context: Context, *, client_decision: str) -> Variables:
    """Close what is left of the links; ``signing_result`` is CHANGES, REFUSED, LAPSED or CONFLICT."""
    links.revoke_task_links(context, context.instance_id or "", SIGNING)
    return {"signing_result": client_decision or "LAPSED"}


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
    if values.get("joint") == "yes" and not values.get("joint_confirmed"):
        errors["joint_confirmed"] = [FieldError(refusals.JOINT_UNCONFIRMED)]
    if errors:
        raise FormInvalid(errors)


def _proof(context: Context, lead_id: str, proof: dict[str, Any]) -> dict[str, Any]:
    """What the page knew, completed with the hash of the contract that was on the screen."""
    document = documents.find_latest(context.session, lead_id, "engagement_contract")
    shown = proof.get("document_sha256") or (document.sha256 if document else "")
    return {**proof, "document_sha256": shown}


HANDLERS = (
    Operation("contracts.invite_signer", invite, "邀请签署"),
    Completion("contracts.client_signs", client_signs, "客户签署合同"),
    Prefill("contracts.read_signing", read_signing, "签署人"),
    Operation("contracts.mark_signed", mark_signed, "登记签署完成"),
    Operation("contracts.end_signing", end_signing, "签署未完成"),
    Operation("contracts.void", void, "合同作废"),
    Operation("contracts.remind_client", remind_client, "提醒客户签署"),
)
