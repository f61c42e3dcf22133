"""Investigating a complaint: the respondent's statement, the investigator, interim measures, the proposal, its approval."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import complaint_access, complaint_mails, complaint_steps, complaint_terms, complaints

RELATED = "Choose a partner who is unrelated to the complaint and does not handle it."
SECRETS_UNCHECKED = "The complainant is the opposing party: tick that the reply tells nothing of the client."
AMOUNT_MISSING = "Please give the amount."
AMOUNTS = {"refund": "refund_amount", "reduction": "reduction_amount", "compensation": "compensation_amount"}


def begin(context: Context, *, complaint_id: str) -> Variables:
    """The investigation begins; sets how long the respondent and the interim measures have."""
    row = complaint_steps.begin_investigation(context, complaint_id)
    statement, interim = (complaint_terms.days(key, context.now) for key in ("statement_days", "interim_hours"))
    return {
        "complaint_statement_due": f"{statement} WD",
        "complaint_interim_due": f"{interim} h",
        "complaint_interim_for": f"PT{interim}H",
        "complaint_reply_at": row.due_at.isoformat(),
    }


def state(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep a respondent's statement."""
    complaint_steps.keep_statement(context, data["complaint_id"], values)
    return {}


def collect(context: Context, *, complaint_id: str) -> Variables:
    """Note who gave no statement in time: the investigation goes on without it."""
    row = complaints.get_complaint(context.session, complaint_id)
    given = {each["by_id"] for each in row.steps.get("statements", [])}
    silent = [each for each in row.respondents if each not in given]
    if silent:
        note = f"期满未作书面说明：{'、'.join(complaint_steps.name_people(context, silent))}"
        complaint_steps.keep_step(context, complaint_id, "statement_missing", {"note": note})
    return {"complaint_statements_missing": len(silent)}


def read_choice(context: Context, data: Variables) -> dict[str, Any]:
    """A partner who may investigate."""
    free = complaint_access.list_investigators(context.session, data["complaint_id"])
    return {"investigator": free[0].id} if free else {}


def appoint(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep who investigates."""
    free = {person.id for person in complaint_access.list_investigators(context.session, data["complaint_id"])}
    if values["investigator"] not in free:
        raise FormInvalid({"investigator": [FieldError(RELATED)]})
    complaint_steps.appoint(context, data["complaint_id"], values)
    return {"complaint_investigator_id": values["investigator"]}


def protect(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was done at once so that nothing is lost meanwhile."""
    complaint_steps.keep_step(context, data["complaint_id"], "interim", values)
    return {"complaint_protected": True}


def press(context: Context, *, complaint_id: str) -> Variables:
    """Interim measures are late: a deadline may be lost, the director is told."""
    number = complaints.get_complaint(context.session, complaint_id).complaint_no
    complaint_mails.tell_director(
        context,
        complaint_id,
        subject=f"投诉临时措施逾期：{number}",
        body="投诉涉及的案件有期限面临风险，临时措施尚未采取，请立即处理。",
    )
    return {}


def investigate(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the findings."""
    complaint_steps.investigate(context, data["complaint_id"], values)
    return {"complaint_liability": values["liability"]}


def read_proposal(context: Context, data: Variables) -> dict[str, Any]:
    """The last proposal with the director's remark; before the first one, the findings."""
    steps = complaints.get_complaint(context.session, data["complaint_id"]).steps
    if steps.get("proposal"):
        return {**steps["proposal"], "returned": (steps.get("approval") or {}).get("approval_note") or ""}
    return {"explanation": (steps.get("investigation") or {}).get("findings") or ""}


def propose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the proposal; a reply to the opposing side is checked for the client's secrets."""
    complaint_id = data["complaint_id"]
    remedies = values.get("remedies") or []
    errors = {AMOUNTS[key]: [FieldError(AMOUNT_MISSING)] for key in AMOUNTS if key in remedies and not values.get(AMOUNTS[key])}
    who = complaints.get_complaint(context.session, complaint_id).complainant
    if who.get("relation") == complaint_terms.OPPONENT and not values.get("secrets_checked"):
        errors["secrets_checked"] = [FieldError(SECRETS_UNCHECKED)]
    if errors:
        raise FormInvalid(errors)
    kept = {key: value for key, value in values.items() if key not in AMOUNTS.values()}
    # an amount without its remedy is none
    kept |= {AMOUNTS[key]: values[AMOUNTS[key]] for key in AMOUNTS if key in remedies}
    proposed = complaint_steps.propose(context, complaint_id, kept)
    return {"complaint_major": "yes" if proposed.steps["proposal"]["is_major"] else "no"}


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director's word."""
    complaint_steps.approve(context, data["complaint_id"], values)
    return {"complaint_approval": values["approval"]}


HANDLERS = (
    Operation("complaints.investigation_begins", begin, "开始调查"),
    Completion("complaints.state", state, "书面说明"),
    Operation("complaints.collect_statements", collect, "汇总书面说明"),
    Prefill("complaints.read_choice", read_choice, "指定调查人"),
    Completion("complaints.appoint", appoint, "指定调查人"),
    Completion("complaints.protect", protect, "临时措施"),
    Operation("complaints.press", press, "临时措施逾期"),
    Completion("complaints.investigate", investigate, "调查"),
    Prefill("complaints.read_proposal", read_proposal, "处理方案"),
    Completion("complaints.propose", propose, "处理方案"),
    Completion("complaints.approve", approve, "主任审批"),
)
