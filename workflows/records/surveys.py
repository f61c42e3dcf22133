"""Surveys (满意度调查) after a matter: sent by the system, answered by the client, never seen by the matter's lawyers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records import matters, people

WAITING, ANSWERED, DECLINED, NO_RESPONSE = "WAITING", "ANSWERED", "DECLINED", "NO_RESPONSE"
CLOSING, INTERIM = "closing", "interim"
COMPLAINT, RECOVERY, THANKS, NONE = "COMPLAINT", "RECOVERY", "THANKS", "NONE"
SCORES: Mapping[str, str] = {
    "overall": "总体满意度",
    "expertise": "专业水平",
    "timeliness": "及时",
    "communication": "沟通",
    "outcome": "成果质量",
    "fees": "收费合理、透明",
}
LAWYER_SCORES: Mapping[str, str] = {"attitude": "服务态度", "diligence": "责任心"}
EXPECTATIONS: Mapping[str, str] = {"above": "超出期望", "met": "符合", "part": "部分符合", "below": "不符合"}
STATE_NAMES: Mapping[str, str] = {
    WAITING: "等待客户评价",
    ANSWERED: "已评价",
    DECLINED: "客户不参加评价",
    NO_RESPONSE: "期满未评价",
}
FOLLOWUPS: Mapping[str, str] = {
    COMPLAINT: "转投诉处理",
    RECOVERY: "合伙人回访补救",
    THANKS: "致谢",
    NONE: "无",
}


class SurveyRow(Base):
    __tablename__ = "surveys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(ForeignKey("matters.id"), index=True)
    lead_id: Mapped[str] = mapped_column(String(32), index=True)
    occasion: Mapped[str] = mapped_column(String(12), server_default=CLOSING)
    state: Mapped[str] = mapped_column(String(12))
    team: Mapped[list[dict[str, str]]] = mapped_column(Json)
    answers: Mapped[dict[str, Any]] = mapped_column(Json)
    lowest: Mapped[int]
    improper: Mapped[bool]
    followup: Mapped[str] = mapped_column(String(12))
    call: Mapped[dict[str, Any]] = mapped_column(Json)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Survey:
    """One survey, after the matter or (``occasion`` INTERIM) while it runs.

    ``team`` are the lawyers it asks about (id, name), ``lowest`` is the lowest score, 0 when none.
    """

    id: str
    matter_id: str
    lead_id: str
    occasion: str
    state: str
    team: list[dict[str, str]]
    answers: dict[str, Any]
    lowest: int
    improper: bool
    followup: str
    call: dict[str, Any]
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None


def open_survey(context: Context, matter_id: str, *, occasion: str = CLOSING) -> Survey:
    """Open the survey of a matter about everybody in its team."""
    matter = matters.get_matter(context.session, matter_id)
    found = {each: people.find_person(context.session, each) for each in matters.list_members(context.session, matter_id)}
    row = SurveyRow(
        id=new_id(),
        matter_id=matter_id,
        lead_id=matter.lead_id,
        occasion=occasion,
        state=WAITING,
        team=[{"id": person_id, "name": person.name} for person_id, person in found.items() if person],
        answers={},
        lowest=0,
        improper=False,
        followup=NONE,
        call={},
        opened_at=context.now,
    )
    context.session.add(row)
    context.session.flush()
    context.audit("survey.opened", f"matter:{matter_id}")
    return _survey(row)


def answer(context: Context, lead_id: str, answers: Mapping[str, Any]) -> Survey:
    """Keep the client's answers; the lowest score is over everything that was asked."""
    row = _get_row(context.session, lead_id)
    scores = [answers.get(key) for key in SCORES]
    scores += [lawyer.get(key) for lawyer in answers.get("lawyers") or [] for key in LAWYER_SCORES]
    row.state, row.answers, row.answered_at = ANSWERED, dict(answers), context.now
    row.lowest = min(int(score) for score in scores if score)
    row.improper = answers.get("improper") == "yes"
    return _changed(context, row, "survey.answered")


def decline(context: Context, lead_id: str, reason: str, *, opt_out: bool = False) -> Survey:
    """Keep that the client does not take part; ``opt_out``: nor ever again."""
    row = _get_row(context.session, lead_id)
    row.state, row.answers, row.answered_at = DECLINED, {"refusal": reason, "opt_out": opt_out}, context.now
    return _changed(context, row, "survey.declined")


