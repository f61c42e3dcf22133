"""The lawyer's structured contract: checked clause by clause, put forward as the next version."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.handlers import Variables
from workflows.records import acceptances, client_mail, contract_clauses, contracts, fee_caps, fee_guards, firm, leads, people


def draft(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Judge the terms, keep them, and give decision table D3 its inputs."""
    today = context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(context.session, data["lead_id"])
    about: dict[str, Any] = {"matter_type": lead.matter_type, "cause": str(lead.outline.get("cause") or ""), "on": today}
    errors = contract_clauses.check_terms(values, **about) | fee_guards.check_aid(
        context.session, lead.id, values.get("fee_mode"), today
    )
    if errors:
        raise FormInvalid(errors)
    contract = contracts.draft_contract(context, lead_id=lead.id, terms=values)
    return {
        "contract_id": contract.id,
        "contract_no": contract.contract_no,
        "contract_version": contract.version,
        "text_choice": values.get("text_choice") or "generated",
        **fee_caps.fee_variables(values, **about),
        "fee_as_accepted": "yes" if _as_accepted(context, lead.id, values) else "no",
    }


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The last version with its terms; before the first one, what the case file and the firm's standard say."""
    found = contracts.find_contract(context.session, data["lead_id"])
    if found and found.state != contracts.VOID:
        return dict(found.terms)
    today = context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(context.session, data["lead_id"])
    return {
        **contract_clauses.standard_texts(today),
        **_read_acceptance(context, lead.id),
        "matter_description": _describe(lead),
        "lawyers": _read_team(context, data),
        "authority": "general",
        "powers": [],
        "term_start": today.isoformat(),
        "term_kind": "until_stage_end",
        "client_address": lead.client.get("service_address") or lead.client.get("address") or "",
        "client_email": client_mail.find_client_address(context.session, lead.id) or "",
        "firm_address": firm.read_firm()["address"],
    }


def _as_accepted(context: Context, lead_id: str, terms: dict[str, Any]) -> bool:
    """A risk agency passes more levels of the acceptance: one that only the contract names was not approved there."""
    found = acceptances.find_acceptance(context.session, lead_id)
    accepted = found.form.get("fee_mode") if found else terms.get("fee_mode")
    return terms.get("fee_mode") != fee_caps.RISK or accepted == fee_caps.RISK


def _read_acceptance(context: Context, lead_id: str) -> dict[str, Any]:
    """The fee as it was accepted, with one payment on signing."""
    found = acceptances.find_acceptance(context.session, lead_id)
    form = found.form if found else {}
    amount = form.get("dispute_amount") or leads.get_lead(context.session, lead_id).outline.get("amount")
    terms: dict[str, Any] = {"dispute_amount": amount}
    if not form:
        return terms
    terms |= {"fee_mode": form["fee_mode"], "hours_budget": form.get("hours_budget")}
    if form["fee_mode"] == fee_caps.FIXED:
        payment = {"milestone": "合同签订", "amount": form["fee_estimate"], "due_rule": "on_signing", "due_days": "3"}
        terms |= {"fee_amount": form["fee_estimate"], "schedule": [payment]}
    return terms


def _read_team(context: Context, data: Variables) -> list[dict[str, str]]:
    """The team of the acceptance with its parts; without one, the lawyer alone."""
    found = acceptances.find_acceptance(context.session, data["lead_id"])
    form = found.form if found else {"lead_lawyer": data["lawyer_id"]}
    parts = [(form.get("lead_lawyer"), "lead")]
    parts += [(each, "co") for each in form.get("co_lawyers") or []]
    parts += [(each, "assistant") for each in form.get("assistants") or []]
    team = [(people.find_person(context.session, str(person_id)), part) for person_id, part in parts if person_id]
    return [{"name": person.name, "licence_no": "", "part": part} for person, part in team if person]


def _describe(lead: leads.Lead) -> str:
    names = "、".join(str(party.get("name") or "") for party in lead.outline.get("opposing_parties") or [])
    cause = str(lead.outline.get("cause") or "")
    return f"{lead.client_name}与{names}{cause}一案" if names else f"{lead.client_name}{cause}"


HANDLERS = (
    Completion("contracts.draft", draft, "填写合同要素"),
    Prefill("contracts.read_draft", read_draft, "合同要素"),
)
