"""A signed contract and a running matter, made by the records alone."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from engine import Context
from tests.workflows.casework import TERMS, Case
from workflows.handlers import open_matter
from workflows.records import conflict_validity, conflicts, contract_signing, contracts, matters
from workflows.records.parties import list_parties, party_set_hash


def sign_contract(case: Case, **terms: Any) -> str:
    """The id of a contract that is signed and sealed."""

    def sign(context: Context) -> str:
        contract = contracts.draft_contract(context, lead_id=case.lead_id, terms={**TERMS, **terms})
        contracts.review_contract(context, contract.id, approved=True, verdicts=[], opinion="")
        contract_signing.record_signature(
            context, contract.id, version=1, signer_name="张三", signer_position="", signature="张三", proof={}
        )
        contract_signing.register_seal(context, contract.id, seal_kind="contract", copies=3, pages=3, riding_seal=True, note="")
        contracts.mark_signed(context, contract.id, document_id="0" * 32)
        return contract.id

    return str(case.run(sign, "lawyer1"))


def clear_conflicts(case: Case) -> None:
    """A conflict check of the lead that found nothing."""

    def clear(context: Context) -> None:
        check = conflicts.open_check(context, case.lead_id, [case.cast["lawyer1"].id])
        known = party_set_hash(list_parties(context.session, case.lead_id))
        conflicts.change_check(context, check.id, party_set_hash=known)
        conflicts.close_check(context, check.id, conflicts.CLEAR)

    case.run(clear)


def open_unchecked(context: Context, **given: Any) -> matters.Matter:
    """A matter from before there were conflict checks: guard G1 looks away."""
    with patch.object(conflict_validity, "check_valid", return_value=True):
        return matters.open_matter(context, **given)


def open_case(case: Case, contract_id: str, matter_type: str = "civil", **plan: Any) -> dict[str, Any]:
    """The variables of an active matter."""
    clear_conflicts(case)

    def open_it(context: Context) -> dict[str, Any]:
        made = dict(
            open_matter.open_matter(
                context,
                lead_id=case.lead_id,
                client_id="c" * 32,
                contract_id=contract_id,
                matter_type=matter_type,
                title="张三 · 买卖合同纠纷",
                lawyer_id=case.cast["lawyer1"].id,
            )
            or {}
        )
        matters.set_plan(context, made["matter_id"], plan=plan, security_level="internal")
        matters.activate_matter(context, made["matter_id"])
        return made

    return dict(case.run(open_it))
