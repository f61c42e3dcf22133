"""Finding a case by the number on its papers: the matter's or the lead's."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.records.leads import Lead
from workflows.records.matters import MatterRow


def find_lead_id(session: Session, number: str) -> str | None:
    """The case file of a matter's or a lead's number, or None."""
    by_matter = session.scalar(select(MatterRow.lead_id).where(MatterRow.matter_no == number))
    return by_matter or session.scalar(select(Lead.id).where(Lead.lead_no == number))
