"""Written confirmation of key matters: draft, review, sending with its plan, the client's answer, the overdue and urgent ways."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    authority,
    client_mail,
    client_refusals,
    communications,
    confirmation_facts,
    confirmation_plan,
    confirmations,
    documents,
    leads,
    link_sending,
    links,
    signers,
)
from workflows.records.rule_packs import get_rule

PURPOSE = "confirmation"
SIGNED, MODIFY, REFUSED = "SIGNED", "MODIFY", "REFUSED"
# What follows: to the client (again), act first, write it anew, or leave it.
SEND, URGENT, REDRAFT, STOP = "SEND", "URGENT", "REDRAFT", "STOP"
NEXT_STEPS = {"APPROVE": SEND, "RETURN": REDRAFT, "URGENT": URGENT, "RESEND": SEND, "STOP": STOP}


def draft(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the draft and say what decision table D9 asks."""
    today = context.now.astimezone(FIRM_ZONE).date()
    deadline = values.get("legal_deadline")
    if deadline and date.fromisoformat(deadline[:10]) < today:
        raise FormInvalid({"legal_deadline": [FieldError("too_early", {"least": today.isoformat()})]})
    seed = data.get("confirm_seed") or {}
    if seed.get("act") and values.get("act") != seed["act"]:
        raise FormInvalid({"act": [FieldError(client_refusals.OTHER_ACT, {"act": authority.name_act(seed["act"], today)})]})
    found = confirmations.draft_confirmation(
        context,
        lead_id=data["lead_id"],
        matter_id=data["matter_id"],
        values=values,
        previous_id=data.get("confirmation_id") or None,
        origin=seed.get("origin") or "manual",
    )
    limit = Decimal(str(get_rule("client_service", "review_amount", today).value))
    return {
        "confirmation_id": found.id,
        "confirm_version": found.version,
        "confirm_urgent": _yes(values.get("urgent") and not found.urgent),
        "confirm_irrevocable": _yes(values.get("irrevocable") or found.act),
        "confirm_liberty": _yes(values.get("liberty")),
        "confirm_amount_large": _yes(Decimal(str(values.get("amount") or 0)) >= limit),
        "confirm_result": confirmations.DRAFT,
    }


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The text as it stands with why it came back; at first what the step before knows."""
    if not data.get("confirmation_id"):
        return {"form": "confirmation", **(data.get("confirm_seed") or {})}
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    said = str(found.review.get("opinion") or "") if found.state == confirmations.DRAFT else ""
    wanted = found.answer.get("change_request") or found.closed_reason
    day = found.legal_deadline.isoformat() if found.legal_deadline else None
    return {**found.draft, "legal_deadline": day, "returned": said or wanted or None}


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner approves, returns, or lets the lawyer act before the client answers."""
    decision = values["review_decision"]
    decision = values["review_decision"]
    opinion = values.get("review_opinion_return") or values.get("review_opinion") or ""
    confirmations.record_review(context, data["confirmation_id"], decision=decision, opinion=opinion)
    if decision == URGENT:
        confirmations.allow_urgent(context, data["confirmation_id"], reason=values["urgent_reason"])
    return {"confirm_next": NEXT_STEPS[decision]}


def prepare(context: Context, *, confirmation_id: str) -> Variables:
    """The plan of the sending that follows, and what the letter says."""
    found = confirmations.get_confirmation(context.session, confirmation_id)
    plan = confirmation_plan.make_plan(context.now, found.legal_deadline)
    return {
        "confirm_remind1_at": plan.reminders[0].isoformat(),
        "confirm_remind2_at": plan.reminders[1].isoformat(),
        "confirm_call_at": plan.call.isoformat(),
        "confirm_due_at": plan.due.isoformat(),
        "confirm_partner_at": plan.partner.isoformat(),
        "confirm_letter": confirmation_facts.letter_facts(context, found, plan),
    }


