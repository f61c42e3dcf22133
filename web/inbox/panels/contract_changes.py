"""What changed in the contract's text since the version before: clause by clause, word by word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import contract_texts, contracts, documents
from workflows.records.text_differences import SAME, compare_letters


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The changed parts of the newest text; empty while there is only one text to show."""
    contract = contracts.find_contract(session, lead_id)
    new = contract_texts.find_text(session, contract.id, contract.version) if contract else None
    old = contract_texts.find_earlier_text(session, contract.id, contract.version) if contract else None
    if new is None or old is None:
        return {}
    parts = compare_letters(old.letter, new.letter)
    changed = [part for part in parts if part.sort != SAME]
    return {
        "old_text": old,
        "new_text": new,
        "is_edited": new.source == contract_texts.EDITED,
        "edited_file": documents.find_document(session, new.document_id),
        "changed": changed,
        "unchanged": len(parts) - len(changed),
    }
