"""The archive's yearly statistics (P22c): what came in and went, loans, the share without paper, and who hands in on time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from workflows.records import archive_works
from workflows.records.archive_works import ArchiveWork
from workflows.records.matters import MatterRow
from workflows.records.people import Person
from workflows.records.volume_loans import LoanRow
from workflows.records.volumes import LOCKED, PERIODS, VolumeRow

ELECTRONIC_ONLY = "仅电子归档"
#: the figures of a year in the order in which they are reported
FIGURES = {
    "opened": "新立案卷", "filed": "归档案卷", "kept": "年末馆藏案卷", "pages": "年末馆藏页数", "electronic": "其中纯电子案卷",
    "loans": "借阅（次）", "overdue_loans": "其中逾期归还（次）", "unreturned": "年末逾期未还（次）", "destroyed": "销毁案卷",
    "overdue_filing": "年末逾期未归档",
}  # fmt: skip


def begin(context: Context) -> ArchiveWork:
    """Count the year that has ended."""
    year = context.now.astimezone(FIRM_ZONE).year - 1
    figures = count(context.session, year)
    return archive_works.begin(context, archive_works.STATISTICS, str(year), {"figures": figures})


def recount(context: Context, work_id: str) -> ArchiveWork:
    """Count again, after something was put right."""
    work = archive_works.get(context.session, work_id)
    return archive_works.record(context, work_id, figures=count(context.session, int(work.period)))


def count(session: Session, year: int) -> dict[str, Any]:
    """Everything that is reported of a year; plain values, so that what was signed stays as it was."""
    since, until = (datetime(each, 1, 1, tzinfo=FIRM_ZONE) for each in (year, year + 1))
    volume, last = VolumeRow, date(year, 12, 31)
    gone = volume.destroyed_on.is_not(None) & (volume.destroyed_on <= last)
    kept = volume.state.in_(LOCKED) & (volume.accepted_at < until) & ~gone
    late = (volume.due_at < until) & (volume.submitted_at.is_(None) | (volume.submitted_at >= until)) & volume.file_no.is_(None)
    lent = (LoanRow.out_at >= since) & (LoanRow.out_at < until)
    loans = session.execute(select(LoanRow.due_on, LoanRow.returned_at).where(lent)).all()
    return {
        "year": year,
        "opened": _number(session, volume.opened_at >= since, volume.opened_at < until),
        "filed": _number(session, volume.accepted_at >= since, volume.accepted_at < until),
        "kept": _number(session, kept),
        "pages": session.scalar(select(func.coalesce(func.sum(volume.pages), 0)).where(kept)) or 0,
        "electronic": _number(session, kept, volume.location == ELECTRONIC_ONLY),
        "loans": len(loans),
        "overdue_loans": sum(_was_late(due, back) for due, back in loans),
        "unreturned": sum(due is not None and due <= last and (back is None or back >= until) for due, back in loans),
        "destroyed": _number(session, volume.destroyed_on.between(date(year, 1, 1), last)),
        "overdue_filing": _number(session, late),
        "types": _by(session, volume.matter_type, kept),
        "periods": {PERIODS[code]: many for code, many in _by(session, volume.retention_code, kept).items() if code in PERIODS},
        "levels": _by(session, volume.level, kept),
        "months": _months(session, since, until),
        "years": _years(session, year),
        "lawyers": _punctuality(session, since, until),
    }


def _was_late(due: date | None, back: datetime | None) -> bool:
    return due is not None and back is not None and back.astimezone(FIRM_ZONE).date() > due


def _number(session: Session, *conditions: Any) -> int:
    return session.scalar(select(func.count(VolumeRow.id)).where(*conditions)) or 0


def _by(session: Session, column: Any, condition: Any) -> dict[str, int]:
    rows = session.execute(select(column, func.count(VolumeRow.id)).where(condition).group_by(column)).all()
    return {str(value): int(many) for value, many in sorted(rows, key=lambda row: -row[1]) if value}


def _months(session: Session, since: datetime, until: datetime) -> list[int]:
    """Volumes filed in each month."""
    found = [0] * 12
    filed = select(VolumeRow.accepted_at).where(VolumeRow.accepted_at >= since, VolumeRow.accepted_at < until)
    for moment in session.scalars(filed):
        if moment:
            found[moment.astimezone(FIRM_ZONE).month - 1] += 1
    return found


def _years(session: Session, year: int, back: int = 5) -> dict[str, int]:
    """Volumes filed in this year and those before."""
    found = {}
    for each in range(year - back + 1, year + 1):
        since, until = (datetime(every, 1, 1, tzinfo=FIRM_ZONE) for every in (each, each + 1))
        found[str(each)] = _number(session, VolumeRow.accepted_at >= since, VolumeRow.accepted_at < until)
    return found


def _punctuality(session: Session, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """For each lawyer the volumes that were due in the year, and how many of them came in time."""
    query = select(Person.name, VolumeRow.due_at, VolumeRow.submitted_at)
    query = query.join(MatterRow, MatterRow.id == VolumeRow.matter_id).join(Person, Person.id == MatterRow.lawyer_id)
    due: dict[str, list[bool]] = defaultdict(list)
    for name, due_at, submitted_at in session.execute(query.where(VolumeRow.due_at >= since, VolumeRow.due_at < until)):
        due[name].append(submitted_at is not None and due_at is not None and submitted_at <= due_at)
    return sorted(
        ({"name": name, "due": len(each), "punctual": sum(each)} for name, each in due.items()),
        key=lambda row: (row["punctual"] / row["due"], row["name"]),
    )


def lines(figures: dict[str, Any], type_name: Any = str) -> Iterable[tuple[str, Any]]:
    """The annual report as lines of what and how many."""
    yield from ((name, figures.get(key, 0)) for key, name in FIGURES.items())
    yield from ((f"馆藏·{type_name(kind)}", many) for kind, many in figures.get("types", {}).items())
    yield from ((f"馆藏·{name}", many) for name, many in figures.get("periods", {}).items())
    yield from ((f"密级·{name}", many) for name, many in figures.get("levels", {}).items())
    for row in figures.get("lawyers", []):
        yield f"按时归档·{row['name']}", f"{row['punctual']}/{row['due']}"
