"""Appraisals (鉴定): one list of volumes whose period has ended (XH-2026-01), looked at, spoken on, decided by a group.

档案法实施条例 art. 24: expired archives are appraised, a written report is made, what is kept gets a new period and a mark.
An appraisal's id is the id of its own file: its report and lists lie there and survive the volumes they are about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Actor, Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import destruction_blocks, retention_periods, volumes
from workflows.records.destruction_blocks import Block
from workflows.records.numbers import allocate
from workflows.records.rule_packs import get_rule
from workflows.records.volumes import Volume, VolumeRow

YEARLY, ADHOC = "yearly", "adhoc"
OPEN, DECIDED, CLOSED = "OPEN", "DECIDED", "CLOSED"
# where one volume of a list stands
LISTED, DROPPED, KEPT, FOREVER = "LISTED", "DROPPED", "KEPT", "FOREVER"
TRANSFER, TO_DESTROY, GONE = "TRANSFER", "TO_DESTROY", "GONE"
DESTROY, KEEP, PERMANENT = "destroy", "keep", "permanent"
DECISIONS: Mapping[str, str] = {DESTROY: "销毁", KEEP: "续存", PERMANENT: "永久保管", "transfer": "移交"}
READERS = frozenset({"archivist", "compliance", "director", "partner"})
OPENERS = frozenset({"archivist", "director"})


class AppraisalRow(Base):
    __tablename__ = "appraisals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    list_no: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), index=True)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    steps: Mapped[dict[str, Any]] = mapped_column(Json)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_name: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AppraisalItemRow(Base):
    __tablename__ = "appraisal_items"
    __table_args__ = (UniqueConstraint("appraisal_id", "volume_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appraisal_id: Mapped[str] = mapped_column(String(32))
    volume_id: Mapped[str] = mapped_column(String(32), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    file_no: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), index=True)
    described: Mapped[dict[str, Any]] = mapped_column(Json)
    first_look: Mapped[dict[str, Any]] = mapped_column(Json)
    opinions: Mapped[dict[str, Any]] = mapped_column(Json)
    decision: Mapped[dict[str, Any]] = mapped_column(Json)
    originals: Mapped[dict[str, Any]] = mapped_column(Json)
    objections: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    dropped: Mapped[list[str]] = mapped_column(Json)


@dataclass(frozen=True)
class Appraisal:
    """One list; ``blocked`` are the volumes that were due and stay, each with its reasons; ``steps`` what was decided when."""

    id: str
    list_no: str
    kind: str
    reason: str
    state: str
    as_of: datetime
    blocked: list[dict[str, Any]]
    steps: dict[str, Any]
    opened_at: datetime
    opened_by_name: str
    closed_at: datetime | None

    @property
    def last_day(self) -> date:
        """The day as of which the list was made."""
        return self.as_of.astimezone(FIRM_ZONE).date()


@dataclass(frozen=True)
class Item:
    """One volume of a list; ``described`` is what the destruction list says of it, ``opinions`` who thinks what."""

    id: str
    appraisal_id: str
    volume_id: str
    lead_id: str
    file_no: str
    title: str
    state: str
    described: dict[str, Any]
    first_look: dict[str, Any]
    opinions: dict[str, Any]
    decision: dict[str, Any]
    originals: dict[str, Any]
    objections: list[dict[str, Any]]
    dropped: list[str]

    @property
    def is_objected(self) -> bool:
        """Whether an objection waits for the group."""
        return any(not each.get("settled_at") for each in self.objections)

    @property
    def compliance_objects(self) -> bool:
        """Whether compliance is against the destruction: a single objection keeps the volume."""
        return bool(self.opinions.get("compliance", {}).get("objects"))


def open_appraisal(context: Context, *, kind: str, reason: str = "", volume_ids: Sequence[str] = ()) -> Appraisal:
    """Make a list: the volumes whose period ends by 31 December, or those that are named; each blocked one with its reasons.

    Raises ``NotAllowed`` and ``StateRefused`` (no reason for a list out of turn).
    """
    if context.actor.kind != "system" and not context.actor.roles & OPENERS:
        raise NotAllowed(reason="the archivist or the director opens an appraisal")
    if kind == ADHOC and not (reason.strip() and volume_ids):
        raise StateRefused(what="appraisal", old="", new=OPEN, reason="say why, and which volumes")
    today = context.now.astimezone(FIRM_ZONE).date()
    year_end = date(today.year, 12, 31)
    row = AppraisalRow(
        id=new_id(),
        list_no=f"XH-{today.year}-{allocate(context, 'XH', today.year):02d}",
        kind=kind,
        reason=reason.strip(),
        state=OPEN,
        as_of=datetime(today.year, 12, 31, 23, 59, tzinfo=FIRM_ZONE),
        blocked=[],
        steps={},
        opened_at=context.now,
        opened_by_name=context.actor.name,
    )
    context.session.add(row)
    context.session.flush()
    for volume in _find_volumes(context.session, year_end, volume_ids):
        _enter(context, row, retention_periods.follow_floors(context, volume.id), year_end + timedelta(days=1))
    context.session.flush()
    listed = len(list_items(context.session, row.id))
    context.audit("appraisal.opened", f"appraisal:{row.id}", list_no=row.list_no, listed=listed, blocked=len(row.blocked))
    return _appraisal(row)


def keep_step(context: Context, appraisal_id: str, name: str, said: Mapping[str, Any]) -> None:
    """Keep what was done with a list, with who and when."""
    row = get_row(context.session, appraisal_id)
    row.steps = {**row.steps, name: {**said, "by": context.actor.name, "by_id": context.actor.id, "at": context.now.isoformat()}}
    context.session.flush()


def close(context: Context, appraisal_id: str) -> Appraisal:
    """End an appraisal: each of its volumes is decided or gone from the list."""
    row = get_row(context.session, appraisal_id)
    if row.state != CLOSED:
        row.state, row.closed_at = CLOSED, context.now
        context.session.flush()
        context.audit("appraisal.closed", f"appraisal:{row.id}", list_no=row.list_no)
    return _appraisal(row)


def drop_blocked(context: Context, lead_id: str = "", *, appraisal_id: str = "", on: date | None = None) -> list[Item]:
    """Take volumes off their lists that something keeps meanwhile (G8); returns those that went.

    A period that has not ended yet does not count before the execution: the list was made as of the end of its year.
    """
    query = select(AppraisalItemRow).where(AppraisalItemRow.state.in_((LISTED, TO_DESTROY)))
    if lead_id:
        query = query.where(AppraisalItemRow.lead_id == lead_id)
    if appraisal_id:
        query = query.where(AppraisalItemRow.appraisal_id == appraisal_id)
    gone = []
    for row in context.session.scalars(query.order_by(AppraisalItemRow.id)).all():
        volume = volumes.get_volume(context.session, row.volume_id)
        last = get_row(context.session, row.appraisal_id).as_of.astimezone(FIRM_ZONE).date()
        blocks = destruction_blocks.list_blocks(context.session, volume, on or last + timedelta(days=1))
        if blocks:
            gone.append(_drop(context, row, blocks))
    return gone


def get_appraisal(session: Session, appraisal_id: str) -> Appraisal:
    """The list with this id; raises NotFound."""
    return _appraisal(get_row(session, appraisal_id))


def find_appraisal(session: Session, appraisal_id: str) -> Appraisal | None:
    """The list with this id, or None."""
    row = session.get(AppraisalRow, appraisal_id)
    return _appraisal(row) if row else None


def list_appraisals(session: Session) -> list[Appraisal]:
    """Every list, newest first."""
    return [_appraisal(row) for row in session.scalars(select(AppraisalRow).order_by(AppraisalRow.id.desc()))]


def list_items(session: Session, appraisal_id: str, *states: str) -> list[Item]:
    """The volumes of a list in the order of their file numbers, all or those in some states."""
    query = select(AppraisalItemRow).where(AppraisalItemRow.appraisal_id == appraisal_id)
    if states:
        query = query.where(AppraisalItemRow.state.in_(states))
    return [item_of(row) for row in session.scalars(query.order_by(AppraisalItemRow.file_no))]


def list_of_volume(session: Session, volume_id: str) -> list[Item]:
    """Every list on which a volume stood, newest first."""
    query = select(AppraisalItemRow).where(AppraisalItemRow.volume_id == volume_id).order_by(AppraisalItemRow.id.desc())
    return [item_of(row) for row in session.scalars(query)]


def count_due(session: Session, today: date) -> list[tuple[int, int]]:
    """How many stored volumes' periods end in each of the next years, the ones that ended before in the first."""
    years = int(get_rule("appraisal", "years_ahead", today).value)
    query = select(VolumeRow.expires_on, func.count()).where(
        VolumeRow.state.in_((volumes.STORED, volumes.ON_LOAN, volumes.APPRAISING)), VolumeRow.expires_on.is_not(None)
    )
    found = dict.fromkeys(range(today.year, today.year + years), 0)
    for day, count in session.execute(query.group_by(VolumeRow.expires_on)):
        year = max(day.year if day else today.year, today.year)
        if year in found:
            found[year] += count
    return sorted(found.items())


