"""Digitising paper (纸质档案数字化, A22): a batch from its preparation to the paper's return, with who scanned and who looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused

OWN, CONTRACTOR = "own", "contractor"
PREPARED, SCANNED, CHECKED, LINKED, RETURNED = "PREPARED", "SCANNED", "CHECKED", "LINKED", "RETURNED"


class DigitisingBatchRow(Base):
    __tablename__ = "digitising_batches"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(12))
    papers: Mapped[str] = mapped_column(Text)
    sheets: Mapped[int]
    scanned_by: Mapped[str] = mapped_column(String(12))
    contract_no: Mapped[str] = mapped_column(String(80))
    supervisor: Mapped[str] = mapped_column(String(120))
    scans: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    checks: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    returned_to: Mapped[str] = mapped_column(String(120), default="")
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Batch:
    """One batch; ``scans`` are documents with their places, ``checks`` who looked at them and what was found."""

    id: str
    lead_id: str
    state: str
    papers: str
    sheets: int
    scanned_by: str
    contract_no: str
    supervisor: str
    scans: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    prepared_at: datetime
    returned_to: str
    returned_at: datetime | None


def prepare(context: Context, lead_id: str, values: Mapping[str, Any]) -> Batch:
    """Take papers over for scanning; a contractor only with a contract and a supervisor (档案法 art. 24)."""
    outside = values["scanned_by"] == CONTRACTOR
    contract_no, supervisor = str(values.get("contract_no") or "").strip(), str(values.get("supervisor") or "").strip()
    if outside and not (contract_no and supervisor):
        reason = "a contractor needs a contract and somebody who supervises"
        raise StateRefused(what=str(values["papers"]), old="", new=PREPARED, reason=reason)
    row = DigitisingBatchRow(
        id=new_id(),
        lead_id=lead_id,
        state=PREPARED,
        papers=str(values["papers"]),
        sheets=int(values["sheets"]),
        scanned_by=str(values["scanned_by"]),
        contract_no=contract_no if outside else "",
        supervisor=supervisor if outside else "",
        scans=[],
        checks=[],
        prepared_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("digitising.prepared", f"digitising:{row.id}", sheets=row.sheets, by=row.scanned_by)
    return _batch(row)


def enter_scans(context: Context, batch_id: str, scans: Sequence[Mapping[str, Any]]) -> Batch:
    """The scans came in; earlier ones of the batch count no more."""
    row = _get_row(context.session, batch_id)
    row.scans, row.state = [dict(each) for each in scans], SCANNED
    row.checks = []
    context.session.flush()
    context.audit("digitising.scanned", f"digitising:{batch_id}", scans=len(row.scans))
    return _batch(row)


def enter_check(context: Context, batch_id: str, *, passed: bool, found: str) -> Batch:
    """One of two people looked at every page; the same person does not look twice."""
    row = _get_row(context.session, batch_id)
    if any(each["by"] == context.actor.id for each in row.checks):
        raise StateRefused(what=row.papers, old=row.state, new=CHECKED, reason="two different people look at the scans")
    row.checks = [*row.checks, {"by": context.actor.id, "name": context.actor.name, "passed": passed, "found": found}]
    if sum(each["passed"] for each in row.checks) > 1:
        row.state = CHECKED
    context.session.flush()
    context.audit("digitising.checked", f"digitising:{batch_id}", passed=passed)
    return _batch(row)


def link(context: Context, batch_id: str) -> Batch:
    """The scans lie in their places; only after two people passed them."""
    row = _get_row(context.session, batch_id)
    if row.state != CHECKED:
        raise StateRefused(what=row.papers, old=row.state, new=LINKED, reason="two different people look at the scans")
    row.state = LINKED
    context.session.flush()
    context.audit("digitising.linked", f"digitising:{batch_id}")
    return _batch(row)


def give_back(context: Context, batch_id: str, to: str) -> Batch:
    """The paper went back; originals are kept although they were scanned (档案法 art. 38)."""
    row = _get_row(context.session, batch_id)
    row.state, row.returned_to, row.returned_at = RETURNED, to, context.now
    context.session.flush()
    context.audit("digitising.returned", f"digitising:{batch_id}", to=to)
    return _batch(row)


def get_batch(session: Session, batch_id: str) -> Batch:
    """The batch with this id; raises NotFound."""
    return _batch(_get_row(session, batch_id))


def list_batches(session: Session, lead_id: str) -> list[Batch]:
    """The batches of a case, oldest first."""
    query = select(DigitisingBatchRow).where(DigitisingBatchRow.lead_id == lead_id).order_by(DigitisingBatchRow.id)
    return [_batch(row) for row in session.scalars(query)]


def _get_row(session: Session, batch_id: str) -> DigitisingBatchRow:
    row = session.get(DigitisingBatchRow, batch_id)
    if row is None:
        raise NotFound(kind="batch", id=batch_id)
    return row


def _batch(row: DigitisingBatchRow) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__dataclass_fields__})
