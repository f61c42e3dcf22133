"""Closing a matter (结案): the application, what was left open, the review, the delivery and the client's receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.db import Base, Json, UtcDateTime, new_id
from engine.errors import NotFound, StateRefused
from workflows.records import authority, closing_guard, matters, originals
from workflows.records.open_items import list_open_items

APPLIED, RETURNED, APPROVED, DELIVERED, OBJECTED, CLOSED = "APPLIED", "RETURNED", "APPROVED", "DELIVERED", "OBJECTED", "CLOSED"
WITHDRAWN = "WITHDRAWN"
SIGNED, MAILED = "SIGNED", "MAILED"
REASONS: Mapping[str, str] = {
    "judgment": "判决结案",
    "ruling": "裁定结案",
    "mediation": "调解结案",
    "award": "仲裁裁决结案",
    "withdrawal": "撤诉结案",
    "settlement": "和解结案",
    "non_prosecution": "不起诉结案",
    "enforced": "执行完毕或者终结本次执行",
    "accepted": "成果验收",
    "expired": "合同到期",
    "termination": "委托解除",
    "other": "其他",
}
# An end that is an act of the client's own: it needs special authority or the client's signature (guard G4).
ACTS: Mapping[str, str] = {"settlement": "settle", "withdrawal": "withdraw"}
VIEWS: Mapping[str, str] = {"all": "全部采纳", "part": "部分采纳", "none": "未采纳", "not_applicable": "不适用"}
RIGHTS: Mapping[str, str] = {
    "appeal": "上诉",
    "retrial": "申请再审",
    "reconsideration": "申请复议",
    "enforcement": "申请执行",
    "set_aside": "申请撤销仲裁裁决",
    "other": "其他",
}
SETTLEMENTS: Mapping[str, str] = {"settled": "已结清", "outstanding": "尚有应收费用", "refund": "应当退还费用"}
FORMS: Mapping[str, str] = {"original": "原件", "copy": "复印件", "electronic": "电子件"}


class ClosingRow(Base):
    __tablename__ = "closings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    matter_id: Mapped[str] = mapped_column(ForeignKey("matters.id"), unique=True)
    lead_id: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    application: Mapped[dict[str, Any]] = mapped_column(Json)
    open_items: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    review: Mapped[dict[str, Any]] = mapped_column(Json)
    settlement: Mapped[dict[str, Any]] = mapped_column(Json)
    delivery: Mapped[dict[str, Any]] = mapped_column(Json)
    objections: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    receipt: Mapped[dict[str, Any]] = mapped_column(Json)
    returns: Mapped[int]
    result: Mapped[str] = mapped_column(String(12))
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_by: Mapped[str] = mapped_column(String(80))
    applied_by_name: Mapped[str] = mapped_column(String(120))
    reviewed_by_name: Mapped[str] = mapped_column(String(120))
    override_reason: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Closing:
    """One closing; ``application``, ``summary``, ``review``, ``settlement``, ``delivery`` are their forms.

    ``open_items`` are what the last check found; ``result`` is SIGNED (the client signed for it) or MAILED.
    """

    id: str
    matter_id: str
    lead_id: str
    state: str
    application: dict[str, Any]
    open_items: list[dict[str, Any]]
    summary: dict[str, Any]
    review: dict[str, Any]
    settlement: dict[str, Any]
    delivery: dict[str, Any]
    objections: list[dict[str, Any]]
    receipt: dict[str, Any]
    returns: int
    result: str
    applied_at: datetime
    applied_by: str
    applied_by_name: str
    reviewed_by_name: str
    override_reason: str
    closed_at: datetime | None


def apply_for_closing(context: Context, matter_id: str, application: Mapping[str, Any]) -> Closing:
    """Begin to close a matter, or apply again after the partner returned it.

    Raises ``AuthorityMissing`` for an end by settlement or withdrawal that nothing covers.
    """
    matter = matters.get_matter(context.session, matter_id)
    _check_authority(context, matter_id, str(application.get("close_reason")))
    row = _find_row(context.session, matter.lead_id)
    if matter.state != matters.CLOSING:
        matters.start_closing(context, matter_id)
    row = row or ClosingRow(id=new_id(), matter_id=matter_id, lead_id=matter.lead_id, **_blank())
    row.state, row.application = APPLIED, dict(application)
    row.applied_at, row.applied_by, row.applied_by_name = context.now, context.actor.id, context.actor.name
    context.session.add(row)
    return _changed(context, row, "closing.applied", reason=application.get("close_reason"))


def check_open_items(context: Context, lead_id: str) -> list[dict[str, Any]]:
    """List what is left open (guard G5) and keep the list with the closing."""
    row = _get_row(context.session, lead_id)
    row.open_items = [item.to_json() for item in list_open_items(context.session, lead_id, context.now)]
    _changed(context, row, "closing.checked", open_items=len(row.open_items))
    return row.open_items


def write_summary(context: Context, lead_id: str, summary: Mapping[str, Any]) -> Closing:
    """Keep the summary of the work (办案小结)."""
    row = _get_row(context.session, lead_id)
    row.summary = dict(summary)
    return _changed(context, row, "closing.summarised")


def review(context: Context, lead_id: str, review: Mapping[str, Any], *, approved: bool) -> Closing:
    """Keep the partner's review; approved in spite of open items it carries the reason."""
    row = _get_row(context.session, lead_id)
    row.review, row.state = dict(review), APPROVED if approved else RETURNED
    row.returns += not approved
    row.reviewed_by_name = context.actor.name
    row.override_reason = str(review.get("override_reason") or "") if approved and row.open_items else ""
    return _changed(context, row, "closing.reviewed", approved=approved, override=row.override_reason)


