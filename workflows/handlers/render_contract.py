"""The papers of an engagement contract in one step: contract, power of attorney, notice of a risk agency, firm's letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import FIRM_ZONE, Context, Effect
from engine.handlers import Variables
from workflows.records import contract_texts, contracts, documents, leads
from workflows.records.fee_caps import RISK
from workflows.records.letter_models import read_letter
from workflows.records.letter_papers import prepare_letter, set_letter, store_letter
from workflows.records.rule_packs import get_rule

OPTIONAL = frozenset({"risk_agency_notice", "firm_letter"})  # a change of the terms may do away with them


def prepare(context: Context, *, lead_id: str) -> dict[str, Any]:
    """Fill in each paper from the same terms; a court or arbitral body gets the firm's letter (所函)."""
    contract = contracts.find_contract(context.session, lead_id)
    lead = leads.get_lead(context.session, lead_id)
    before_bodies = get_rule("contract_clauses", "firm_letter_types", context.now.astimezone(FIRM_ZONE).date()).value
    templates = ["engagement_contract", "power_of_attorney"]
    if contract is not None and contract.terms.get("fee_mode") == RISK:
        templates.append("risk_agency_notice")
    if lead.matter_type in before_bodies:
        templates.append("firm_letter")
    return {"papers": [prepare_letter(context, template=template, lead_id=lead_id) for template in templates]}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Set each paper."""
    return {"papers": [set_letter(paper, tools) for paper in payload["papers"]]}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Store them; sets ``<template>_pdf_id`` and ``<template>_docx_id`` of each. What is not needed any more is retired."""
    variables: dict[str, Any] = {"firm_letter_pdf_id": ""}
    for paper, made in zip(payload["papers"], result["papers"], strict=True):
        variables |= store_letter(context, paper, made) or {}
    _keep_text(context, payload["papers"][0], str(variables["engagement_contract_docx_id"]))
    made_now = {paper["letter"]["template"] for paper in payload["papers"]}
    for template in OPTIONAL - made_now:
        documents.retire_letter(context, payload["papers"][0]["lead_id"], template, variables["engagement_contract_pdf_id"])
    return variables


def _keep_text(context: Context, paper: dict[str, Any], document_id: str) -> None:
    """Keep the text of this version, to compare a later one with it."""
    contract = contracts.find_contract(context.session, paper["lead_id"])
    if contract is None:
        return
    contract_texts.keep_text(
        context,
        contract.id,
        version=contract.version,
        source=contract_texts.GENERATED,
        letter=read_letter(paper["letter"]),
        document_id=document_id,
    )


HANDLERS = (Effect("contracts.render_papers", prepare, perform, finish, "生成合同文件"),)
