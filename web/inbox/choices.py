"""The people that a form's select offers: ``properties.options`` names which."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflows.records import documents, people
from workflows.roles import PEOPLE_CHOICES

CASE_DOCUMENTS = "case_documents"
#: every name that ``properties.options`` may say
OPTIONS = frozenset({*PEOPLE_CHOICES, CASE_DOCUMENTS})


def read_options(session: Session, lead_id: str = "") -> dict[str, list[dict[str, str]]]:
    """The options of every name: people by id and name, and under ``case_documents`` the PDFs of the case, newest first."""
    everybody = people.list_people(session)
    papers = documents.list_documents(session, lead_id) if lead_id else []
    shown = [{"value": each.id, "label": each.title} for each in reversed(papers) if each.media_type == documents.PDF]
    return {CASE_DOCUMENTS: shown} | {
        name: [{"value": each.id, "label": each.name} for each in everybody if not roles or set(roles) & set(each.roles)]
        for name, roles in PEOPLE_CHOICES.items()
    }
