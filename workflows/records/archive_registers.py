"""The registers of the archive: the volumes (案卷目录) and the matters (立案登记簿), filtered, sorted and cut into pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.clock import FIRM_ZONE
from engine.context import Actor
from workflows.records import matters, walls
from workflows.records.matters import MatterMemberRow, MatterRow
from workflows.records.people import Person
from workflows.records.volume_access import visible_to
from workflows.records.volumes import (
    CHECKING,
    COLLECTING,
    DESTROYED,
    LEVELS,
    NEXT,
    ON_LOAN,
    PERIODS,
    RETURNED,
    STORED,
    SUBMITTED,
    TRANSFERRED,
    VolumeRow,
)

# views of the volume register: what each shows
ALL, COLLECTED, DUE, OVERDUE, TO_CHECK, FILED, LENT, GONE = "all", "open", "due", "overdue", "check", "stored", "loan", "gone"
VIEWS = (ALL, COLLECTED, DUE, OVERDUE, TO_CHECK, FILED, LENT, GONE)
SORTS: Mapping[str, Any] = {
    "number": VolumeRow.file_no, "title": VolumeRow.title, "client": VolumeRow.client_name, "closed": VolumeRow.closed_on,
    "filed": VolumeRow.accepted_at, "pages": VolumeRow.pages, "place": VolumeRow.location, "new": VolumeRow.id,
}  # fmt: skip
MATTER_SORTS: Mapping[str, Any] = {
    "number": MatterRow.matter_no, "title": MatterRow.title, "opened": MatterRow.opened_at, "closed": MatterRow.closed_at,
    "new": MatterRow.id,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What of a register is shown; empty values ask for nothing."""

    view: str = ALL
    words: str = ""
    matter_type: str = ""
    year: int = 0
    lawyer_id: str = ""
    level: str = ""
    period: str = ""
    state: str = ""
    sort: str = "new"
    falling: bool = True

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        """From the fields of a page; whatever is not known there counts as nothing."""
        year = given.get("year", "")
        return cls(
            view=given.get("view", ALL) if given.get("view") in VIEWS else ALL,
            words=given.get("q", "").strip()[:100],
            matter_type=given.get("type", "")[:20],
            year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0,
            lawyer_id=given.get("lawyer", "")[:32],
            level=given.get("level", "") if given.get("level") in LEVELS else "",
            period=given.get("period", "") if given.get("period") in PERIODS else "",
            state=given.get("state", "") if given.get("state") in NEXT or given.get("state") in matters.NEXT else "",
            sort=given.get("sort", "new") if given.get("sort") in SORTS or given.get("sort") in MATTER_SORTS else "new",
            falling=given.get("order", "down") != "up",
        )


@dataclass(frozen=True)
class VolumeLine:
    """One line of the volume register."""

    id: str
    file_no: str
    title: str
    cause: str
    client: str
    matter_no: str
    lawyer: str
    opened_at: datetime
    closed_on: date | None
    filed_at: datetime | None
    due_at: datetime | None
    period: str
    expires_on: date | None
    pieces: int
    pages: int
    place: str
    level: str
    state: str
    remarks: str


@dataclass(frozen=True)
class MatterLine:
    """One line of the matter register."""

    lead_id: str
    matter_no: str
    title: str
    matter_type: str
    lawyer: str
    opened_at: datetime
    closed_at: datetime | None
    state: str
    volume_id: str
    file_no: str
    volume_state: str


def list_volumes(
    session: Session, viewer: Actor, wanted: Wanted, now: datetime, *, offset: int = 0, limit: int | None = 50
) -> list[VolumeLine]:
    """The volumes somebody may see, as the page or the export asks for them."""
    query = select(VolumeRow, MatterRow.matter_no, Person.name)
    query = query.outerjoin(MatterRow, MatterRow.id == VolumeRow.matter_id)
    query = query.outerjoin(Person, Person.id == MatterRow.lawyer_id)
    query = query.where(_volume_condition(session, viewer, wanted, now))
    query = _order(query, SORTS.get(wanted.sort, VolumeRow.id), VolumeRow.id, falling=wanted.falling)
    return [_volume_line(*row) for row in session.execute(query.offset(offset).limit(limit))]


def count_volumes(session: Session, viewer: Actor, wanted: Wanted, now: datetime) -> int:
    """How many volumes the register shows."""
    return session.scalar(select(func.count(VolumeRow.id)).where(_volume_condition(session, viewer, wanted, now))) or 0


def count_views(session: Session, viewer: Actor, now: datetime) -> dict[str, int]:
    """How many volumes each view has."""
    shown = visible_to(session, viewer)
    columns = [func.count(VolumeRow.id).filter(_view(view, now)).label(view) for view in VIEWS]
    return dict(session.execute(select(*columns).where(shown)).one()._mapping)


def list_years(session: Session, viewer: Actor) -> list[int]:
    """The years in which the visible volumes' matters were closed, the latest first."""
    query = select(VolumeRow.closed_on).where(visible_to(session, viewer), VolumeRow.closed_on.is_not(None)).distinct()
    return sorted({day.year for day in session.scalars(query) if day}, reverse=True)