def lapse(context: Context, lead_id: str) -> Survey:
    """Keep that no answer came."""
    row = _get_row(context.session, lead_id)
    row.state = NO_RESPONSE
    return _changed(context, row, "survey.lapsed")


def register_call(context: Context, lead_id: str, call: Mapping[str, Any]) -> Survey:
    """Keep what came out of the call to a client who was not content."""
    row = _get_row(context.session, lead_id)
    row.call = {**call, "by": context.actor.name, "at": context.now.isoformat()}
    return _changed(context, row, "survey.called")


def close(context: Context, lead_id: str, followup: str) -> Survey:
    """Close the survey with what followed from it (decision table D14)."""
    row = _get_row(context.session, lead_id)
    row.followup, row.closed_at = followup, context.now
    return _changed(context, row, "survey.closed", state=row.state, followup=followup)


def has_opted_out(session: Session, client_id: str) -> bool:
    """Whether a client wants no survey any more."""
    mine = select(SurveyRow).join(matters.MatterRow, matters.MatterRow.id == SurveyRow.matter_id)
    rows = session.scalars(mine.where(matters.MatterRow.client_id == client_id, SurveyRow.state == DECLINED))
    return any(row.answers.get("opt_out") for row in rows)


def list_answered(session: Session, since: datetime, until: datetime) -> list[Survey]:
    """The surveys answered in a span of time, oldest first."""
    span = (SurveyRow.answered_at >= since, SurveyRow.answered_at < until, SurveyRow.state == ANSWERED)
    return [_survey(row) for row in session.scalars(select(SurveyRow).where(*span).order_by(SurveyRow.answered_at))]


def list_asked(session: Session, since: datetime, until: datetime) -> list[Survey]:
    """The surveys opened in a span of time, oldest first."""
    span = (SurveyRow.opened_at >= since, SurveyRow.opened_at < until)
    return [_survey(row) for row in session.scalars(select(SurveyRow).where(*span).order_by(SurveyRow.id))]


def find_survey(session: Session, lead_id: str) -> Survey | None:
    """The newest survey of a case file, or None before there was one."""
    row = session.scalar(select(SurveyRow).where(SurveyRow.lead_id == lead_id).order_by(SurveyRow.id.desc()).limit(1))
    return _survey(row) if row else None


def get_survey(session: Session, lead_id: str) -> Survey:
    """The survey of a case file; raises NotFound."""
    return _survey(_get_row(session, lead_id))


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What the quality card says; empty before the survey is over."""
    found = find_survey(session, lead_id)
    if found is None or found.state == WAITING:
        return {}
    answers = found.answers
    lines = [{"what": name, "score": str(answers[key])} for key, name in SCORES.items() if answers.get(key)]
    for lawyer in answers.get("lawyers") or []:
        lines += [{"what": f"{lawyer['lawyer_name']}：{name}", "score": str(lawyer[k])} for k, name in LAWYER_SCORES.items()]
    return {
        "survey": {
            "answered": found.state == ANSWERED,
            "state_name": STATE_NAMES[found.state],
            "lawyers": "、".join(member["name"] for member in found.team),
            "lines": lines,
            "nps": "" if answers.get("nps") is None else str(answers["nps"]),
            "expectation": EXPECTATIONS.get(str(answers.get("expectation_met")), ""),
            "improper": found.improper,
            **{key: answers.get(key) or "" for key in ("improper_note", "comment", "refusal")},
            "answered_at": (found.answered_at or found.opened_at).isoformat(),
            "followup": FOLLOWUPS[found.followup],
            "call": found.call,
        }
    }


def _changed(context: Context, row: SurveyRow, event: str, **data: Any) -> Survey:
    context.session.flush()
    context.audit(event, f"matter:{row.matter_id}", **data)
    return _survey(row)


def _get_row(session: Session, lead_id: str) -> SurveyRow:
    row = session.scalar(select(SurveyRow).where(SurveyRow.lead_id == lead_id).order_by(SurveyRow.id.desc()).limit(1))
    if row is None:
        raise NotFound(kind="survey", id=lead_id)
    return row


def _survey(row: SurveyRow) -> Survey:
    return Survey(**{name: getattr(row, name) for name in Survey.__dataclass_fields__})
