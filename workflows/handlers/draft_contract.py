"""The lawyer's structured contract: checked clause by clause, put forward as the next version."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.handlers import Variables
from workflows.records import client_mail, contract_clauses, contracts, fee_caps, firm, leads, people


def draft(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Judge the terms, keep them, and give decision table D3 its inputs."""
    today = context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(context.session, data["lead_id"])
    about: dict[str, Any] = {"matter_type": lead.matter_type, "cause": str(lead.outline.get("cause") or ""), "on": today}
    errors = contract_clauses.check_terms(values, **about)
    if errors:
        raise FormInvalid(errors)
    contract = contracts.draft_contract(context, lead_id=lead.id, terms=values)
    return {
        "contract_id": contract.id,
        "contract_no": contract.contract_no,
        "contract_version": contract.version,
        **fee_caps.fee_variables(values, **about),
    }


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The last version with its terms; before the first one, what the case file and the firm's standard say."""
    found = contracts.find_contract(context.session, data["lead_id"])
    if found and found.state != contracts.VOID:
        return dict(found.terms)
    today = context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(context.session, data["lead_id"])
    lawyer = people.find_person(context.session, data["lawyer_id"])
    return {
        **contract_clauses.standard_texts(today),
        "matter_description": _describe(lead),
        "lawyers": [{"name": lawyer.name if lawyer else "", "licence_no": "", "part": "lead"}],
        "authority": "general",
        "powers": [],
        "term_start": today.isoformat(),
        "term_kind": "until_stage_end",
        "dispute_amount": lead.outline.get("amount"),
        "client_address": lead.client.get("service_address") or lead.client.get("address") or "",
        "client_email": client_mail.find_client_address(context.session, lead.id) or "",
        "firm_address": firm.read_firm()["address"],
    }


def _describe(lead: leads.Lead) -> str:
    names = "、".join(str(party.get("name") or "") for party in lead.outline.get("opposing_parties") or [])
    cause = str(lead.outline.get("cause") or "")
    return f"{lead.client_name}与{names}{cause}一案" if names else f"{lead.client_name}{cause}"


HANDLERS = (
    Completion("contracts.draft", draft, "填写合同要素"),
    Prefill("contracts.read_draft", read_draft, "合同要素"),
)
