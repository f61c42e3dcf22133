"""What the letters of a loan say: the refusal, the receipts, the report to the bar, the notice of a loss."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import loan_words, matters, volumes
from workflows.records.volume_loans import Loan, get_loan


def facts(session: Session, loan_id: str) -> dict[str, Any]:
    """One loan with its volume, in words."""
    loan = get_loan(session, loan_id)
    volume = volumes.get_volume(session, loan.volume_id)
    matter = matters.get_matter(session, volume.matter_id)
    return {"loan": {**_plain(loan), "volume": _volume(volume, matter)}}


def _plain(loan: Loan) -> dict[str, Any]:
    days = ("from_on", "until_on", "due_on", "legal_deadline")
    moments = ("applied_at", "out_at", "returned_at")
    return {
        "no": loan.loan_no,
        "borrower": loan.borrower,
        "kind": loan_words.KINDS[loan.kind],
        "mode": loan_words.MODES[loan.mode],
        "purpose": loan_words.PURPOSES.get(loan.purpose, loan.purpose),
        "purpose_note": loan.purpose_note,
        "pages": loan.pages or "全卷",
        "level": loan.level,
        "reason": loan.reason,
        "conditions": [loan_words.CONDITIONS[key] for key in loan.conditions],
        "approvals": [_approval(each) for each in loan.approvals],
        "steps": {name: _step(each) for name, each in loan.steps.items()},
        "officers": loan.given.get("officers") or [],
        **{key: value.isoformat() if (value := getattr(loan, key)) else "" for key in (*days, *moments)},
    }


def _approval(said: dict[str, Any]) -> dict[str, Any]:
    return {
        **said,
        "step_name": loan_words.STEPS.get(said["step"], said["step"]),
        "word": "同意" if said["approved"] else "不同意",
    }


def _step(said: dict[str, Any]) -> dict[str, Any]:
    damage = loan_words.DAMAGES.get(str(said.get("damage") or ""), "")
    return {**said, "damage_name": damage}


def _volume(volume: volumes.Volume, matter: matters.Matter) -> dict[str, Any]:
    closed = volume.closed_on.isoformat() if volume.closed_on else ""
    return {
        "file_no": volume.file_no or "",
        "title": volume.title,
        "client": volume.client_name,
        "matter_no": matter.matter_no,
        "pages": volume.pages,
        "pieces": volume.pieces,
        "level": volume.level,
        "location": volume.location,
        "closed_on": closed,
    }


def say_summary(session: Session, loan: Loan) -> dict[str, Any]:
    """What a panel and a page show of a loan beside its own facts."""
    shown = facts(session, loan.id)["loan"]
    day = loan.applied_at.astimezone(FIRM_ZONE).date()
    return {**shown, "state": loan_words.STATES[loan.state], "applied_on": day.isoformat(), "applied_by": loan.applied_by_name}
