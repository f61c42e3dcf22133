"""Assessments (收案评估): may the firm act, lawfully and competently, and what are the prospects.

Lawyers Law (律师法) art. 28, 32; Civil Procedure Law (民事诉讼法) art. 60 on capacity; Anti-Money-Laundering Law
(反洗钱法, 2024) art. 64 on law firms. The due diligence stands in ``diligence_files``, for compliance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from workflows.records import diligence_files, screenings
from workflows.records.rule_packs import get_rule

SUBJECT, LEGALITY, MERITS = "subject", "legality", "merits"
PARTS = (SUBJECT, LEGALITY, MERITS)
ACCEPT, CONDITIONS, REFER, DECLINE_FIRM, HOLD = "ACCEPT", "ACCEPT_WITH_CONDITIONS", "REFER", "DECLINE_FIRM", "HOLD"
STOP = "STOP"  # a list names the client: nothing goes on, and nobody outside hears why


class AssessmentRow(Base):
    __tablename__ = "assessments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), unique=True)
    subject: Mapped[dict[str, Any]] = mapped_column(Json)
    legality: Mapped[dict[str, Any]] = mapped_column(Json)
    merits: Mapped[dict[str, Any]] = mapped_column(Json)
    diligence: Mapped[dict[str, Any]] = mapped_column(Json)  # of before there were diligence_files
    aml_scope: Mapped[bool]
    aml_level: Mapped[str] = mapped_column(String(12))
    result: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(Text)
    refusal: Mapped[dict[str, Any]] = mapped_column(Json)
    referral: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Assessment:
    """One assessment; each part is its form; ``aml_level`` is none, simple, normal or enhanced."""

    id: str
    lead_id: str
    subject: dict[str, Any]
    legality: dict[str, Any]
    merits: dict[str, Any]
    aml_scope: bool
    aml_level: str
    result: str
    reason: str
    refusal: dict[str, Any]
    referral: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


def write_part(context: Context, lead_id: str, part: str, values: Mapping[str, Any]) -> Assessment:
    """Keep one part; what is already there and not in ``values`` stays, so that a supplement corrects single entries."""
    if part not in PARTS:
        raise ValueError(f"an assessment has no part {part}")
    row = _open_row(context, lead_id)
    setattr(row, part, {**getattr(row, part), **values})
    context.session.flush()
    context.audit("assessment_written", f"lead:{lead_id}", part=part)
    return _assessment(row)


def risk_inputs(session: Session, lead_id: str, today: date) -> dict[str, str]:
    """The inputs of decision table D2: an activity of art. 64, and the band that the factors' points fall into."""
    subject = get_assessment(session, lead_id).subject
    points, least, activities = (
        get_rule("assessment", key, today).value for key in ("laundering_points", "laundering_levels", "laundering_activities")
    )
    sum_ = sum(points.get(factor, 0) for factor in subject.get("aml_factors") or [])
    band = "enhanced" if sum_ >= least["enhanced"] else "normal" if sum_ >= least["normal"] else "simple"
    return {"aml_activity": _yes(set(subject.get("aml_activities") or []) & set(activities)), "aml_band": band}


def keep_risk(context: Context, lead_id: str, *, scope: bool, level: str) -> None:
    """Keep what decision D2 said: whether due diligence applies, and at which level."""
    row = _open_row(context, lead_id)
    row.aml_scope, row.aml_level = scope, level
    context.session.flush()


def advice_inputs(session: Session, lead_id: str) -> dict[str, Any]:
    """The inputs of decision table D4; ``yes``/``no`` and the forms' own words."""
    row = get_assessment(session, lead_id)
    return {
        "list_hit": _yes(screenings.is_listed(session, lead_id)),
        "illegal_purpose": _yes(row.legality.get("illegal_signs") or row.legality.get("legality_opinion") == "illegal"),
        "evidence": row.merits.get("evidence_level") or "",
        "legal_basis": _yes(row.merits.get("legal_basis")),
        "capacity": row.subject.get("capacity") or "full",
        "guardian": _yes(row.subject.get("guardian_proof")),
        "legal_aid": _yes(row.subject.get("legal_aid")),
        "competence": _yes(row.legality.get("within_competence") != "no"),
        "limitation": row.merits.get("limitation_status") or "",
        "exists": _yes(row.subject.get("status") != "deregistered"),
        "right_holder": row.subject.get("right_holder") or "yes",
        "lawfulness": row.legality.get("legality_opinion") or "",
    }


def finish(context: Context, lead_id: str, *, result: str, reason: str) -> Assessment:
    """Record the outcome."""
    row = _get_row(context.session, lead_id)
    row.result, row.reason, row.finished_at = result, reason, context.now
    context.session.flush()
    context.audit("assessment_finished", f"lead:{lead_id}", result=result)
    return _assessment(row)


def stop(context: Context, lead_id: str) -> Assessment:
    """End the assessment without a reason in it: who is listed is nobody's to read here."""
    _open_row(context, lead_id)
    return finish(context, lead_id, result=STOP, reason="")


def record_refusal(context: Context, lead_id: str, refusal: Mapping[str, Any]) -> None:
    """Keep a partner's refusal: reason code, facts, whether compliance must look at a report."""
    _get_row(context.session, lead_id).refusal = dict(refusal)
    context.session.flush()
    context.audit("assessment_refused", f"lead:{lead_id}", code=refusal.get("refusal_code"))


def record_referral(context: Context, lead_id: str, referral: Mapping[str, Any]) -> None:
    """Keep to whom a person was referred, and whether they agreed that their data go along."""
    _get_row(context.session, lead_id).referral = dict(referral)
    context.session.flush()
    context.audit("assessment_referred", f"lead:{lead_id}")


def get_assessment(session: Session, lead_id: str) -> Assessment:
    """The assessment of a lead. Raises ``NotFound``."""
    return _assessment(_get_row(session, lead_id))


def find_assessment(session: Session, lead_id: str) -> Assessment | None:
    """The assessment of a lead, or None."""
    row = session.scalar(select(AssessmentRow).where(AssessmentRow.lead_id == lead_id))
    return _assessment(row) if row else None


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What letters and panels may say: everything but the due diligence; empty before it begins."""
    found = find_assessment(session, lead_id)
    if found is None:
        return {}
    return {
        "assessment": {
            "subject": {key: value for key, value in found.subject.items() if not key.startswith("aml_")},
            "legality": found.legality,
            "merits": found.merits,
            "result": found.result,
            "reason": found.reason,
            "diligence_done": not found.aml_scope or diligence_files.is_written(session, lead_id),
        }
    }


def _yes(value: Any) -> str:
    return "yes" if value else "no"


def _open_row(context: Context, lead_id: str) -> AssessmentRow:
    row = context.session.scalar(select(AssessmentRow).where(AssessmentRow.lead_id == lead_id))
    if row is None:
        row = AssessmentRow(
            id=new_id(),
            lead_id=lead_id,
            subject={},
            legality={},
            merits={},
            diligence={},
            aml_scope=False,
            aml_level="none",
            result="",
            reason="",
            refusal={},
            referral={},
            created_at=context.now,
        )
        context.session.add(row)
        context.session.flush()
    return row


def _get_row(session: Session, lead_id: str) -> AssessmentRow:
    row = session.scalar(select(AssessmentRow).where(AssessmentRow.lead_id == lead_id))
    if row is None:
        raise NotFound(kind="assessment", id=lead_id)
    return row


def _assessment(row: AssessmentRow) -> Assessment:
    return Assessment(**{name: getattr(row, name) for name in Assessment.__dataclass_fields__})