def send(context: Context, *, confirmation_id: str, document_id: str, due_at: str, until: str, element: str) -> Variables:
    """The letter goes out with a link to the client's answer."""
    due = confirmation_facts.read_moment(due_at)
    found = confirmations.send_confirmation(context, confirmation_id, document_id=document_id, due_at=due)
    sent = link_sending.send(
        context, purpose=PURPOSE, element=element, lead_id=found.lead_id, until=until, documents_shown=[document_id]
    )
    communications.log_communication(
        context,
        lead_id=found.lead_id,
        matter_id=found.matter_id,
        channel="email" if client_mail.find_client_address(context.session, found.lead_id) else "link",
        direction="out",
        summary=f"送达《{confirmation_facts.form_name(found)}》：{found.subject}（第{found.version}版），请客户书面确认",
        persons=[leads.get_lead(context.session, found.lead_id).client_name],
        document_ids=[document_id],
    )
    return {**sent, "confirm_result": confirmations.SENT}


def remind(context: Context, *, confirmation_id: str, until: str, element: str) -> Variables:
    """The link once more."""
    found = confirmations.get_confirmation(context.session, confirmation_id)
    shown = [found.document_id] if found.document_id else []
    return link_sending.send(context, purpose=PURPOSE, element=element, lead_id=found.lead_id, until=until, documents_shown=shown)


def answer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client signs, wants another text, or does not agree."""
    confirmation_id, decision = data["confirmation_id"], values["client_decision"]
    found = confirmations.get_confirmation(context.session, confirmation_id)
    if decision == SIGNED:
        _sign(context, found, values)
        said = f"客户签字确认：{found.subject}"
    elif decision == MODIFY:
        confirmations.close_confirmation(context, confirmation_id, confirmations.SUPERSEDED, values["change_request"])
        said = f"客户希望修改“{found.subject}”：{values['change_request']}"
    else:
        confirmations.refuse_confirmation(context, confirmation_id, values["refusal_reason"])
        said = f"客户不同意“{found.subject}”：{values['refusal_reason']}"
    communications.log_communication(
        context,
        lead_id=found.lead_id,
        matter_id=found.matter_id,
        channel="link",
        direction="in",
        summary=said,
        persons=[values.get("signer_name") or context.actor.name],
    )
    links.use_own_link(context)
    context.send_message("confirmation.settled", correlation=confirmation_id)
    return {"confirm_answer": decision, "confirm_result": decision if decision != MODIFY else confirmations.SUPERSEDED}


def _sign(context: Context, found: confirmations.Confirmation, values: dict[str, Any]) -> None:
    wrong = signers.check_signer(context.session, found.lead_id, values["signer_name"])
    titles = confirmation_facts.option_titles(found)
    choice = values.get(f"choice{len(titles)}") if titles else ""
    if titles and not choice:
        wrong["client_decision"] = [FieldError("required")]
    if wrong:
        raise FormInvalid(wrong)
    proof = dict(values.get("_proof") or {})
    shown = documents.get_document(context.session, found.document_id or "")
    proof["document_sha256"] = proof.get("document_sha256") or shown.sha256
    kept = {key: values.get(key) or "" for key in ("signer_name", "signer_position", "signature", "remark")}
    confirmations.sign_confirmation(
        context, found.id, {**kept, "choice": confirmation_facts.name_choice(titles, choice), "proof": proof}
    )


def read_answer(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be confirmed, the options, and the signer where there is but one."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    entitled = signers.list_signers(context.session, found.lead_id)
    options = confirmation_facts.option_titles(found)
    return {
        "subject": found.subject,
        "content": found.draft["content"],
        "silence": found.draft["silence"],
        "option_count": str(len(options)),
        "option_text": confirmation_facts.list_options(options) or None,
        "signer_name": entitled[0].name if len(entitled) == 1 else None,
        "signer_position": entitled[0].position if len(entitled) == 1 else None,
    }


def log_call(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer called the client who had not answered."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    reached = values["reached"] == "yes"
    communications.log_communication(
        context,
        lead_id=found.lead_id,
        matter_id=found.matter_id,
        channel="phone",
        direction="out",
        summary=f"就“{found.subject}”电话催促确认：{'已接通' if reached else '未接通'}。{values['call_note']}",
        persons=[leads.get_lead(context.session, found.lead_id).client_name],
        reached=reached,
    )
    return {}


def decide_overdue(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """No answer came in time: a partner gives more time, lets the lawyer act first, or leaves it undone."""
    decision, found = values["overdue_decision"], confirmations.get_confirmation(context.session, data["confirmation_id"])
    if decision == URGENT:
        if found.urgent:
            raise FormInvalid({"overdue_decision": [FieldError(client_refusals.ACTED_ALREADY)]})
        confirmations.allow_urgent(context, found.id, reason=values["overdue_reason"])
    elif decision == STOP:
        confirmations.close_confirmation(context, found.id, confirmations.EXPIRED, values["overdue_reason"])
    links.revoke_task_links(context, context.instance_id or "", "Task_ClientAnswers")
    context.send_message("confirmation.settled", correlation=found.id)
    result = confirmations.EXPIRED if decision == STOP else found.state
    return {"confirm_next": NEXT_STEPS[decision], "confirm_result": result}


def read_overdue(context: Context, data: Variables) -> dict[str, Any]:
    """What is waited for, and until when it can be."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    day = found.legal_deadline.isoformat() if found.legal_deadline else None
    return {"subject": found.subject, "legal_deadline": day, "silence": found.draft["silence"]}