def list_matters(session: Session, viewer: Actor, wanted: Wanted, *, offset: int = 0, limit: int | None = 50) -> list[MatterLine]:
    """The matters somebody may see, each with its newest volume."""
    other = aliased(VolumeRow)
    newest = select(func.max(other.series)).where(other.matter_id == MatterRow.id).scalar_subquery()
    query = select(MatterRow, Person.name, VolumeRow.id, VolumeRow.file_no, VolumeRow.state)
    query = query.outerjoin(Person, Person.id == MatterRow.lawyer_id)
    query = query.outerjoin(VolumeRow, (VolumeRow.matter_id == MatterRow.id) & (VolumeRow.series == newest))
    query = query.where(_matter_condition(session, viewer, wanted))
    query = _order(query, MATTER_SORTS.get(wanted.sort, MatterRow.id), MatterRow.id, falling=wanted.falling)
    return [_matter_line(*row) for row in session.execute(query.offset(offset).limit(limit))]


def count_matters(session: Session, viewer: Actor, wanted: Wanted) -> int:
    """How many matters the register shows."""
    return session.scalar(select(func.count(MatterRow.id)).where(_matter_condition(session, viewer, wanted))) or 0


def _volume_condition(session: Session, viewer: Actor, wanted: Wanted, now: datetime) -> ColumnElement[bool]:
    row = VolumeRow
    conditions = [visible_to(session, viewer), _view(wanted.view, now)]
    for column, value in (
        (row.matter_type, wanted.matter_type), (row.level, wanted.level), (row.retention_code, wanted.period),
        (row.state, wanted.state),
    ):  # fmt: skip
        if value:
            conditions.append(column == value)
    if wanted.year:
        conditions.append(row.closed_on.between(date(wanted.year, 1, 1), date(wanted.year, 12, 31)))
    if wanted.lawyer_id:
        led = select(MatterRow.id).where(MatterRow.lawyer_id == wanted.lawyer_id)
        conditions.append(row.matter_id.in_(led))
    for word in wanted.words.split():
        found = (each.icontains(word, autoescape=True) for each in (row.title, row.client_name, row.file_no, row.location))
        conditions.append(or_(*found))
    return and_(*conditions)


def _view(view: str, now: datetime) -> ColumnElement[bool]:
    row = VolumeRow
    unfiled = row.state.in_((COLLECTING, RETURNED))
    views: dict[str, ColumnElement[bool]] = {
        COLLECTED: and_(row.state == COLLECTING, row.due_at.is_(None)),
        DUE: and_(unfiled, row.due_at.is_not(None), row.due_at >= now),
        OVERDUE: and_(unfiled, row.due_at < now),
        TO_CHECK: row.state.in_((SUBMITTED, CHECKING)),
        FILED: row.state == STORED,
        LENT: row.state == ON_LOAN,
        GONE: row.state.in_((DESTROYED, TRANSFERRED)),
    }
    return views.get(view, row.id != "")


def _matter_condition(session: Session, viewer: Actor, wanted: Wanted) -> ColumnElement[bool]:
    row = MatterRow
    if viewer.kind != "person":
        return false()
    hidden = walls.list_hidden(session, viewer.id) | walls.list_hidden(session, viewer.on_behalf_of or viewer.id)
    conditions: list[ColumnElement[bool]] = [row.id != ""]
    if hidden:
        conditions.append(row.lead_id.not_in(sorted(hidden)))
    if not matters.SEE_ALL & viewer.roles:
        conditions.append(row.id.in_(select(MatterMemberRow.matter_id).where(MatterMemberRow.person_id == viewer.id)))
    if wanted.matter_type:
        conditions.append(row.matter_type == wanted.matter_type)
    if wanted.state:
        conditions.append(row.state == wanted.state)
    if wanted.lawyer_id:
        conditions.append(row.lawyer_id == wanted.lawyer_id)
    if wanted.year:
        begin, end = (datetime(year, 1, 1, tzinfo=FIRM_ZONE) for year in (wanted.year, wanted.year + 1))
        conditions.append(and_(row.opened_at >= begin, row.opened_at < end))
    for word in wanted.words.split():
        conditions.append(or_(row.matter_no.icontains(word, autoescape=True), row.title.icontains(word, autoescape=True)))
    return and_(*conditions)


def _order(query: Any, column: Any, last: Any, *, falling: bool) -> Any:
    """In the order of a column, what has none at the end, and always the same way."""
    first: Sequence[Any] = () if column is last else (column.is_(None), column.desc() if falling else column.asc())
    return query.order_by(*first, last.desc() if falling else last.asc())


def _volume_line(row: VolumeRow, matter_no: str | None, lawyer: str | None) -> VolumeLine:
    cover = row.cover or {}
    period = PERIODS.get(row.retention_code or "", "")
    return VolumeLine(
        id=row.id, file_no=row.file_no or "", title=row.title, cause=str(cover.get("cause") or ""), client=row.client_name,
        matter_no=matter_no or "", lawyer=lawyer or str(cover.get("lawyer") or ""), opened_at=row.opened_at,
        closed_on=row.closed_on, filed_at=row.accepted_at, due_at=row.due_at,
        period=f"{period}（{row.retention_years}年）" if period and row.retention_years else period, expires_on=row.expires_on,
        pieces=row.pieces, pages=row.pages, place=row.location, level=row.level, state=row.state, remarks=row.remarks,
    )  # fmt: skip


def _matter_line(
    row: MatterRow, lawyer: str | None, volume_id: str | None, file_no: str | None, volume_state: str | None
) -> MatterLine:
    return MatterLine(
        lead_id=row.lead_id, matter_no=row.matter_no, title=row.title, matter_type=row.matter_type, lawyer=lawyer or "",
        opened_at=row.opened_at, closed_at=row.closed_at, state=row.state, volume_id=volume_id or "", file_no=file_no or "",
        volume_state=volume_state or "",
    )  # fmt: skip
