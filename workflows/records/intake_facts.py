"""What the intake form (收案登记表) says: what desk and lawyer entered, in the words of their forms, identity numbers masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import form_words, people
from workflows.records.leads import Lead
from workflows.records.letter_text import masked

# What identifies a person to the state; a credit code (统一社会信用代码) is public.
IDENTITIES = frozenset({"id_number", "document_number", "identifier", "payer_identifier"})
# The lawyer's first view is advice, not an entry; tables of people have a part of their own.
LEFT_OUT = frozenset({"lawyer_view", "return_reason", "returned", "intake_decision"})
PEOPLE = {"opposing_parties": "对方当事人", "third_parties": "第三人等", "related_persons": "关联人"}


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """``intake`` for the letter: rows of label and text; empty before there is an outline."""
    lead = session.get(Lead, lead_id)
    if lead is None or not lead.outline:
        return {}
    outline = {key: value for key, value in lead.outline.items() if key not in LEFT_OUT}
    reception = {key: value for key, value in lead.reception.items() if key != "referrer_paid"}
    desk, lawyer = (people.find_name(session, person_id or "") or "" for person_id in (lead.created_by, lead.lawyer_id))
    return {
        "intake": {
            "reception": form_words.describe("intake/register", reception),
            "client": form_words.describe("intake/client_facts", _mask(lead.client)),
            "matter": form_words.describe("intake/outline", _mask({k: v for k, v in outline.items() if k not in PEOPLE})),
            "people": [row for path in PEOPLE for row in _people(path, outline)],
            "desk": desk,
            "lawyer": lawyer,
        }
    }


def _people(path: str, outline: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A row for each person of a table, under what they are to the case."""
    return [
        (PEOPLE[path], text)
        for row in outline.get(path) or []
        for _label, text in form_words.describe("intake/outline", {path: [_mask(row)]})
    ]


def _mask(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [_mask(row) for row in value]
        if isinstance(value, list) and value and isinstance(value[0], Mapping)
        else masked(value)
        if key in IDENTITIES and value
        else value
        for key, value in values.items()
    }
