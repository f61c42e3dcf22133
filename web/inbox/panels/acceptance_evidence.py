"""What must come before acceptance, who will act for which fee, and what the levels have said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import acceptance_facts, documents, leads

# What an approver may want to read in full, in the order of the file.
KINDS = ("conflict_review", "risk_notice", "expectation_memo", "approval_form")


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The application and its snapshot; before it is put forward, the snapshot as it is now."""
    if session.get(leads.Lead, lead_id) is None:
        return {}
    facts = acceptance_facts.facts(session, lead_id).get("acceptance", {})
    found = [documents.find_latest(session, lead_id, kind) for kind in KINDS]
    return {
        "acceptance": facts,
        "before_acceptance": facts.get("snapshot") or acceptance_facts.read_snapshot(session, lead_id),
        "acceptance_opinions": [{**each, "at": datetime.fromisoformat(each["at"])} for each in facts.get("opinions", [])],
        "acceptance_papers": [document for document in found if document],
    }
