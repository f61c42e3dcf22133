"""Acts that need the client's grant: declared, their authority checked, done and recorded (guard G4)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import authority, case_access, client_mail, documents, matters

SLOT = "communications"


def declare(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the lawyer means to do, and by when."""
    case_access.check_works_on(context.session, data["lead_id"], context.actor)
    context.audit("act.declared", f"matter:{data['matter_id']}", act=values["act"])
    deadline = values.get("legal_deadline")
    end = datetime.combine(date.fromisoformat(deadline[:10]), time(12), FIRM_ZONE) if deadline else None
    seed = {key: values.get(key) for key in ("act", "subject", "content", "silence", "legal_deadline", "amount")}
    return {
        "act": values["act"],
        "confirmation_id": "",
        "confirm_seed": {**seed, "kind": "disposition", "form": "confirmation", "irrevocable": True, "origin": "act"},
        "act_due": max(end, context.now).isoformat() if end else "5 WD",
        "act_deadline": deadline or "",
    }


def check(context: Context, *, matter_id: str, act: str) -> Variables:
    """Whether something covers the act now."""
    found = authority.find_authority(context.session, matter_id, act)
    covered = f"{authority.BASIS_NAMES[found.basis]}：{found.detail}" if found else ""
    return {"act_covered": found is not None, "act_basis": covered}


def read_perform(context: Context, data: Variables) -> dict[str, Any]:
    """The act and what covers it."""
    today = context.now.astimezone(FIRM_ZONE).date()
    return {"act_name": authority.name_act(data["act"], today), "covered_by": data["act_basis"], "done_on": today.isoformat()}


def perform(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record the act with its proof, or why it was not done."""
    if values["done"] != "yes":
        context.audit("act.not_done", f"matter:{data['matter_id']}", act=data["act"], reason=values["not_done_reason"])
        return {"act_result": "NOT_DONE"}
    files = documents.place_uploads(
        context, values.get("proof") or [], lead_id=data["lead_id"], slot=SLOT, title=f"行为凭证：{data['act_basis']}"
    )
    authority.record_act(
        context,
        data["matter_id"],
        data["act"],
        summary=values["summary"],
        done_on=date.fromisoformat(values["done_on"][:10]),
        document_id=files[0] if files else None,
    )
    return {"act_result": "DONE"}


def record(context: Context, *, matter_id: str, act: str, summary: str, done_on: str) -> Variables:
    """Enter an act from a page or the command line; the same guard holds."""
    made = authority.record_act(context, matter_id, act, summary=summary, done_on=date.fromisoformat(done_on))
    return {"act_id": made.id, "basis": made.basis}


def warn(context: Context, *, lead_id: str, matter_id: str, act: str) -> Variables:
    """Tell the partners that an act is not on record and its time is up."""
    matter = matters.get_matter(context.session, matter_id)
    name = authority.name_act(act, context.now.astimezone(FIRM_ZONE).date())
    told = client_mail.mail_role(
        context,
        role="partner",
        subject=f"行为到期未登记：{matter.matter_no}",
        body=f"“{matter.title}”（{matter.matter_no}）的“{name}”已到期，尚未登记实施，请立即核实。",
        lead_id=lead_id,
    )
    return {"partners_told": told}


HANDLERS = (
    Completion("acts.declare", declare, "申报行为"),
    Operation("acts.check", check, "核对授权"),
    Prefill("acts.read_perform", read_perform, "实施行为"),
    Completion("acts.perform", perform, "登记行为"),
    Operation("acts.record", record, "登记行为"),
    Operation("acts.warn", warn, "报告合伙人"),
)
