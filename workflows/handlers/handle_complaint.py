"""Handling a complaint: accepted or not, settled at once, put off, closed, called after the end."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import complaint_mails, complaint_steps, complaint_terms, complaints, documents

UNKNOWN_COMPLAINT = "There is no other open complaint with this number."


def screen(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the decision on acceptance."""
    if values["decision"] == "merge":
        number = str(values.get("merged_into") or "").strip()
        known = {each.complaint_no for each in complaints.list_complaints(context.session) if each.is_open}
        if number not in known - {data["complaint_no"]}:
            raise FormInvalid({"merged_into": [FieldError(UNKNOWN_COMPLAINT)]})
    changed = complaint_steps.screen(context, data["complaint_id"], values)
    # accepted: another date counts from now on; not accepted: nothing does
    context.send_message("complaint.deadline_changed" if changed.is_open else "complaint.replied", correlation=changed.id)
    return {
        "complaint_decision": values["decision"],
        "complaint_interim": "yes" if values.get("deadline_at_stake") else "no",
        "complaint_severity": changed.severity,
    }


def tell_refusal(context: Context, *, complaint_id: str, document_id: str) -> Variables:
    """Send why a complaint is not taken up here, and where else it may go."""
    sent = complaint_mails.mail_complainant(
        context,
        complaint_id,
        subject="投诉处理告知",
        body="您的投诉经初步审查，处理意见和您可以采取的其他途径见附件。",
        attachments=[document_id],
    )
    return {"complaint_refusal_sent": sent}


def settle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the first talk."""
    complaint_steps.settle_at_once(context, data["complaint_id"], values)
    if values["settled"] == "yes":
        context.send_message("complaint.replied", correlation=data["complaint_id"])
    return {"complaint_settled": values["settled"]}


def extend(context: Context, *, complaint_id: str, reason: str) -> Variables:
    """Put the reply off once, and tell the complainant until when and why."""
    changed = complaint_steps.extend(context, complaint_id, reason)
    until = f"{changed.due_at.astimezone(FIRM_ZONE):%Y年%m月%d日}"
    complaint_mails.mail_complainant(
        context,
        complaint_id,
        subject="投诉延期答复通知",
        body=f"您的投诉（{changed.complaint_no}）需要进一步调查，答复期限延长至{until}，仅延长一次。\n原因：{reason.strip()}",
    )
    context.send_message("complaint.deadline_changed", correlation=complaint_id)
    return {"reply_by": changed.due_at.isoformat()}


def read_closing(context: Context, data: Variables) -> dict[str, Any]:
    """The findings, as what the closing begins with."""
    steps = complaints.get_complaint(context.session, data["complaint_id"]).steps
    findings = steps.get("investigation") or {}
    return {"root_cause": findings.get("findings") or (steps.get("quick") or {}).get("solution") or ""}


def close(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Close; with something to mend the corrective action is asked for by the process."""
    closed = complaint_steps.close(context, data["complaint_id"], values)
    shown = f"投诉{closed.complaint_no}（{'、'.join(complaint_terms.KINDS[kind] for kind in closed.kinds)}）"
    return {
        "complaint_corrective": values["corrective"],
        "correction": {
            "source": "complaint",
            "source_id": closed.id,
            "source_no": closed.complaint_no,
            "problem": f"{shown}：{values['result']}",
            "facts": str(values["root_cause"]),
            "severity": "high" if closed.severity == complaint_terms.MAJOR else "medium",
            "barred": list(closed.respondents),
        },
    }


def file_away(context: Context, *, complaint_id: str, document_id: str) -> Variables:
    """Put the record of a complaint into the volume's restricted place; the rest stays in the complaint's own file."""
    complaint = complaints.get_complaint(context.session, complaint_id)
    if not complaint.case_lead_id:
        return {}
    paper = documents.get_document(context.session, document_id)
    filed = documents.add_document(
        context,
        lead_id=complaint.case_lead_id,
        kind="complaint_record",
        title=paper.title,
        media_type=paper.media_type,
        content=documents.read_content(context.session, document_id),
        slot="complaint",
        source="letter",
        template=paper.template,
        template_version=paper.template_version,
        data_digest=paper.data_digest,
    )
    return {"complaint_filed_id": filed.id}


def call_back(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the call after the end."""
    complaint_steps.keep_step(context, data["complaint_id"], "follow_up", values)
    return {"complaint_called": True}


def go_external(context: Context, *, complaint_id: str, body: str, note: str = "") -> Variables:
    """Note that the complaint is now before a body outside the firm."""
    complaint_steps.go_external(context, complaint_id, body=body, note=note)
    return {}


HANDLERS = (
    Completion("complaints.screen", screen, "初审受理"),
    Operation("complaints.tell_refusal", tell_refusal, "告知投诉人"),
    Completion("complaints.settle", settle, "当场化解"),
    Operation("complaints.extend", extend, "延期答复"),
    Prefill("complaints.read_closing", read_closing, "投诉结案"),
    Completion("complaints.close", close, "投诉结案"),
    Operation("complaints.file_away", file_away, "投诉记录归卷"),
    Completion("complaints.call_back", call_back, "回访"),
    Operation("complaints.go_external", go_external, "转外部程序"),
)
