"""The steps of a complaint, each with what it may and may not: whoever takes one, from a task, a page or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.access import identities
from engine.context import Context
from engine.errors import FourEyes, NotAllowed, StateRefused
from workflows.records import complaint_terms as terms
from workflows.records import complaints, legal_holds, people
from workflows.records.complaint_access import check_handles, check_unrelated, choose_handler, list_investigators
from workflows.records.complaints import Complaint, change, get_row
from workflows.records.money import to_decimal


def complete_register(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Enter what the desk or the officer asked: who complains of whom, about what, wanting what."""
    row = get_row(context.session, complaint_id)
    if row.state != terms.RECEIVED:
        raise StateRefused(what=row.complaint_no, old=row.state, new=terms.RECEIVED, reason="the procedure does not allow it")
    fields = ("name", "relation", "phone", "email", "address", "anonymous", "identity")
    changed = change(
        context,
        complaint_id,
        "complaint.registered",
        step="register",
        form={**form, "by": context.actor.name, "at": context.now.isoformat()},
        complainant={**row.complainant, **{key: form[key] for key in fields if form.get(key) is not None}},
        kinds=[kind for kind in form.get("kinds") or [] if kind in terms.KINDS],
        respondents=list(dict.fromkeys(each for each in form.get("respondents") or [] if each)),
        facts=str(form.get("facts") or row.facts),
        claim=str(form.get("claim") or ""),
    )
    choose_handler(context, changed.id)
    return complaints.get_complaint(context.session, changed.id)