def report_urgent(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer acted and reports; the client is asked to ratify."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    today = context.now.astimezone(FIRM_ZONE).date()
    confirmations.report_urgent(context, found.id, {key: values[key] for key in ("measures", "interest", "report")})
    if found.act and values["acted"] == "yes":
        authority.record_act(
            context, found.matter_id, found.act, summary=values["measures"], done_on=date.fromisoformat(values["acted_on"][:10])
        )
    subject = f"紧急处理报告：{found.subject}"
    why = "因情况紧急、未能及时与您取得联系，本所为维护您的利益先行处理如下："
    body = f"您好：\n\n{why}\n\n{values['measures']}\n\n{values['report']}"
    sent = client_mail.mail_client(context, lead_id=found.lead_id, subject=subject, body=body, must_go=True)
    if not sent:
        client_mail.ask_desk(context, lead_id=found.lead_id, what=f"请将《{subject}》告知客户：{values['report']}")
    due = context.now + timedelta(hours=int(get_rule("client_service", "confirm_report", today).value))
    return {"confirm_ratify": True, "confirm_reported_at": context.now.isoformat(), "confirm_report_by": due.isoformat()}


def read_report(context: Context, data: Variables) -> dict[str, Any]:
    """Why the partner let it happen."""
    found = confirmations.get_confirmation(context.session, data["confirmation_id"])
    return {"urgent_reason": found.urgent.get("reason"), "acted_on": context.now.astimezone(FIRM_ZONE).date().isoformat()}


def file(context: Context, *, confirmation_id: str, document_id: str) -> Variables:
    """The signed copy stands in the file; the act it covers is open now."""
    found = confirmations.keep_signed_copy(context, confirmation_id, document_id)
    context.send_message(
        "confirmation.signed", correlation=found.matter_id, payload={"confirmation_id": found.id, "act": found.act or ""}
    )
    return {"confirm_result": found.state}


def _yes(value: Any) -> str:
    return "yes" if value else "no"


HANDLERS = (
    Completion("confirmations.draft", draft, "起草确认文件"),
    Prefill("confirmations.read_draft", read_draft, "确认文件"),
    Completion("confirmations.review", review, "审核确认文件"),
    Operation("confirmations.prepare", prepare, "安排送达与催促"),
    Operation("confirmations.send", send, "送达客户"),
    Operation("confirmations.remind", remind, "提醒客户确认"),
    Completion("confirmations.answer", answer, "客户确认"),
    Prefill("confirmations.read_answer", read_answer, "客户确认"),
    Completion("confirmations.log_call", log_call, "电话催促"),
    Completion("confirmations.decide_overdue", decide_overdue, "逾期处置"),
    Prefill("confirmations.read_overdue", read_overdue, "逾期处置"),
    Completion("confirmations.report_urgent", report_urgent, "紧急处理报告"),
    Prefill("confirmations.read_report", read_report, "紧急处理报告"),
    Operation("confirmations.file", file, "归入案卷并解除限制"),
)
