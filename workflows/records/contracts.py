"""Engagement contracts (委托代理合同): structured terms, versions, review, and the states from draft to signed.

Lawyers Law (律师法) art. 25: the firm accepts the engagement and concludes a written contract. A contract's number is
given at the first draft and never given again; a contract that comes to nothing keeps its number as VOID (作废).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records.contract_facts import describe_terms
from workflows.records.contract_reviews import ContractReviewRow
from workflows.records.fee_caps import fee_total
from workflows.records.fee_guards import refuse_forbidden_fee
from workflows.records.money import Yuan
from workflows.records.numbers import allocate
from workflows.records.powers import SPECIAL

DRAFT, REVIEW, APPROVED, SEALED, SIGNED, VOID = "DRAFT", "REVIEW", "APPROVED", "SEALED", "SIGNED", "VOID"
AMENDED, COMPLETED, RESCINDED = "AMENDED", "COMPLETED", "RESCINDED"
NEXT: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({REVIEW, VOID}),
    REVIEW: frozenset({APPROVED, DRAFT, VOID}),
    APPROVED: frozenset({SEALED, DRAFT, VOID}),
    SEALED: frozenset({SIGNED, REVIEW, VOID}),
    SIGNED: frozenset({AMENDED, COMPLETED, RESCINDED}),
    AMENDED: frozenset({AMENDED, COMPLETED, RESCINDED}),
    COMPLETED: frozenset(),
    RESCINDED: frozenset(),
    VOID: frozenset(),
}
IN_FORCE = frozenset({SIGNED, AMENDED})


class ContractRow(Base):
    __tablename__ = "contracts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    contract_no: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    fee_total: Mapped[Decimal] = mapped_column(Yuan)
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drafted_by: Mapped[str] = mapped_column(String(80))
    drafted_by_name: Mapped[str] = mapped_column(String(120))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_by_name: Mapped[str | None] = mapped_column(String(120))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document_id: Mapped[str | None] = mapped_column(String(32))
    void_reason: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class Contract:
    """One contract in its newest version; ``terms`` are the drafting form's values."""

    id: str
    lead_id: str
    contract_no: str
    state: str
    version: int
    terms: dict[str, Any]
    fee_total: Decimal
    drafted_at: datetime
    drafted_by: str
    drafted_by_name: str
    approved_at: datetime | None
    approved_by: str | None
    approved_by_name: str | None
    signed_at: datetime | None
    document_id: str | None
    void_reason: str | None


def draft_contract(context: Context, *, lead_id: str, terms: dict[str, Any]) -> Contract:
    """Put terms forward for review: a new contract with its number, or the next version of a returned one (guard G3)."""
    refuse_forbidden_fee(context.session, lead_id, terms, context.now.astimezone(FIRM_ZONE).date())
    row = _find_row(context.session, lead_id)
    if row is None or row.state == VOID:
        row = _open_row(context, lead_id, terms)
    else:
        if row.state != DRAFT:
            raise StateRefused(what=row.contract_no, old=row.state, new=REVIEW, reason="it was already put forward")
        row.version += 1
        row.terms = terms
        row.fee_total = fee_total(terms)
    row.drafted_at, row.drafted_by, row.drafted_by_name = context.now, context.actor.id, context.actor.name
    _move(context, row, REVIEW, version=row.version)
    return _contract(row)


def review_contract(
    context: Context, contract_id: str, *, approved: bool, verdicts: list[dict[str, Any]], opinion: str
) -> Contract:
    """Record a partner's judgement; a returned contract goes back to DRAFT with its comments."""
    row = _get_row(context.session, contract_id)
    decision = "APPROVED" if approved else "RETURNED"
    context.session.add(
        ContractReviewRow(
            id=new_id(),
            contract_id=row.id,
            version=row.version,
            at=context.now,
            reviewer=context.actor.id,
            reviewer_name=context.actor.name,
            decision=decision,
            verdicts=verdicts,
            opinion=opinion,
        )
    )
    if approved:
        row.approved_at, row.approved_by, row.approved_by_name = context.now, context.actor.id, context.actor.name
    _move(context, row, APPROVED if approved else DRAFT, version=row.version)
    return _contract(row)


def return_contract(context: Context, contract_id: str, *, reason: str) -> Contract:
    """Send a contract back to its drafter: the director refused the fee, or the client asked for changes."""
    row = _get_row(context.session, contract_id)
    _move(context, row, DRAFT, reason=reason)
    return _contract(row)


def revise_text(context: Context, contract_id: str) -> Contract:
    """Count an edited text as the next version of what is under review."""
    row = _get_row(context.session, contract_id)
    if row.state != REVIEW:
        raise StateRefused(what=row.contract_no, old=row.state, new=REVIEW, reason="only a text under review is edited")
    row.version += 1
    context.session.flush()
    context.audit("contract.text_edited", f"contract:{contract_id}", version=row.version)
    return _contract(row)


