"""Whether decided conflict checks are still what was sealed: each against its digest and the audit chain."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import queries
from workflows.records import conflicts
from workflows.records.conflict_tables import ConflictCheckRow
from workflows.records.waivers import WaiverRow, digest_of

SEALED = "conflict_check_sealed"


@dataclass(frozen=True)
class Broken:
    """A record that is not what was sealed, and what is wrong with it."""

    check_no: str
    reason: str


def verify(session: Session) -> tuple[int, list[Broken]]:
    """Every decided check: how many, and those that were changed since."""
    rows = session.scalars(select(ConflictCheckRow).where(ConflictCheckRow.closed_at.is_not(None)).order_by(ConflictCheckRow.id))
    count, broken = 0, []
    for row in rows:
        count += 1
        reason = find_fault(session, row)
        if reason:
            broken.append(Broken(row.check_no, reason))
    return count, broken


def find_fault(session: Session, row: ConflictCheckRow) -> str:
    """What is wrong with one decided check; nothing when it is whole."""
    lines = queries.list_audit(session, subject=f"conflict_check:{row.id}")
    sealed = next((line.data["digest"] for line in lines if line.event == SEALED), "")
    if sealed != row.digest:
        return "its digest is not the one in the audit log"
    if conflicts.digest_of(session, row) != row.digest:
        return "the record or one of its hits was changed"
    waiver = session.scalars(select(WaiverRow).where(WaiverRow.check_id == row.id)).first()
    if row.annex_digest and (waiver is None or digest_of(waiver) != row.annex_digest):
        return "the waiver was changed"
    return ""


def is_whole(session: Session, check_id: str) -> bool:
    """Whether a decided check is what was sealed."""
    row = session.get(ConflictCheckRow, check_id)
    return row is not None and row.closed_at is not None and not find_fault(session, row)
