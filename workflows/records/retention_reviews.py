"""Reviews of periods (期限重算): after another table is in force, what becomes longer, and what would become shorter.

Longer applies at once: nobody loses by it. Shorter is only written down; the director decides on each volume, with a reason,
because a period once promised on a cover may have been relied on (档案法 art. 21: no destruction of one's own will).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import retention_floors, retention_packs, retention_periods, volumes
from workflows.records.volumes import PERMANENT, Volume, VolumeRow

#: volumes whose period is not yet run, whose cover has one
_COUNTED = (volumes.ACCEPTED, volumes.PACKED, volumes.STORED, volumes.ON_LOAN)


class RetentionReviewRow(Base):
    __tablename__ = "retention_reviews"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    pack: Mapped[str] = mapped_column(String(20))
    looked_at: Mapped[int] = mapped_column(default=0)
    moved: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_name: Mapped[str] = mapped_column(String(120))
    document_id: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True)
class RetentionReview:
    """One review; each of ``moved`` says volume, before, after, direction (longer/shorter), applied, and by whom."""

    id: str
    pack: str
    looked_at: int
    moved: list[dict[str, Any]]
    made_at: datetime
    made_by_name: str
    document_id: str | None

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The volumes on whose shorter period the director has to decide."""
        return [each for each in self.moved if each["direction"] == "shorter" and each["applied"] is None]


def open_review(context: Context, pack: str) -> RetentionReview:
    """Begin a review for a table that was just put in force."""
    row = RetentionReviewRow(id=new_id(), pack=pack, moved=[], made_at=context.now, made_by_name=context.actor.name)
    context.session.add(row)
    context.session.flush()
    context.audit("retention_review.opened", f"retention_review:{row.id}", pack=pack)
    return _review(row)


def list_inputs(session: Session, review_id: str, now: datetime) -> list[dict[str, Any]]:
    """What decision D6 has to be asked: each different set of facts once, however many volumes share it."""
    pack, today = _get_row(session, review_id).pack, now.astimezone(FIRM_ZONE).date()
    found = {_key(facts): facts for facts in (retention_packs.inputs_of(each, pack, today) for each in _volumes(session))}
    return [found[key] for key in sorted(found)]


def apply(context: Context, review_id: str, answers: Sequence[Mapping[str, Any]]) -> RetentionReview:
    """Compare each volume with what D6 says now: lengthen, or write down that it would be shorter."""
    row, session = _get_row(context.session, review_id), context.session
    today = context.now.astimezone(FIRM_ZONE).date()
    by_key = {_key(each): each for each in answers}
    moved, looked_at = [], 0
    for volume in _volumes(session):
        looked_at += 1
        answer = by_key.get(_key(retention_packs.inputs_of(volume, row.pack, today)))
        if answer is not None and (line := _compare(context, volume, answer)):
            moved.append(line)
    row.moved, row.looked_at = moved, looked_at
    session.flush()
    context.audit("retention_review.applied", f"retention_review:{review_id}", looked_at=looked_at, moved=len(moved))
    return _review(row)


def decide(context: Context, review_id: str, decisions: Iterable[Mapping[str, Any]]) -> RetentionReview:
    """The director makes periods shorter, or leaves them. Raises ``NotAllowed`` and ``StateRefused`` (no reason)."""
    if "director" not in context.actor.roles:
        raise NotAllowed(reason="only the director makes a period shorter")
    row = _get_row(context.session, review_id)
    given = {str(each["volume_id"]): each for each in decisions}
    moved = []
    for line in row.moved:
        said = given.get(line["volume_id"])
        if said is None or line["direction"] != "shorter" or line["applied"] is not None:
            moved.append(line)
            continue
        shorten = said["decision"] == "shorten"
        if shorten:
            _shorten(context, line, str(said.get("reason") or ""))
        moved.append({**line, "applied": shorten, "by": context.actor.name, "why": said.get("reason") or ""})
    row.moved = moved
    context.session.flush()
    context.audit("retention_review.decided", f"retention_review:{review_id}", volumes=len(given))
    return _review(row)


def note_document(context: Context, review_id: str, document_id: str) -> None:
    """Keep which paper lists what moved."""
    _get_row(context.session, review_id).document_id = document_id


def get_review(session: Session, review_id: str) -> RetentionReview:
    """The review with this id; raises NotFound."""
    return _review(_get_row(session, review_id))


def find_review(session: Session, review_id: str) -> RetentionReview | None:
    """The review with this id, or None."""
    row = session.get(RetentionReviewRow, review_id)
    return _review(row) if row else None


def list_reviews(session: Session) -> list[RetentionReview]:
    """Every review, newest first."""
    return [_review(row) for row in session.scalars(select(RetentionReviewRow).order_by(RetentionReviewRow.id.desc()))]


def _compare(context: Context, volume: Volume, answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """The line of one volume whose period D6 now says otherwise; None when nothing changes."""
    code, years = str(answer["retention_code"]), int(answer["retention_years"])
    new, old = _span(code, years), _span(volume.retention_code or "", volume.retention_years or 0)
    if new == old:
        return None
    line = {
        "volume_id": volume.id,
        "file_no": volume.file_no,
        "title": volume.title,
        "before": volume.retention,
        "after": volumes.PERIODS[code] + (f"（{years}年）" if years else ""),
        "code": code,
        "years": years,
        "reason": str(answer["retention_reason"]),
    }
    if new < old:
        # A floor that still runs would bring it back to what it is.
        return {**line, "direction": "shorter", "applied": None} if _could_shorten(context, volume, years) else None
    retention_periods.set_period(context, volume.id, code=code, years=years, reason=str(line["reason"]))
    return {**line, "direction": "longer", "applied": True}


def _could_shorten(context: Context, volume: Volume, years: int) -> bool:
    floor = retention_floors.longest(context.session, volume)
    is_marked = bool(retention_periods.list_marks(context.session, volume.id))  # the appraisal group's word stands
    closed = retention_periods.closing_day(volume).year
    by_floor = floor is not None and floor.until.year - closed >= (volume.retention_years or 10**4)
    return not is_marked and not by_floor and years > 0


def _shorten(context: Context, line: Mapping[str, Any], reason: str) -> None:
    if not reason.strip():
        raise StateRefused(what=line["file_no"], old=line["before"], new=line["after"], reason="a shorter period needs a reason")
    said = f"{line['reason']}；主任决定缩短：{reason.strip()}"
    retention_periods.set_period(context, line["volume_id"], code=line["code"], years=line["years"], reason=said)


def _span(code: str, years: int) -> int:
    return 10**6 if code == PERMANENT else years


def _key(facts: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("volume_kind", "has_lasting_value", "is_large_amount", "is_small_amount", "sentence_years")
    return tuple(str(facts[name]) for name in names)


def _volumes(session: Session) -> list[Volume]:
    ids = session.scalars(select(VolumeRow.id).where(VolumeRow.state.in_(_COUNTED)).order_by(VolumeRow.file_no))
    return [volumes.get_volume(session, volume_id) for volume_id in ids.all()]


def _get_row(session: Session, review_id: str) -> RetentionReviewRow:
    row = session.get(RetentionReviewRow, review_id)
    if row is None:
        raise NotFound(kind="retention review", id=review_id)
    return row


def _review(row: RetentionReviewRow) -> RetentionReview:
    return RetentionReview(**{name: getattr(row, name) for name in RetentionReview.__dataclass_fields__})
