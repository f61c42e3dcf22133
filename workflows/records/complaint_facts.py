"""What letters and panels say of a complaint, and the timeline of its case made from the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import communications, complaint_terms, complaints, documents, leads, matters, people, updates
from workflows.records.complaints import Complaint
from workflows.records.firm import read_firm
from workflows.records.money import in_figures, to_decimal

SHORT = 160


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened in a case."""

    at: datetime
    what: str
    detail: str
    by: str


def collect(session: Session, complaint_id: str, now: datetime) -> dict[str, Any]:
    """The facts of a complaint's letters as plain JSON: ``complaint``, ``firm``, ``today``, ``now``."""
    complaint = complaints.get_complaint(session, complaint_id)
    found = {
        "complaint": describe(session, complaint),
        "firm": read_firm(),
        "now": now.isoformat(),
        "today": now.astimezone(FIRM_ZONE).date().isoformat(),
    }
    plain: dict[str, Any] = orjson.loads(orjson.dumps(found, default=str))
    return plain


def describe(session: Session, complaint: Complaint) -> dict[str, Any]:
    """A complaint in words, for people and letters."""
    steps = complaint.steps
    matter = matters.find_matter_by_lead(session, complaint.case_lead_id) if complaint.case_lead_id else None
    who = complaint.complainant
    # what the review decided goes over what was first proposed
    final = {**(steps.get("proposal") or {}), **{k: v for k, v in (steps.get("review") or {}).items() if v not in (None, "", [])}}
    return {
        "id": complaint.id,
        "no": complaint.complaint_no,
        "state": complaint.state,
        "state_name": complaint_terms.STATE_NAMES[complaint.state],
        "source_name": complaint_terms.SOURCES.get(complaint.source, complaint.source),
        "severity_name": complaint_terms.SEVERITIES[complaint.severity],
        "kind_names": "、".join(complaint_terms.KINDS[kind] for kind in complaint.kinds),
        "complainant": who,
        "anonymous": bool(who.get("anonymous")),
        "name": str(who.get("name") or ""),
        "salutation": who.get("name") or "投诉人",
        "relation": who.get("relation") or "",
        "relation_name": complaint_terms.RELATIONS.get(str(who.get("relation")), ""),
        "respondent_names": "、".join(names(session, complaint.respondents)),
        "handler": name(session, complaint.handler_id),
        "investigator": name(session, complaint.investigator_id),
        "facts": complaint.facts,
        "claim": complaint.claim,
        "matter_no": matter.matter_no if matter else "",
        "matter_title": matter.title if matter else "",
        "received_at": complaint.received_at.isoformat(),
        "received_by": complaint.received_by_name,
        "accept_by": complaint.accept_by.isoformat(),
        "reply_by": complaint.reply_by.isoformat() if complaint.reply_by else "",
        "due_at": complaint.due_at.isoformat(),
        "external_by": complaint.external_by.isoformat() if complaint.external_by else "",
        "answered_at": complaint.answered_at.isoformat() if complaint.answered_at else "",
        "closed_at": complaint.closed_at.isoformat() if complaint.closed_at else "",
        "steps": steps,
        "decision_name": complaint_terms.DECISIONS.get(str((steps.get("screening") or {}).get("decision")), ""),
        "liability_name": complaint_terms.LIABILITIES.get(str((steps.get("investigation") or {}).get("liability")), ""),
        "remedy_names": remedies(final),
        "answer_name": complaint_terms.ANSWERS.get(str((steps.get("answer") or {}).get("decision")), ""),
        "routes": complaint_terms.rule("routes", complaint.received_at),
        "findings": (steps.get("investigation") or {}).get("findings") or "",
        "outcome": (steps.get("proposal") or {}).get("reply_text") or (steps.get("quick") or {}).get("solution") or "",
        "apology": (steps.get("proposal") or {}).get("apology_text") or "",
    }


def remedies(form: dict[str, Any]) -> list[str]:
    """The remedies of a proposal in words, with their amounts."""
    found = []
    amounts = {"refund": "refund_amount", "reduction": "reduction_amount", "compensation": "compensation_amount"}
    for remedy in form.get("remedies") or []:
        amount = form.get(amounts.get(remedy, ""))
        shown = complaint_terms.REMEDIES.get(remedy, remedy)
        found.append(f"{shown}{in_figures(to_decimal(amount))}" if amount else shown)
    return found


def list_timeline(session: Session, case_lead_id: str) -> list[TimelineEntry]:
    """What happened in a case, oldest first: its states, the log, the updates sent, the documents made or received."""
    lead = session.get(leads.Lead, case_lead_id)
    if lead is None:
        return []
    found = [TimelineEntry(lead.created_at, "来访登记", lead.lead_no, name(session, lead.created_by))]
    matter = matters.find_matter_by_lead(session, case_lead_id)
    if matter:
        moments = ((matter.opened_at, "立案建卷"), (matter.activated_at, "开始办理"), (matter.closed_at, "结案"))
        found += [TimelineEntry(at, what, matter.matter_no, "") for at, what in moments if at]
        found += [
            TimelineEntry(each.sent_at, f"第{each.number}次进展通报", _short(each.latest), each.written_by_name)
            for each in updates.list_updates(session, matter.id)
            if each.sent_at
        ]
    for entry in communications.list_communications(session, case_lead_id):
        what = f"{communications.CHANNELS[entry.channel]}（{communications.DIRECTIONS[entry.direction]}）"
        found.append(TimelineEntry(entry.at, what, _short(entry.summary), entry.by_name))
    for document in documents.list_documents(session, case_lead_id):
        if document.media_type == documents.PDF or document.source == "upload":
            found.append(TimelineEntry(document.created_at, "文书", document.title, document.created_by_name))
    return sorted(found, key=lambda entry: entry.at)


def name(session: Session, person_id: str) -> str:
    """A person's name, empty for nobody."""
    person = people.find_person(session, person_id) if person_id else None
    return person.name if person else ""


def names(session: Session, ids: list[str]) -> list[str]:
    """People's names."""
    return [found for found in (name(session, each) for each in ids) if found]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else flat[: SHORT - 1] + "…"
