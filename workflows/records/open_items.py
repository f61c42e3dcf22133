"""Open items (未结事项) of a matter before it closes (guard G5): deadlines, money, updates, originals, complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import complaints, deadlines, documents, fees, links, matters, originals, updates
from workflows.records.money import in_figures
from workflows.records.volume_contents import ORIGINAL, DescriptionRow

DEADLINE, UNPAID, UNBILLED = "deadline", "unpaid", "unbilled"
UNSENT, UNANSWERED, ORIGINALS, COMPLAINT = "unsent_update", "unanswered_link", "originals", "complaint"
KIND_NAMES: Mapping[str, str] = {
    DEADLINE: "期限未届满",
    UNPAID: "律师费未收清",
    UNBILLED: "已收款未开票",
    UNSENT: "进展通报未送达",
    UNANSWERED: "客户确认未答复",
    ORIGINALS: "原件未返还",
    COMPLAINT: "投诉未办结",
}
WHYS: Mapping[str, str] = {
    DEADLINE: "结案后无人继续跟踪该期限",
    UNPAID: "结案后难以催收，须先结清或者写明安排",
    UNBILLED: "收款应当如实开具发票",
    UNSENT: "委托人有权及时了解委托事务的处理情况",
    UNANSWERED: "委托人尚有事项没有答复",
    ORIGINALS: "委托人的原件应当在结案时返还",
    COMPLAINT: "投诉处理完毕前不得结案",
}
OWNERS: Mapping[str, str] = {
    DEADLINE: "lawyer",
    UNPAID: "finance",
    UNBILLED: "finance",
    UNSENT: "lawyer",
    UNANSWERED: "lawyer",
    ORIGINALS: "lawyer",
    COMPLAINT: "complaint",
}


# Links that the client need not use: the standing one for questions, and the page that says an update was read.
OPTIONAL_LINKS = frozenset({"client_contact", "update_reading"})


@dataclass(frozen=True)
class OpenItem:
    """One thing left undone: what kind, what it is, and the amount or the day."""

    kind: str
    what: str
    detail: str

    @property
    def title(self) -> str:
        """The item in one line, as forms and letters show it."""
        shown = f"{KIND_NAMES[self.kind]}：{self.what}"
        return f"{shown}（{self.detail}）" if self.detail else shown

    def to_json(self) -> dict[str, str]:
        """The item as it is kept and shown: with why it matters and who owes it."""
        return {
            "kind": self.kind,
            "kind_name": KIND_NAMES[self.kind],
            "what": self.what,
            "detail": self.detail,
            "title": self.title,
            "why": WHYS[self.kind],
            "owner": OWNERS[self.kind],
        }


def list_open_items(session: Session, lead_id: str, now: datetime) -> list[OpenItem]:
    """Everything that stands in the way of closing this matter, the dated first."""
    matter = matters.find_matter_by_lead(session, lead_id)
    if matter is None:
        return []
    return [
        *_deadlines(session, matter, now.astimezone(FIRM_ZONE).date()),
        *_fees(session, lead_id),
        *_updates(session, matter.id),
        *_confirmations(session, lead_id, now),
        *_papers(session, lead_id),
    ]


def _deadlines(session: Session, matter: matters.Matter, today: date) -> list[OpenItem]:
    """Deadlines that are not over, and key dates of the plan for which none was ever entered."""
    known = deadlines.list_deadlines(session, matter.lead_id)
    found = [
        OpenItem(DEADLINE, each.title or "待录入的期限", each.due_on.isoformat() if each.due_on else "尚未录入")
        for each in known
        if each.state in deadlines.OPEN
    ]
    first = [each.entry.get("suggested", each.entry) for each in known]
    entered = {(each.get("title"), str(each.get("trigger_on") or "")[:10]) for each in first}
    rows: list[Mapping[str, Any]] = matter.plan.get("key_dates") or []
    for row in rows:
        kind, day = str(row.get("key_date_kind") or ""), str(row.get("key_date_on") or "")[:10]
        if day >= today.isoformat() and (kind, day) not in entered:
            found.append(OpenItem(DEADLINE, kind, day))
    return found


def _fees(session: Session, lead_id: str) -> list[OpenItem]:
    found = []
    for item in fees.list_open_items(session, lead_id):
        if item.paid < item.amount:
            found.append(OpenItem(UNPAID, item.milestone, in_figures(item.amount - item.paid)))
        if item.invoiced < item.paid:
            found.append(OpenItem(UNBILLED, item.milestone, in_figures(item.paid - item.invoiced)))
    return found


def _updates(session: Session, matter_id: str) -> list[OpenItem]:
    unsent = [update for update in updates.list_updates(session, matter_id) if update.sent_at is None]
    return [OpenItem(UNSENT, f"第{update.number}次进展通报", "") for update in reversed(unsent)]


def _confirmations(session: Session, lead_id: str, now: datetime) -> list[OpenItem]:
    """Links that wait for the client's answer, each task once."""
    owed = [link for link in links.list_links(session, lead_id) if link.purpose not in OPTIONAL_LINKS]
    waiting = {link.element_id: link for link in owed if link.state(now) == links.OPEN}
    return [
        OpenItem(UNANSWERED, link.recipient_name, f"{link.created_at.astimezone(FIRM_ZONE):%Y-%m-%d}发出")
        for link in sorted(waiting.values(), key=lambda each: each.id)
    ]


def _papers(session: Session, lead_id: str) -> list[OpenItem]:
    """Originals in the volume or in keeping, and complaints by number: what they say is not for whoever closes."""
    there = documents.list_documents(session, lead_id)
    ids = [document.id for document in there]
    query = select(DescriptionRow.document_id).where(DescriptionRow.document_id.in_(ids), DescriptionRow.form == ORIGINAL)
    bound = set(session.scalars(query))
    held = originals.list_held(session, lead_id)
    return [
        *(OpenItem(ORIGINALS, document.title, "") for document in there if document.id in bound),
        *(OpenItem(ORIGINALS, f"{each.title} {each.copies}份", each.holder_name) for each in held),
        *(OpenItem(COMPLAINT, each.complaint_no, "") for each in complaints.list_open(session, lead_id)),
    ]
