"""The contract signing gate: a partner judges every clause of the very text that will be signed."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_facts, client_mail, contract_texts, contracts, letters, refusals
from workflows.records.letter_models import Clause
from workflows.records.letter_text import chinese_number

TEMPLATE = "engagement_contract"
SHORTEST_REASON = 5  # characters


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Approve when every clause passes; otherwise the contract goes back with the comments."""
    clauses = {heading(clause): clause for clause in read_clauses(context, data["lead_id"])}
    verdicts = [row for row in values["clauses"] if row.get("clause_title") in clauses]
    judged = {row["clause_title"] for row in verdicts}
    missing = [title for title in clauses if title not in judged]
    if missing:
        raise FormInvalid({"clauses": [FieldError(refusals.CLAUSES_UNJUDGED, {"clauses": "、".join(missing)})]})
    approved = all(row["verdict"] == "ok" for row in verdicts)
    if approved and "REASON" in data.get("fee_verdicts", []) and len((values.get("opinion") or "").strip()) < SHORTEST_REASON:
        raise FormInvalid({"opinion": [FieldError(refusals.OPINION_NEEDED)]})
    contract = contracts.review_contract(
        context,
        data["contract_id"],
        approved=approved,
        verdicts=[
            {
                "clause_id": clauses[row["clause_title"]].id,
                "title": row["clause_title"],
                "verdict": row["verdict"],
                "comment": row.get("clause_comment") or "",
            }
            for row in verdicts
        ],
        opinion=values.get("opinion") or "",
    )
    return {"contract_decision": "APPROVED" if approved else "RETURNED", "contract_version": contract.version}


def read_review(context: Context, data: Variables) -> dict[str, Any]:
    """Every clause as it stands in the letter, with the verdict still open."""
    return {
        "clauses": [
            {"clause_title": heading(clause), "clause_text": whole_text(clause)}
            for clause in read_clauses(context, data["lead_id"])
        ]
    }


def remind(context: Context, *, lead_id: str, lawyer_id: str) -> Variables:
    """Mail the partners that a contract waits for them."""
    contract = contracts.find_contract(context.session, lead_id)
    number = contract.contract_no if contract else ""
    count = client_mail.mail_role(
        context,
        role="partner",
        subject=f"请审查委托代理合同 {number}",
        body=f"委托代理合同 {number} 送审已满一个工作日，请登录待办处理“合同签署关口”。",
        lead_id=lead_id,
        without=lawyer_id,
    )
    return {"reviewers_reminded": count}


def read_clauses(context: Context, lead_id: str) -> list[Clause]:
    """The clauses of the newest version: as the lawyer edited them, else composed from the terms as they are now."""
    contract = contracts.find_contract(context.session, lead_id)
    text = contract_texts.find_text(context.session, contract.id, contract.version) if contract else None
    if text is not None:
        return list(text.letter.clauses)
    facts = case_facts.collect(context.session, lead_id, context.now)
    return [block for block in letters.compose(TEMPLATE, facts).blocks if isinstance(block, Clause)]


def heading(clause: Clause) -> str:
    """第一条　委托事项: what the reviewer and the drafter call a clause."""
    return f"第{chinese_number(clause.number)}条　{clause.title}"


def whole_text(clause: Clause) -> str:
    """A clause's text with its items, one a line."""
    return "\n".join((clause.text, *clause.items))


HANDLERS = (
    Completion("contracts.review", review, "合同签署关口"),
    Prefill("contracts.read_review", read_review, "合同条款"),
    Operation("contracts.remind_reviewers", remind, "提醒审查合同"),
)
