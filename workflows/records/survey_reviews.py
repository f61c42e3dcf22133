"""The quarter's review of surveys (满意度分析会): figures of groups large enough to hide the clients, themes, actions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import mean
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import matters, surveys
from workflows.records.rule_packs import get_rule
from workflows.records.surveys import Survey

OTHERS = "其他（不足最小组）"
TYPE_NAMES: Mapping[str, str] = {
    "civil": "民事",
    "criminal": "刑事",
    "administrative": "行政",
    "arbitration": "仲裁",
    "enforcement": "执行",
    "nonlitigation": "非诉讼",
    "special": "专项",
    "adviser": "法律顾问",
    "consultation": "咨询代书",
}


class SurveyReviewRow(Base):
    __tablename__ = "survey_reviews"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(20), unique=True)
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    meeting: Mapped[dict[str, Any]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class SurveyReview:
    """One quarter; ``figures`` name no client and no group below the least size, ``meeting`` is the meeting's form."""

    id: str
    quarter: str
    figures: dict[str, Any]
    meeting: dict[str, Any]
    made_at: datetime
    published_at: datetime | None


def prepare(context: Context) -> SurveyReview:
    """The figures of the quarter that has just ended; a second time for the same quarter they are counted anew."""
    since, until, name = last_quarter(context.now)
    found = context.session.scalar(select(SurveyReviewRow).where(SurveyReviewRow.quarter == name))
    row = found or SurveyReviewRow(id=new_id(), quarter=name, meeting={}, made_at=context.now)
    row.figures = count(context.session, since, until, context.now)
    context.session.add(row)
    context.session.flush()
    context.audit("survey_review.prepared", f"survey_review:{row.id}", quarter=name)
    return _review(row)


def last_quarter(now: datetime) -> tuple[datetime, datetime, str]:
    """When the quarter before this one began and ended, and its name."""
    local = now.astimezone(FIRM_ZONE)
    first = (local.month - 1) // 3 * 3 + 1
    until = datetime(local.year, first, 1, tzinfo=FIRM_ZONE)
    year, month = (local.year - 1, 10) if first == 1 else (local.year, first - 3)
    return datetime(year, month, 1, tzinfo=FIRM_ZONE), until, f"{year}年第{(month + 2) // 3}季度"


def count(session: Session, since: datetime, until: datetime, now: datetime) -> dict[str, Any]:
    """Means over everybody, and by matter type and lawyer where enough clients answered.

    With fewer answers than the least group nothing but how many answered is told.
    """
    least = int(get_rule("survey", "smallest_group", now.astimezone(FIRM_ZONE).date()).value)
    answered = surveys.list_answered(session, since, until)
    figures: dict[str, Any] = {
        "asked": len(surveys.list_asked(session, since, until)),
        "answered": len(answered),
        "smallest_group": least,
        "scores": [],
        "types": [],
        "lawyers": [],
    }
    if len(answered) < least:
        return figures
    figures["scores"] = [
        {"name": name, "mean": _mean(int(each.answers[key]) for each in answered if each.answers.get(key))}
        for key, name in surveys.SCORES.items()
    ]
    by_type: dict[str, list[int]] = defaultdict(list)
    by_lawyer: dict[str, list[int]] = defaultdict(list)
    for each in answered:
        by_type[_type_of(session, each)].append(int(each.answers["overall"]))
        for row in each.answers.get("lawyers") or []:
            given = [int(row[key]) for key in surveys.LAWYER_SCORES if row.get(key)]
            if given:
                by_lawyer[row["lawyer_name"]].append(round(mean(given)))
    return figures | {"types": _groups(by_type, least), "lawyers": _groups(by_lawyer, least)}


def hold(context: Context, review_id: str, form: Mapping[str, Any]) -> SurveyReview:
    """Keep what the partners made of the figures."""
    row = _get_row(context.session, review_id)
    if row.published_at:
        raise StateRefused(what=row.quarter, old="已公布", new="分析会", reason="the quarter is published")
    row.meeting = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    context.session.flush()
    context.audit("survey_review.held", f"survey_review:{review_id}")
    return _review(row)


def publish(context: Context, review_id: str) -> SurveyReview:
    """Show the quarter to the whole firm. Raises ``StateRefused`` before the meeting was held."""
    row = _get_row(context.session, review_id)
    if not row.meeting:
        raise StateRefused(what=row.quarter, old="待分析", new="已公布", reason="the meeting was not held")
    row.published_at = context.now
    context.session.flush()
    context.audit("survey_review.published", f"survey_review:{review_id}")
    return _review(row)


def list_published(session: Session, *, limit: int = 8) -> list[SurveyReview]:
    """The quarters that were published, newest first."""
    query = select(SurveyReviewRow).where(SurveyReviewRow.published_at.is_not(None)).order_by(SurveyReviewRow.id.desc())
    return [_review(row) for row in session.scalars(query.limit(limit))]


def find_review(session: Session, review_id: str) -> SurveyReview | None:
    """The review with this id, or None."""
    row = session.get(SurveyReviewRow, review_id)
    return _review(row) if row else None


def _groups(by_name: Mapping[str, list[int]], least: int) -> list[dict[str, Any]]:
    """The groups that are large enough, the best first; the others together, and not at all when even those are few."""
    large = {name: scores for name, scores in by_name.items() if len(scores) >= least}
    small = [score for name, scores in by_name.items() if name not in large for score in scores]
    rows = [{"name": name, "count": len(scores), "mean": _mean(scores)} for name, scores in large.items()]
    rows.sort(key=lambda row: str(row["mean"]), reverse=True)
    return rows + ([{"name": OTHERS, "count": len(small), "mean": _mean(small)}] if len(small) >= least else [])


def _mean(scores: Iterable[int]) -> str:
    given = list(scores)
    return f"{mean(given):.1f}" if given else "—"


def _type_of(session: Session, survey: Survey) -> str:
    kind = matters.get_matter(session, survey.matter_id).matter_type
    return TYPE_NAMES.get(kind, kind)


def _get_row(session: Session, review_id: str) -> SurveyReviewRow:
    row = session.get(SurveyReviewRow, review_id)
    if row is None:
        raise NotFound(kind="survey review", id=review_id)
    return row


def _review(row: SurveyReviewRow) -> SurveyReview:
    return SurveyReview(**{name: getattr(row, name) for name in SurveyReview.__dataclass_fields__})