def settle(context: Context, lead_id: str, settlement: Mapping[str, Any]) -> Closing:
    """Keep how the fees were settled."""
    row = _get_row(context.session, lead_id)
    row.settlement = {**settlement, "by": context.actor.name, "at": context.now.isoformat()}
    return _changed(context, row, "closing.settled", settlement=settlement.get("settlement"))


def deliver(context: Context, lead_id: str, delivery: Mapping[str, Any]) -> Closing:
    """Keep what goes to the client: results, originals, and the final explanation."""
    row = _get_row(context.session, lead_id)
    row.delivery, row.state = dict(delivery), DELIVERED
    return _changed(context, row, "closing.delivered", deliverables=len(delivery.get("deliverables") or []))


def object_to(context: Context, lead_id: str, objection: str) -> Closing:
    """Keep what the client objects to."""
    row = _get_row(context.session, lead_id)
    row.objections = [*row.objections, {"objection": objection, "at": context.now.isoformat(), "reply": "", "next": ""}]
    row.state = OBJECTED
    return _changed(context, row, "closing.objected", count=len(row.objections))


def answer_objection(context: Context, lead_id: str, *, reply: str, next_step: str) -> Closing:
    """Keep the partner's answer to the newest objection."""
    row = _get_row(context.session, lead_id)
    answered = {**row.objections[-1], "reply": reply, "next": next_step, "by": context.actor.name}
    row.objections = [*row.objections[:-1], answered]
    row.state = DELIVERED
    return _changed(context, row, "closing.objection_answered", next=next_step)


def receive(context: Context, lead_id: str, receipt: Mapping[str, Any], *, result: str) -> Closing:
    """Keep how the client received the results: signed by link, or the proof of registered mail."""
    row = _get_row(context.session, lead_id)
    row.receipt, row.result = {**receipt, "at": context.now.isoformat()}, result
    returned = [each["original_name"] for each in row.delivery.get("originals") or [] if each.get("returned") == "yes"]
    if returned:
        person = str(receipt.get("signer_name") or "委托人")
        originals.return_rest(context, lead_id, how=originals.AT_CLOSING, person=person, titles=returned)
    return _changed(context, row, "closing.received", result=result)