def may_read(viewer: Actor) -> bool:
    """Whether somebody may read lists and registers of appraisals."""
    return bool(viewer.roles & READERS)


def get_row(session: Session, appraisal_id: str) -> AppraisalRow:
    """The row of a list; raises NotFound."""
    row = session.get(AppraisalRow, appraisal_id)
    if row is None:
        raise NotFound(kind="appraisal", id=appraisal_id)
    return row


def get_item_row(session: Session, item_id: str) -> AppraisalItemRow:
    """The row of one volume of a list; raises NotFound."""
    row = session.get(AppraisalItemRow, item_id)
    if row is None:
        raise NotFound(kind="appraisal item", id=item_id)
    return row


def item_of(row: AppraisalItemRow) -> Item:
    """A row as it stands."""
    return Item(**{name: getattr(row, name) for name in Item.__dataclass_fields__})


def _find_volumes(session: Session, year_end: date, volume_ids: Sequence[str]) -> list[Volume]:
    there = VolumeRow.state.in_((volumes.STORED, volumes.ON_LOAN))
    which = VolumeRow.id.in_(volume_ids) if volume_ids else VolumeRow.expires_on <= year_end
    found = session.scalars(select(VolumeRow.id).where(there, which).order_by(VolumeRow.file_no))
    return [volumes.get_volume(session, volume_id) for volume_id in found.all()]


