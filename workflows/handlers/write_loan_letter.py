"""The letters of a loan, kept among its own papers: the filed volume they speak of is not changed (G7)."""

from __future__ import annotations

from typing import Any

from engine import Context, Effect, Operation
from engine.handlers import Variables
from workflows.records import case_facts, documents, letters, loan_facts, loan_mails
from workflows.records import volume_loans as loans
from workflows.records.letter_papers import set_letter, store_letter


def prepare(context: Context, *, loan_id: str, template: str) -> dict[str, Any]:
    """Fill in a letter with the loan as it is now."""
    facts = case_facts.collect(context.session, loan_id, context.now) | loan_facts.facts(context.session, loan_id)
    letter = letters.compose(template, facts)
    return {
        "letter": letter.to_json(),
        "lead_id": loan_id,
        "kind": letter.kind,
        "slot": None,
        "title": letter.title,
        "data_digest": case_facts.digest(facts),
        "at": context.now.isoformat(),
    }


def send(context: Context, *, loan_id: str, template: str) -> Variables:
    """Send a letter to whoever borrows."""
    loan = loans.get_loan(context.session, loan_id)
    paper = documents.find_latest(context.session, loan_id, template)
    attachments = (paper.id,) if paper else ()
    loan_mails.tell_borrower(context, loan, f"不予借阅：{loan.loan_no}", f"理由：{loan.reason}。", attachments)
    return {}


HANDLERS = (
    Effect("loans.write_letter", prepare, set_letter, store_letter, title="制作借阅文书"),
    Operation("loans.send_letter", send, "送达借阅文书"),
)