def close(context: Context, lead_id: str) -> Closing:
    """Close the matter; from here on the periods of the archive and the survey count.

    Raises ``StateRefused`` without a partner's review and the client's receipt, and for what is open (guard G5).
    """
    row = _get_row(context.session, lead_id)
    if not row.reviewed_by_name or not row.result or row.state == CLOSED:
        raise StateRefused(what=row.matter_id, old=row.state, new=CLOSED, reason="it was not reviewed and received")
    passed = row.open_items if row.override_reason else []
    closing_guard.check_closable(context.session, lead_id, context.now, passed=passed, objected=bool(row.objections))
    matters.close_matter(context, row.matter_id)
    row.state, row.closed_at = CLOSED, context.now
    return _changed(context, row, "closing.closed", result=row.result)


def withdraw(context: Context, lead_id: str, reason: str) -> Closing:
    """Take a closing back, and the matter up again; what was reviewed, settled and delivered counts for nothing any more."""
    row = _get_row(context.session, lead_id)
    matters.resume_matter(context, row.matter_id, reason=reason)
    fresh = {key: value for key, value in _blank().items() if key not in ("summary", "objections", "returns")}
    for name, value in fresh.items():
        setattr(row, name, value)
    row.state = WITHDRAWN
    return _changed(context, row, "closing.withdrawn", reason=reason)


def find_closing(session: Session, lead_id: str) -> Closing | None:
    """The closing of a case file, or None before somebody applied for it."""
    row = _find_row(session, lead_id)
    return _closing(row) if row else None


def get_closing(session: Session, lead_id: str) -> Closing:
    """The closing of a case file; raises NotFound."""
    return _closing(_get_row(session, lead_id))


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The closing for letters and panels, choices in words; empty before somebody applied for it."""
    found = find_closing(session, lead_id)
    if found is None:
        return {}
    delivery, settlement = found.delivery, found.settlement
    return {
        "closing": {
            **found.application,
            "close_reason_name": REASONS.get(str(found.application.get("close_reason")), ""),
            "rights": [
                {**row, "right_name": RIGHTS[row["right"]]} for row in found.application.get("rights") or [] if row.get("right")
            ],
            "applied_by": found.applied_by_name,
            "applied_at": found.applied_at.isoformat(),
            "summary": {**found.summary, "views_name": VIEWS.get(str(found.summary.get("views_adopted")), "")},
            "open_items": found.open_items,
            "review": {**found.review, "by": found.reviewed_by_name, "override_reason": found.override_reason},
            "settlement": {**settlement, "name": SETTLEMENTS.get(str(settlement.get("settlement")), "")},
            "deliverables": [
                {**row, "form_name": FORMS[row["form"]]} for row in delivery.get("deliverables") or [] if row.get("form")
            ],
            "originals": delivery.get("originals") or [],
            **{key: delivery.get(key) or "" for key in ("process_note", "result_note", "client_notes")},
            "objections": found.objections,
            "receipt": found.receipt,
            "received_how": found.result,
        }
    }


def _check_authority(context: Context, matter_id: str, reason: str) -> None:
    """Guard G4: an act that is on record was covered when it was done; else something must cover it now."""
    act = ACTS.get(reason)
    if act and all(done.act != act for done in authority.list_acts(context.session, matter_id)):
        authority.check_authority(context.session, matter_id, act, context.now.astimezone(FIRM_ZONE).date())


def _blank() -> dict[str, Any]:
    empty: dict[str, Any] = {key: {} for key in ("summary", "review", "settlement", "delivery", "receipt")}
    texts = {key: "" for key in ("result", "reviewed_by_name", "override_reason")}
    return {**empty, **texts, "open_items": [], "objections": [], "returns": 0}


def _changed(context: Context, row: ClosingRow, event: str, **data: Any) -> Closing:
    context.session.flush()
    context.audit(event, f"matter:{row.matter_id}", **data)
    return _closing(row)


def _find_row(session: Session, lead_id: str) -> ClosingRow | None:
    return session.scalar(select(ClosingRow).where(ClosingRow.lead_id == lead_id))


def _get_row(session: Session, lead_id: str) -> ClosingRow:
    row = _find_row(session, lead_id)
    if row is None:
        raise NotFound(kind="closing", id=lead_id)
    return row


def _closing(row: ClosingRow) -> Closing:
    return Closing(**{name: getattr(row, name) for name in Closing.__dataclass_fields__})
