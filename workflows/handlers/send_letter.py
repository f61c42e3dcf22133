"""A letter under the firm's seal: drafted, read by a second lawyer, opined on, approved, sealed, sent with proof (P26)."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import communications, documents, matters, outgoing_checks, outgoing_letters, refusals
from workflows.records.rule_packs import get_rule

PROMISED = "The letter promises what no lawyer may promise: {words}"
ONE_PAPER = "Please attach exactly one paper."
ELECTRONIC_PDF = "The electronic seal goes on a PDF only."
TRACKING = "Please give the tracking number or attach the proof."


def draft(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the draft with what strikes in it; a forbidden promise goes back at once."""
    files = values.get("paper") or []
    if len(files) != 1:
        raise FormInvalid({"paper": [FieldError(ONE_PAPER)]})
    document = documents.get_document(context.session, files[0])
    if values["seal_kind"] == "electronic" and document.media_type != documents.PDF:
        raise FormInvalid({"paper": [FieldError(ELECTRONIC_PDF)]})
    said = {"addressee": str(values["addressee"]).strip(), "addressee_kind": values["addressee_kind"]}
    findings = outgoing_checks.find_findings(context.session, data["lead_id"], document.id, now=context.now, **said)
    if promised := outgoing_checks.has_promise(findings):
        raise FormInvalid({"paper": [FieldError(PROMISED, {"words": "、".join(promised)})]})
    matter = matters.find_matter_by_lead(context.session, data["lead_id"])
    made = outgoing_letters.draft(
        context,
        data.get("letter_id") or None,
        lead_id=data["lead_id"],
        matter_id=matter.id if matter else None,
        findings=findings,
        kind=values["kind"],
        title=str(values["title"]).strip(),
        copies=int(values["copies"]),
        seal_kind=values["seal_kind"],
        urgent=bool(values.get("urgent")),
        document_id=document.id,
        note=str(values.get("note") or ""),
        **said,
    )
    return {"letter_id": made.id, "letter_kind": made.kind, "letter_seal": made.seal_kind, **_times(context, made.urgent)}


def _times(context: Context, urgent: bool) -> dict[str, str]:
    day = context.now.astimezone(FIRM_ZONE).date()
    period = str(get_rule("outgoing", "review_urgent" if urgent else "review", day).value)
    return {"letter_due": period, "letter_send_due": str(get_rule("outgoing", "send", day).value)}


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """What was drafted before, with the remark of who gave it back."""
    found = outgoing_letters.find_letter(context.session, data.get("letter_id") or "")
    if found is None:
        return {"copies": 2}
    keys = ("kind", "title", "addressee", "addressee_kind", "copies", "seal_kind", "urgent")
    return {**{key: getattr(found, key) for key in keys}, "paper": [found.document_id], "returned": found.note}


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The second lawyer's word."""
    return _decide(context, values, data, outgoing_letters.REVIEWED)


def opine(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner's word on an opinion."""
    return _decide(context, values, data, outgoing_letters.OPINED)


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner lets the seal be used."""
    return _decide(context, values, data, outgoing_letters.APPROVED)


def _decide(context: Context, values: dict[str, Any], data: Variables, state: str) -> Variables:
    note = str(values.get("note") or "")
    if values["decision"] == "agree":
        outgoing_letters.take_step(context, data["letter_id"], state, note)
    else:
        outgoing_letters.send_back(context, data["letter_id"], note)
    return {"letter_decision": values["decision"]}


def read_seal(context: Context, data: Variables) -> dict[str, Any]:
    """As many pages as the approved paper has."""
    found = outgoing_letters.get_letter(context.session, data["letter_id"])
    document = documents.get_document(context.session, found.document_id)
    return {"seal_shown": outgoing_letters.SEALS[found.seal_kind], "copies": found.copies, "pages": document.page_count}


def seal(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter the seal's use; a scan of what was sealed on paper is kept."""
    found = outgoing_letters.get_letter(context.session, data["letter_id"])
    document = documents.get_document(context.session, found.document_id)
    if int(values["pages"]) != document.page_count:
        raise FormInvalid({"pages": [FieldError("The approved paper has {pages} pages.", {"pages": document.page_count})]})
    scans = values.get("scan") or []
    if found.seal_kind != "electronic" and not scans:
        raise FormInvalid({"scan": [FieldError(refusals.SCAN_NEEDED)]})
    made = outgoing_letters.seal(
        context,
        found.id,
        pages=int(values["pages"]),
        riding_seal=bool(values.get("riding_seal")),
        scan_id=scans[0] if scans else None,
    )
    return {"letter_no": made.letter_no, "letter_document_id": found.document_id}


def keep_sealed(context: Context, *, letter_id: str, document_id: str) -> Variables:
    """The PDF that bears the electronic seal."""
    outgoing_letters.keep_sealed(context, letter_id, document_id)
    return {}


def send(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep how it went out and the proof; it is logged and lies in its place of the volume."""
    day = date.fromisoformat(str(values["sent_on"])[:10])
    if day > context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"sent_on": [FieldError(refusals.DATE_IN_FUTURE)]})
    proof = values.get("proof") or []
    tracking = str(values.get("tracking") or "").strip()
    if not proof and not tracking:
        raise FormInvalid({"tracking": [FieldError(TRACKING)]})
    made = outgoing_letters.send(
        context,
        data["letter_id"],
        sent_on=day,
        sending={"method": values["method"], "tracking": tracking, "proof": list(proof)},
    )
    communications.log_communication(
        context,
        lead_id=made.lead_id,
        channel="letter",
        direction="out",
        summary=f"发出{outgoing_letters.KINDS[made.kind]}《{made.title}》（{made.letter_no}），收件人：{made.addressee}",
        persons=[made.addressee],
        matter_id=made.matter_id,
        document_ids=[made.sealed_document_id or made.document_id],
    )
    return {}


def void(context: Context, *, letter_id: str, reason: str) -> Variables:
    """Make a letter void; its number stays in the register."""
    outgoing_letters.void(context, letter_id, reason)
    context.send_message("letter.voided", correlation=letter_id)
    return {}


HANDLERS = (
    Completion("letters.draft_outgoing", draft, "起草发文"),
    Prefill("letters.read_outgoing", read_draft, "发文"),
    Completion("letters.review_outgoing", review, "复核发文"),
    Completion("letters.opine_outgoing", opine, "审阅法律意见书"),
    Completion("letters.approve_outgoing", approve, "审批用印"),
    Prefill("letters.read_outgoing_seal", read_seal, "用印"),
    Completion("letters.seal_outgoing", seal, "发文用印"),
    Operation("letters.keep_sealed", keep_sealed, "留存用印件"),
    Completion("letters.send_outgoing", send, "寄送发文"),
    Operation("letters.void_outgoing", void, "作废发文"),
)