def screen(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Decide on acceptance: ``decision`` is a key of DECISIONS; from acceptance the time for the reply runs."""
    check_handles(context, complaint_id)
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    decision, severity = form["decision"], form.get("severity") or terms.GENERAL
    if decision in ("accept", "quick"):
        return change(
            context,
            complaint_id,
            "complaint.accepted",
            state=terms.ACCEPTED,
            step="screening",
            form=kept,
            severity=severity,
            reply_by=terms.reply_by(context.now, severity),
        )
    closed = change(
        context,
        complaint_id,
        "complaint.not_accepted",
        state=terms.NOT_ACCEPTED,
        step="screening",
        form=kept,
        closed_at=context.now,
    )
    if decision != "merge":  # the other complaint keeps the hold
        legal_holds.lift_source(context, complaint_id, f"{closed.complaint_no}：{terms.DECISIONS[decision]}")
    return closed


def begin_investigation(context: Context, complaint_id: str) -> Complaint:
    """An accepted complaint is looked into."""
    return change(context, complaint_id, "complaint.investigating", state=terms.INVESTIGATING)


def appoint(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Appoint the partner who investigates. Raises ``NotAllowed`` for somebody who is related or handles it."""
    check_unrelated(context, complaint_id)
    chosen = str(form["investigator"])
    if chosen not in {person.id for person in list_investigators(context.session, complaint_id)}:
        raise NotAllowed(reason="the investigator must be a partner who is unrelated to the complaint")
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    return change(
        context, complaint_id, "complaint.investigator_appointed", step="appointment", form=kept, investigator_id=chosen
    )


def keep_statement(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Keep a respondent's written statement: theirs alone to give."""
    row = get_row(context.session, complaint_id)
    if identities(context.actor).isdisjoint(row.respondents):
        raise NotAllowed(reason="only the respondent gives this statement")
    given = [*row.steps.get("statements", [])]
    given.append({**form, "by_id": context.actor.id, "by": context.actor.name, "at": context.now.isoformat()})
    return change(context, complaint_id, "complaint.statement_given", step="statements", form=given)


def keep_step(context: Context, complaint_id: str, step: str, form: Mapping[str, Any]) -> Complaint:
    """Keep what somebody unrelated did beside the procedure: interim measures, the call after the end."""
    check_unrelated(context, complaint_id)
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    return change(context, complaint_id, f"complaint.{step}", step=step, form=kept)


def investigate(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Keep the findings of the investigator who was appointed."""
    check_unrelated(context, complaint_id)
    row = get_row(context.session, complaint_id)
    if context.actor.kind != "system" and row.investigator_id not in identities(context.actor):
        raise NotAllowed(reason="somebody else investigates this complaint")
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    return change(context, complaint_id, "complaint.investigated", step="investigation", form=kept)


def propose(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Keep the answer proposed: the reply's text and the remedies; ``is_major`` says whether the director must approve."""
    check_handles(context, complaint_id)
    row = get_row(context.session, complaint_id)
    major = row.severity == terms.MAJOR or is_major(context, form)
    kept = {**form, "is_major": major, "by": context.actor.name, "by_id": context.actor.id, "at": context.now.isoformat()}
    return change(context, complaint_id, "complaint.proposed", step="proposal", form=kept)


def is_major(context: Context, form: Mapping[str, Any]) -> bool:
    """Whether a proposal is the director's to approve: discipline, a public risk, or money above the limit."""
    if form.get("public_risk") or "discipline" in (form.get("remedies") or []):
        return True
    given = [to_decimal(form.get(key) or 0) for key in ("refund_amount", "reduction_amount", "compensation_amount")]
    return sum(given, Decimal()) > Decimal(str(terms.rule("refund_limit", context.now)))


def approve(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """The director's word on a major proposal; never by whoever proposed it."""
    check_unrelated(context, complaint_id)
    proposal = get_row(context.session, complaint_id).steps.get("proposal") or {}
    if proposal.get("by_id") in identities(context.actor):
        raise FourEyes(who=proposal["by"], task="拟定处理方案")
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    return change(context, complaint_id, "complaint.approved", step="approval", form=kept)


def reply(context: Context, complaint_id: str) -> Complaint:
    """The reply goes out: a major one not before it was approved."""
    row = get_row(context.session, complaint_id)
    proposal, approval = row.steps.get("proposal") or {}, row.steps.get("approval") or {}
    if not proposal or (proposal.get("is_major") and approval.get("approval") != "APPROVED"):
        reason = "the proposal is not approved"
        raise StateRefused(what=row.complaint_no, old=terms.STATE_NAMES[row.state], new="已答复", reason=reason)
    return change(context, complaint_id, "complaint.replied", state=terms.PROPOSED, answered_at=context.now)


def settle_at_once(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Settled in the first talk: with the complainant's word it is answered and agreed, else it goes on."""
    check_handles(context, complaint_id)
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    change(context, complaint_id, "complaint.first_talk", step="quick", form=kept)
    if form["settled"] != "yes":
        return complaints.get_complaint(context.session, complaint_id)
    change(context, complaint_id, "complaint.replied", state=terms.PROPOSED, answered_at=context.now)
    return change(context, complaint_id, "complaint.agreed", state=terms.AGREED, step="answer", form={"decision": "agree"})


def answer(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """What the complainant says to the reply: agree, dispute, or nothing in time."""
    state = terms.DISPUTED if form["decision"] == "dispute" else terms.AGREED
    kept = {**form, "at": context.now.isoformat()}
    return change(context, complaint_id, "complaint.answered", state=state, step="answer", form=kept)


def review(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """The one review of a disputed reply, by somebody who neither handled nor investigated it."""
    check_unrelated(context, complaint_id)
    row = get_row(context.session, complaint_id)
    if row.state != terms.DISPUTED or row.steps.get("review"):
        reason = "a reply is reviewed once, when it is disputed"
        raise StateRefused(what=row.complaint_no, old=terms.STATE_NAMES[row.state], new="复核", reason=reason)
    if not identities(context.actor).isdisjoint({row.handler_id, row.investigator_id}):
        raise FourEyes(who=context.actor.name, task="投诉处理")
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    return change(context, complaint_id, "complaint.reviewed", step="review", form=kept)


def close(context: Context, complaint_id: str, form: Mapping[str, Any]) -> Complaint:
    """Close with result, root cause and what is mended; the hold of this complaint is lifted."""
    check_handles(context, complaint_id)
    kept = {**form, "by": context.actor.name, "at": context.now.isoformat()}
    closed = change(
        context, complaint_id, "complaint.closed", state=terms.CLOSED, step="closing", form=kept, closed_at=context.now
    )
    legal_holds.lift_source(context, complaint_id, f"{closed.complaint_no}已办结")
    return closed


def extend(context: Context, complaint_id: str, reason: str) -> Complaint:
    """Give the reply more time, once, before its day, with a reason; the complainant is told by whoever asks."""
    check_handles(context, complaint_id)
    row = get_row(context.session, complaint_id)
    may = row.state in (terms.ACCEPTED, terms.INVESTIGATING) and row.extended_at is None and row.reply_by
    if not may or not row.reply_by or context.now > row.reply_by or not reason.strip():
        why = "a reply is put off once, with a reason, before its day has passed"
        raise StateRefused(what=row.complaint_no, old=terms.STATE_NAMES[row.state], new="延期", reason=why)
    longer = timedelta(days=terms.days("extension_days", context.now))
    form = {"reason": reason.strip(), "from": row.reply_by.isoformat(), "by": context.actor.name, "at": context.now.isoformat()}
    return change(
        context,
        complaint_id,
        "complaint.extended",
        step="extension",
        form=form,
        reply_by=row.reply_by + longer,
        extended_at=context.now,
    )


def go_external(context: Context, complaint_id: str, *, body: str, note: str) -> Complaint:
    """Note that a closed or refused complaint is now before the bar, the justice bureau or a court."""
    check_handles(context, complaint_id)
    form = {"body": body, "note": note, "by": context.actor.name, "at": context.now.isoformat()}
    return change(context, complaint_id, "complaint.external", state=terms.EXTERNAL, step="external", form=form)


def name_people(context: Context, ids: list[str]) -> list[str]:
    """People's names, for letters and mails."""
    found = [people.find_person(context.session, each) for each in ids]
    return [person.name for person in found if person]
