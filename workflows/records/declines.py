"""Declines (谢绝委托): the letter that says no, who approved it, how it went out.

The text is a variant of the pack ``declines``; what the lawyer adds may not tell what the firm knows of others or of its
review (Lawyers Law 律师法 art. 38). The parties of a declined lead stay in the conflict index under name, role and date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound
from engine.forms import FieldError
from workflows.records import assessments, conflict_hits, conflicts, documents, leads, parties, refusals
from workflows.records.rule_packs import get_rule

PACK = "declines"
POLITE, FIRM = "polite", "firm"
DRAFT, APPROVED, SENT = "DRAFT", "APPROVED", "SENT"
TITLES = {POLITE: "谢绝委托函", FIRM: "不予接受委托函"}


class DeclineRow(Base):
    __tablename__ = "declines"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(20))
    letter: Mapped[dict[str, Any]] = mapped_column(Json)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(120))
    comment: Mapped[str] = mapped_column(Text)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by_name: Mapped[str] = mapped_column(String(120))
    mailed: Mapped[bool]
    delivery: Mapped[dict[str, Any]] = mapped_column(Json)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Decline:
    """One refusal; ``letter`` is the drafting form, ``comment`` why it last came back, ``delivery`` what the desk did."""

    id: str
    lead_id: str
    state: str
    kind: str
    reason: str
    letter: dict[str, Any]
    written_at: datetime
    written_by_name: str
    comment: str
    approved_at: datetime | None
    approved_by_name: str
    mailed: bool
    delivery: dict[str, Any]
    sent_at: datetime | None


def write_letter(context: Context, lead_id: str, *, kind: str, reason: str, letter: Mapping[str, Any]) -> Decline:
    """Keep the draft of the letter."""
    row = _find_row(context.session, lead_id)
    if row is None:
        row = DeclineRow(id=new_id(), lead_id=lead_id, comment="", approved_by_name="", mailed=False, delivery={})
        context.session.add(row)
    row.state, row.kind, row.reason, row.letter = DRAFT, kind, reason, dict(letter)
    row.written_at, row.written_by_name = context.now, context.actor.name
    context.session.flush()
    context.audit("decline_written", f"lead:{lead_id}", kind=kind, reason=reason, variant=letter.get("variant"))
    return _decline(row)


def decide(context: Context, lead_id: str, *, approved: bool, comment: str) -> None:
    """Keep the partner's word on the letter."""
    row = _get_row(context.session, lead_id)
    row.comment = comment
    if approved:
        row.state, row.approved_at, row.approved_by_name = APPROVED, context.now, context.actor.name
    context.session.flush()
    context.audit("decline_decided", f"lead:{lead_id}", approved=approved)


def mark_mailed(context: Context, lead_id: str, mailed: bool) -> None:
    """Keep whether the letter went out by mail."""
    row = _get_row(context.session, lead_id)
    row.mailed = mailed
    row.sent_at = context.now if mailed else None
    context.session.flush()


def record_delivery(context: Context, lead_id: str, delivery: Mapping[str, Any]) -> None:
    """Keep what the desk handed over or posted."""
    _get_row(context.session, lead_id).delivery = dict(delivery)
    context.session.flush()
    context.audit("decline_delivered", f"lead:{lead_id}", channel=delivery.get("channel"))


def keep_receipt(context: Context, lead_id: str, document_ids: Sequence[str]) -> None:
    """Put the client's signed receipt for the originals into the volume."""
    if document_ids:
        documents.place_uploads(context, document_ids, lead_id=lead_id, slot="client_notices", title="原件返还签收单")


def note_receipt(context: Context, lead_id: str, *, by: str, remark: str = "") -> None:
    """Keep how the client acknowledged the originals."""
    row = _get_row(context.session, lead_id)
    row.delivery = {**row.delivery, "acknowledged_by": by, "acknowledged_at": context.now.isoformat(), "remark": remark}
    context.session.flush()
    context.audit("originals_acknowledged", f"lead:{lead_id}", by=by)


