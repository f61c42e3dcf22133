"""Complaints (投诉): received, accepted or not, investigated, answered, closed; kept apart from the ordinary case file.

A complaint is a file of its own: its documents and links hang on its id, never on the case it is about, so that nobody who
reads the case comes upon it. Who may read and handle one stands in ``complaint_access``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import complaint_terms as terms
from workflows.records import legal_holds, matters
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule


class ComplaintRow(Base):
    __tablename__ = "complaints"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    complaint_no: Mapped[str] = mapped_column(String(40), unique=True)
    case_lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    source: Mapped[str] = mapped_column(String(12))
    severity: Mapped[str] = mapped_column(String(10))
    kinds: Mapped[list[str]] = mapped_column(Json)
    complainant: Mapped[dict[str, Any]] = mapped_column(Json)
    respondents: Mapped[list[str]] = mapped_column(Json)
    facts: Mapped[str] = mapped_column(Text)
    claim: Mapped[str] = mapped_column(Text)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    handler_id: Mapped[str] = mapped_column(String(80), index=True)
    investigator_id: Mapped[str] = mapped_column(String(80), index=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by_name: Mapped[str] = mapped_column(String(120))
    accept_by: Mapped[datetime] = mapped_column(UtcDateTime)
    reply_by: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    external_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    extended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Complaint:
    """One complaint.

    ``complainant`` is name, relation, phone, email, anonymous, identity; ``respondents`` are people's ids; ``steps`` holds
    each step's form by its name; ``external_by`` is the day a body that handed it over has set.
    """

    id: str
    complaint_no: str
    case_lead_id: str
    state: str
    source: str
    severity: str
    kinds: list[str]
    complainant: dict[str, Any]
    respondents: list[str]
    facts: str
    claim: str
    steps: dict[str, Any]
    handler_id: str
    investigator_id: str
    received_at: datetime
    received_by_name: str
    accept_by: datetime
    reply_by: datetime | None
    external_by: datetime | None
    extended_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in terms.OPEN

    @property
    def due_at(self) -> datetime:
        """What counts now: the decision on acceptance, then the reply; a date set from outside goes before."""
        own = self.reply_by or self.accept_by
        return min(own, self.external_by) if self.external_by else own


def register_complaint(
    context: Context,
    *,
    source: str,
    facts: str,
    case_lead_id: str = "",
    complaint_id: str = "",
    complainant: Mapping[str, Any] | None = None,
    kinds: Sequence[str] = (),
    respondents: Sequence[str] | None = None,
    claim: str = "",
    received_at: datetime | None = None,
    external_by: datetime | None = None,
) -> Complaint:
    """Enter a complaint under the next number, and put its case under a legal hold.

    Without respondents, the case's lead lawyer is taken until somebody says better. ``complaint_id`` is given when its papers
    came before it.
    """
    day = context.now.astimezone(FIRM_ZONE).date()
    number = allocate(context, "complaint", day.year)
    received = received_at or context.now
    row = ComplaintRow(
        id=complaint_id or new_id(),
        complaint_no=get_rule("numbers", "complaint_no", day).value.format(year=day.year, number=number),
        case_lead_id=case_lead_id,
        state=terms.RECEIVED,
        source=source,
        severity=terms.GENERAL,
        kinds=[kind for kind in kinds if kind in terms.KINDS],
        complainant=dict(complainant or {}),
        respondents=list(respondents if respondents is not None else _leads_of(context.session, case_lead_id)),
        facts=facts,
        claim=claim,
        steps={},
        handler_id="",
        investigator_id="",
        received_at=received,
        received_by_name=context.actor.name,
        accept_by=terms.accept_by(received),
        external_by=external_by,
    )
    context.session.add(row)
    context.session.flush()
    if case_lead_id:
        legal_holds.set_hold(context, case_lead_id, cause="complaint", source_id=row.id, reason=row.complaint_no)
    context.audit("complaint.received", f"complaint:{row.id}", number=row.complaint_no, source=source)
    return _complaint(row)


def change(context: Context, complaint_id: str, event: str, *, state: str = "", step: str = "", **values: Any) -> Complaint:
    """Write what a step has found; a ``state`` that may not follow raises ``StateRefused``.

    ``step`` names the form kept in ``steps``, its content is ``values["form"]``.
    """
    row = get_row(context.session, complaint_id)
    if step:
        row.steps = {**row.steps, step: values.pop("form")}
    for name, value in values.items():
        setattr(row, name, value)
    if state:
        move(row, state)
    context.session.flush()
    context.audit(event, f"complaint:{complaint_id}", state=row.state)
    return _complaint(row)


def move(row: ComplaintRow, state: str) -> None:
    """Change a complaint's state. Raises ``StateRefused`` when it may not follow."""
    if state not in terms.NEXT[row.state]:
        reason = "the procedure does not allow it"
        raise StateRefused(what=row.complaint_no, old=terms.STATE_NAMES[row.state], new=terms.STATE_NAMES[state], reason=reason)
    row.state = state


def reserve_id() -> str:
    """The id of a complaint to come, for papers that are sent with it."""
    return new_id()


def find_complaint(session: Session, complaint_id: str) -> Complaint | None:
    """The complaint with this id, or None."""
    row = session.get(ComplaintRow, complaint_id)
    return _complaint(row) if row else None


def get_complaint(session: Session, complaint_id: str) -> Complaint:
    """The complaint with this id; raises NotFound."""
    return _complaint(get_row(session, complaint_id))


def list_complaints(session: Session, *, case_lead_id: str = "", limit: int = 500) -> list[Complaint]:
    """The complaints, those of one case or all, newest first; whoever asks cuts them to what the reader may see."""
    query = select(ComplaintRow).order_by(ComplaintRow.id.desc()).limit(limit)
    if case_lead_id:
        query = query.where(ComplaintRow.case_lead_id == case_lead_id)
    return [_complaint(row) for row in session.scalars(query)]


def list_open(session: Session, case_lead_id: str) -> list[Complaint]:
    """The complaints of a case that are not closed."""
    return [each for each in list_complaints(session, case_lead_id=case_lead_id) if each.is_open]


def get_row(session: Session, complaint_id: str) -> ComplaintRow:
    """The row of a complaint, for the modules that write it; raises NotFound."""
    row = session.get(ComplaintRow, complaint_id)
    if row is None:
        raise NotFound(kind="complaint", id=complaint_id)
    return row


def _leads_of(session: Session, case_lead_id: str) -> list[str]:
    matter = matters.find_matter_by_lead(session, case_lead_id) if case_lead_id else None
    return [matter.lawyer_id] if matter else []


def _complaint(row: ComplaintRow) -> Complaint:
    return Complaint(**{name: getattr(row, name) for name in Complaint.__dataclass_fields__})
