"""The people that a form's select offers: ``properties.options`` names which."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflows.records import documents, originals, people
from workflows.roles import PEOPLE_CHOICES

CASE_DOCUMENTS, HELD_ORIGINALS = "case_documents", "held_originals"
#: every name that ``properties.options`` may say
OPTIONS = frozenset({*PEOPLE_CHOICES, CASE_DOCUMENTS, HELD_ORIGINALS})


def read_options(session: Session, lead_id: str = "") -> dict[str, list[dict[str, str]]]:
    """The options of every name: people by id and name; of the case its PDFs, newest first, and the originals held."""
    everybody = people.list_people(session)
    papers = documents.list_documents(session, lead_id) if lead_id else []
    shown = [{"value": each.id, "label": each.title} for each in reversed(papers) if each.media_type == documents.PDF]
    held = originals.list_held(session, lead_id) if lead_id else []
    things = [{"value": each.id, "label": each.line} for each in held if each.state == originals.HELD]
    return {CASE_DOCUMENTS: shown, HELD_ORIGINALS: things} | {
        name: [{"value": each.id, "label": each.name} for each in everybody if not roles or set(roles) & set(each.roles)]
        for name, roles in PEOPLE_CHOICES.items()
    }
