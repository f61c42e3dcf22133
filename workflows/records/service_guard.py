"""Guard G2 for papers: what may go to a client before the engagement is signed, and that no advice goes before it.

Lawyers Law (律师法) art. 25: the firm accepts the engagement and signs a written contract before it works. The papers of the
acceptance itself go before (their kinds stand in the rule pack ``acceptance``); everything else waits for the signature, or
for an urgent permit that holds. Fees do not go even then: what they are is not agreed before the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import contracts, documents, leads, matters, urgent_permits
from workflows.records.rule_packs import get_rule


def was_engaged(session: Session, lead_id: str) -> bool:
    """Whether a contract was ever signed; a matter taken over from before this system was signed there."""
    contract = contracts.find_contract(session, lead_id)
    if contract is not None and contract.signed_at is not None:
        return True
    matter = matters.find_matter_by_lead(session, lead_id)
    return matter is not None and not matter.contract_id


def check_advice(session: Session, lead_id: str, now: datetime, what: str) -> None:
    """Raise ``StateRefused`` for advice to somebody who has signed nothing yet, unless an urgent permit holds."""
    if not was_engaged(session, lead_id):
        urgent_permits.check_may_serve(session, lead_id, now, what)


def check_papers(session: Session, lead_id: str, document_ids: Sequence[str], now: datetime) -> None:
    """Raise ``StateRefused`` where documents would go to a client who has signed nothing yet; papers of the acceptance pass.

    A file that is no lead's (a complaint's own, a departure's) has no engagement to wait for.
    """
    if not document_ids or session.get(leads.Lead, lead_id) is None:
        return
    free = get_rule("acceptance", "papers_before_signing", now.astimezone(FIRM_ZONE).date()).value
    for document_id in document_ids:
        found = documents.find_document(session, document_id)
        if found is None or found.kind not in free:
            check_advice(session, lead_id, now, found.title if found else document_id)