def _enter(context: Context, row: AppraisalRow, volume: Volume, on: date) -> None:
    """Put a volume on the list, or among the blocked."""
    blocks = destruction_blocks.list_blocks(context.session, volume, on)
    known = {"volume_id": volume.id, "file_no": volume.file_no, "title": volume.title}
    if blocks:
        said = [{"code": each.code, "words": each.words} for each in blocks]
        row.blocked = [*row.blocked, {**known, "reasons": said}]
        return
    volumes.move(context, volume.id, volumes.APPRAISING, list_no=row.list_no)
    kept = on.year - 1 - retention_periods.closing_day(volume).year
    described = {
        "year": retention_periods.closing_day(volume).year,
        "client": volume.client_name,
        "cause": volume.cover.get("cause") or volume.title,
        "pages": volume.pages,
        "pieces": volume.pieces,
        "retention": volume.retention,
        "kept_years": kept,
        "expires_on": volume.expires_on.isoformat() if volume.expires_on else "",
        "location": volume.location,
        "reason": volume.retention_reason,
    }
    blank: dict[str, Any] = {"first_look": {}, "opinions": {}, "decision": {}, "originals": {}, "objections": [], "dropped": []}
    context.session.add(
        AppraisalItemRow(
            id=new_id(),
            appraisal_id=row.id,
            volume_id=volume.id,
            lead_id=volume.lead_id,
            file_no=volume.file_no or "",
            title=volume.title,
            state=LISTED,
            described=described,
            **blank,
        )
    )


def _drop(context: Context, row: AppraisalItemRow, blocks: Sequence[Block]) -> Item:
    row.state, row.dropped = DROPPED, [block.words for block in blocks]
    volumes.move(context, row.volume_id, volumes.STORED, list_dropped=[block.code for block in blocks])
    codes = [block.code for block in blocks]
    context.audit("appraisal.volume_dropped", f"appraisal:{row.appraisal_id}", volume=row.volume_id, reasons=codes)
    return item_of(row)


def _appraisal(row: AppraisalRow) -> Appraisal:
    return Appraisal(**{name: getattr(row, name) for name in Appraisal.__dataclass_fields__})