def close(context: Context, lead_id: str) -> Decline:
    """End the lead as DECLINED; its parties stay in the conflict index with nothing but name, role and date."""
    row = _get_row(context.session, lead_id)
    row.state, row.sent_at = SENT, row.sent_at or context.now
    if leads.get_lead(context.session, lead_id).state not in leads.ENDED:
        leads.move_lead(context, lead_id, "DECLINED")
    context.session.flush()
    return _decline(row)


def find_decline(session: Session, lead_id: str) -> Decline | None:
    """The refusal of a lead, or None."""
    row = _find_row(session, lead_id)
    return _decline(row) if row else None


def get_decline(session: Session, lead_id: str) -> Decline:
    """The refusal of a lead. Raises ``NotFound``."""
    return _decline(_get_row(session, lead_id))


def find_reason(key: str, on: date) -> dict[str, str]:
    """A reason's key and names."""
    found = (reason for reason in get_rule(PACK, "reasons", on).value if reason["key"] == key)
    return dict(next(found, {"key": key, "label": "其他", "label_en": "Other"}))


def propose(session: Session, lead_id: str, *, kind: str, reason: str, on: date) -> dict[str, Any]:
    """The letter as the case file suggests it: the first variant that fits, the periods that still run."""
    fitting = [each["key"] for each in get_rule(PACK, "variants", on).value if each["kind"] == kind]
    first = next(
        (each["key"] for each in get_rule(PACK, "variants", on).value if each["kind"] == kind and reason in each["reasons"]),
        fitting[0],
    )
    found = assessments.find_assessment(session, lead_id)
    lead = leads.get_lead(session, lead_id)
    deadlines = [
        {"event": row.get("event") or "期限", "date": row["date"]}
        for row in lead.outline.get("key_dates") or []
        if row.get("date") and date.fromisoformat(row["date"]) >= on
    ]
    limitation = found.merits.get("limitation_on") if found else None
    if limitation and date.fromisoformat(limitation) >= on:
        deadlines.append({"event": "诉讼时效", "date": limitation})
    return {"kind": kind, "variant": first, "firm_variant": first, "extra": "", "deadlines": deadlines, "originals": ""}


def find_secrets(session: Session, lead_id: str, text: str, on: date) -> list[FieldError]:
    """What a text tells that it may not: a word of the pack, or a name that only the conflict search knew."""
    rule = get_rule(PACK, "secret_words", on)
    found = [FieldError(refusals.TELLS_TOO_MUCH, {"word": w, "basis": rule.legal_basis}) for w in rule.value if w in text][:1]
    own = {party.name for party in parties.list_parties(session, lead_id)}
    for check in conflicts.list_checks(session, lead_id):
        for hit in conflict_hits.list_hits(session, check.id):
            name = str(hit.subject.get("name") or "")
            if len(name) > 1 and name not in own and name in text:
                return [*found, FieldError(refusals.NAMES_ANOTHER)]
    return found


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """What the letter and the panels say; empty before there is a draft."""
    found = find_decline(session, lead_id)
    if found is None:
        return {}
    on = found.written_at.astimezone(FIRM_ZONE).date()
    variant = found.letter.get("variant") if found.kind == POLITE else found.letter.get("firm_variant")
    text = next((each["text"] for each in get_rule(PACK, "variants", on).value if each["key"] == variant), "")
    return {
        "decline": {
            "kind": found.kind,
            "title": TITLES[found.kind],
            "reason": find_reason(found.reason, on)["label"],
            "text": text,
            "extra": found.letter.get("extra") or "",
            "deadlines": found.letter.get("deadlines") or [],
            "originals": found.letter.get("originals") or "",
            "delivery": found.delivery,
            "written_by": found.written_by_name,
            "approved_by": found.approved_by_name,
        }
    }


def _find_row(session: Session, lead_id: str) -> DeclineRow | None:
    return session.scalar(select(DeclineRow).where(DeclineRow.lead_id == lead_id))


def _get_row(session: Session, lead_id: str) -> DeclineRow:
    row = _find_row(session, lead_id)
    if row is None:
        raise NotFound(kind="decline", id=lead_id)
    return row


def _decline(row: DeclineRow) -> Decline:
    return Decline(**{name: getattr(row, name) for name in Decline.__dataclass_fields__})
