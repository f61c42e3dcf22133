"""Everybody the new matter names: what a lawyer compares with their own interests and relatives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from web.i18n import language
from workflows.records import conflict_facts, conflict_search, parties


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The parties of the lead, the client first; empty while nobody is named."""
    queries = conflict_search.describe_queries(parties.list_parties(session, lead_id))
    return {"named": [conflict_facts.describe_query(query, english=language() == "en") for query in queries]}
