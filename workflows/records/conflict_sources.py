"""What a conflict search covers (检索范围): how many names of each source, and what was not searched."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows.records import document_texts, interests, people
from workflows.records.conflict_register import SUBJECTS, has_staged
from workflows.records.leads import ENDED, Lead
from workflows.records.matters import RUNNING, MatterRow
from workflows.records.parties import PartyRow

PEOPLE_OF_THE_FIRM = ("staff", "relatives", "posts", "investments", "former_matters")


def count_sources(session: Session, lead_id: str) -> dict[str, int]:
    """How many subjects each source holds beside the lead that is searched for."""
    found: Counter[str] = Counter()
    query = (
        select(PartyRow.role, Lead.state, MatterRow.state, func.count())
        .join(Lead, Lead.id == PartyRow.lead_id)
        .outerjoin(MatterRow, MatterRow.lead_id == Lead.id)
        .where(PartyRow.lead_id != lead_id)
        .group_by(PartyRow.role, Lead.state, MatterRow.state)
    )
    for role, lead_state, matter_state, number in session.execute(query):
        found[_source(role, lead_state, matter_state)] += number
    everybody = people.list_people(session)
    declared = Counter(each.kind for each in interests.list_interests(session))
    found["staff"] = len(everybody)
    found["relatives"] = sum(len(person.relatives) for person in everybody)
    found["posts"] = declared[interests.POST] + declared[interests.ADVISER]
    found["investments"] = declared[interests.INVESTMENT]
    found["former_matters"] = declared[interests.FORMER_MATTER]
    imported = select(func.count()).select_from(SUBJECTS).where(SUBJECTS.c.subject_kind == "imported")
    found["imported"] = session.execute(imported).scalar_one()
    found["documents"] = document_texts.measure(session).searched
    return dict(found)


def _source(role: str, lead_state: str, matter_state: str | None) -> str:
    """The source that a party of a case file belongs to."""
    if role == "client":
        if matter_state:
            return "current_clients" if matter_state in RUNNING else "former_clients"
        return "declined_leads" if lead_state in ENDED else "open_leads"
    return {"opposing": "opponents", "third": "third_parties", "payer": "payers"}.get(role, "related")


def list_unsearched(session: Session, affiliates_left: int) -> dict[str, int]:
    """What was not searched, as far as it can be counted; ``outside`` is the firm's standing limit."""
    covered = document_texts.measure(session)
    found = {
        "unread_documents": covered.unread,
        "documents_without_text": covered.without_text,
        "documents_cut": covered.cut,
        "affiliates_left": affiliates_left,
        "import_under_way": int(has_staged(session)),
    }
    return {name: number for name, number in found.items() if number}


def say_sources(search: dict[str, Any], words: dict[str, Any], *, english: bool) -> tuple[str, str]:
    """What was searched, with counts, and what was not, in words."""
    group = words["english"] if english else words
    joint, colon = ("; ", " ") if english else ("、", "")
    counted = [f"{said}{colon}{search.get('sources', {}).get(name, 0)}" for name, said in group["source"].items()]
    counted.append(f"{group['affiliates']}{colon}{search.get('affiliates', 0)}")
    left = [group["unsearched"][name].format(count=number) for name, number in (search.get("unsearched") or {}).items()]
    return joint.join(counted), joint.join([*left, *group["not_searched"]])