def reopen_review(context: Context, contract_id: str, *, reason: str) -> Contract:
    """Take a sealed contract back to review: a copy came back altered; signatures under the version do not count on."""
    row = _get_row(context.session, contract_id)
    row.version += 1
    _move(context, row, REVIEW, reason=reason)
    return _contract(row)


def mark_sealed(context: Context, contract_id: str) -> Contract:
    """Record that the firm's seal is on the paper copies."""
    row = _get_row(context.session, contract_id)
    _move(context, row, SEALED)
    return _contract(row)


def mark_signed(context: Context, contract_id: str, *, document_id: str) -> Contract:
    """Record that both sides have signed; ``document_id`` is the digitally sealed PDF."""
    row = _get_row(context.session, contract_id)
    row.signed_at, row.document_id = context.now, document_id
    _move(context, row, SIGNED, document_id=document_id)
    return _contract(row)


def amend_contract(context: Context, contract_id: str, *, terms: dict[str, Any], document_id: str) -> Contract:
    """Put a signed supplement's terms in place of the earlier ones (guard G3); the version counts on."""
    row = _get_row(context.session, contract_id)
    refuse_forbidden_fee(context.session, row.lead_id, terms, context.now.astimezone(FIRM_ZONE).date())
    _move(context, row, AMENDED, document_id=document_id)
    row.version += 1
    row.terms, row.fee_total, row.document_id = terms, fee_total(terms), document_id
    context.session.flush()
    return _contract(row)


def end_contract(context: Context, contract_id: str, *, rescinded: bool, reason: str) -> Contract:
    """Close a contract that was in force: the work is done (COMPLETED), or it was rescinded (RESCINDED)."""
    row = _get_row(context.session, contract_id)
    _move(context, row, RESCINDED if rescinded else COMPLETED, reason=reason)
    return _contract(row)


def void_contract(context: Context, contract_id: str, *, reason: str) -> Contract:
    """Give a contract up; its number stays taken."""
    row = _get_row(context.session, contract_id)
    row.void_reason = reason
    _move(context, row, VOID, reason=reason)
    return _contract(row)


def get_contract(session: Session, contract_id: str) -> Contract:
    """The contract with this id; raises NotFound."""
    return _contract(_get_row(session, contract_id))


def find_contract(session: Session, lead_id: str) -> Contract | None:
    """The newest contract of a case file, or None."""
    row = _find_row(session, lead_id)
    return _contract(row) if row else None


def has_power(session: Session, lead_id: str, power: str) -> bool:
    """Whether the signed contract grants a power (guard G4: no settling or waiving without it)."""
    contract = find_contract(session, lead_id)
    if contract is None or contract.state not in IN_FORCE:
        return False
    return contract.terms.get("authority") == SPECIAL and power in (contract.terms.get("powers") or [])


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels say about the contract; empty before the first draft."""
    contract = find_contract(session, lead_id)
    if contract is None:
        return {}
    described = describe_terms(contract.terms, contract.fee_total, contract.drafted_at.astimezone(FIRM_ZONE).date())
    return {
        "contract": {
            **described,
            "id": contract.id,
            "contract_no": contract.contract_no,
            "state": contract.state,
            "version": contract.version,
            "drafted_by": contract.drafted_by_name,
            "approved_by": contract.approved_by_name or "",
        }
    }


def _open_row(context: Context, lead_id: str, terms: dict[str, Any]) -> ContractRow:
    year = context.now.astimezone(FIRM_ZONE).year
    row = ContractRow(
        id=new_id(),
        lead_id=lead_id,
        contract_no=f"HT-{year}-{allocate(context, 'contract', year):05d}",
        state=DRAFT,
        version=1,
        terms=terms,
        fee_total=fee_total(terms),
        drafted_at=context.now,
        drafted_by=context.actor.id,
        drafted_by_name=context.actor.name,
    )
    context.session.add(row)
    return row


def _move(context: Context, row: ContractRow, state: str, **data: Any) -> None:
    if state not in NEXT[row.state]:
        raise StateRefused(what=row.contract_no, old=row.state, new=state, reason="the contract is past that point")
    old, row.state = row.state, state
    context.session.flush()
    context.audit("contract.moved", f"contract:{row.id}", contract_no=row.contract_no, old=old, new=state, **data)


def _find_row(session: Session, lead_id: str) -> ContractRow | None:
    return session.scalar(
        select(ContractRow).where(ContractRow.lead_id == lead_id).order_by(ContractRow.id.desc()).limit(1)
    )


def _get_row(session: Session, contract_id: str) -> ContractRow:
    row = session.get(ContractRow, contract_id)
    if row is None:
        raise NotFound(kind="contract", id=contract_id)
    return row


def _contract(row: ContractRow) -> Contract:
    return Contract(**{name: getattr(row, name) for name in Contract.__dataclass_fields__})
