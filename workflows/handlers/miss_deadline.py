"""A missed deadline: what can still be done, the client told, the insurer told, and what is learnt from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import deadline_mails, deadlines, legal_periods, matters, refusals
from workflows.records.deadline_proofs import take_proof
from workflows.records.legal_periods import get_figure

IN_TIME, EXTENDABLE, OTHER, NONE = "in_time", "extendable", "other", "none"
REMEDY_KIND = "remedy_extension"


def begin(context: Context, *, deadline_id: str) -> Variables:
    """Raise the alarm, and say by when a partner judges it."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    body = "该期限已届满，系统没有收到完成证明。请合伙人在一小时内判断：是否实际已按期办理、能否申请顺延、有无其他补救。"
    count = deadline_mails.mail_leaders(context, deadline, ("partner", "director"), subject="期限已逾期", body=body)
    deadline_mails.mail_holders(context, deadline, subject="期限已逾期", body=body)
    return {"miss_told": count, "triage_due": get_figure("triage", today), "insurance_due": get_figure("insurance_notice", today)}


def press(context: Context, *, deadline_id: str) -> Variables:
    """Tell the directors that no partner has judged a missed deadline within the hour."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    body = "期限逾期后一小时内合伙人仍未作出判断，请主任立即处理。"
    return {"miss_pressed": deadline_mails.mail_leaders(context, deadline, ("director",), subject="逾期期限无人处理", body=body)}


def triage(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner's judgement; done in time but proved late closes it, an obstacle gives ten days from its end."""
    choice, today = values["triage"], context.now.astimezone(FIRM_ZONE).date()
    deadline_id = data["deadline_id"]
    deadline = deadlines.get_deadline(context.session, deadline_id)
    if choice == IN_TIME:
        acted_on = values.get("acted_on")
        if acted_on and deadline.due_on and date.fromisoformat(acted_on[:10]) > deadline.due_on:
            raise FormInvalid({"acted_on": [FieldError(refusals.AFTER_THE_DEADLINE)]})
        take_proof(context, deadline_id, values)
        return {"triage": choice}
    due = ""
    if choice == EXTENDABLE:
        ended_on = date.fromisoformat(values["obstacle_ended_on"][:10])
        if ended_on > today:
            raise FormInvalid({"obstacle_ended_on": [FieldError(refusals.DATE_IN_FUTURE)]})
        found = legal_periods.compute(REMEDY_KIND, ended_on)
        if found.due_at <= context.now:
            raise FormInvalid({"obstacle_ended_on": [FieldError(refusals.EXTENSION_TOO_LATE, {"day": found.due_on.isoformat()})]})
        due = found.due_at.isoformat()
        deadlines.note_remedy(context, deadline_id, extension_steps=found.steps, extension_until=found.due_on.isoformat())
    deadlines.note_remedy(context, deadline_id, triage=choice, judgement=values["judgement"], judged_by=context.actor.id)
    return {"triage": choice, "remedy_due": due or get_figure("review", today)}


def read_triage(context: Context, data: Variables) -> dict[str, Any]:
    """The day the deadline ended, as the latest day of an action in time."""
    deadline = deadlines.get_deadline(context.session, data["deadline_id"])
    return {"acted_on": deadline.due_on.isoformat() if deadline.due_on else None, "action": "filed", "measure": "none"}


def remedy(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What was filed to mend it."""
    deadline = deadlines.get_deadline(context.session, data["deadline_id"])
    title = f"逾期补救：{deadline.title}"
    deadlines.file_papers(context, deadline.lead_id, values["documents"], slot="pleadings", title=title)
    kept = {key: values.get(key) for key in ("remedy", "filed_on", "documents", "reference")}
    deadlines.note_remedy(context, deadline.id, filed=kept)
    return {"remedy_outcome_due": get_figure("remedy_outcome", context.now.astimezone(FIRM_ZONE).date())}


def tell_client(context: Context, *, deadline_id: str) -> Variables:
    """Have the lawyer inform the client in writing: the missed deadline, what it means, what is being done."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    matter = matters.get_matter(context.session, deadline.matter_id) if deadline.matter_id else None
    said = deadline.remedy
    day = deadline.due_on.isoformat() if deadline.due_on else ""
    filed = str((said.get("filed") or {}).get("remedy") or "")
    content = f"“{deadline.title}”已于{day}届满，本所未能在期限内完成。\n合伙人判断：{said.get('judgement') or ''}"
    content += f"\n已采取的补救：{filed}" if filed else "\n目前没有可以采取的补救措施。"
    content += "\n您有权就此提出投诉或者要求赔偿，本所将依法处理。"
    subject = f"期限逾期告知：{deadline.title}"
    seed = {"kind": "risk", "form": "notice", "subject": subject, "content": content, "origin": "deadline"}
    seed["silence"] = "不答复不影响您的任何权利。"
    payload = {
        "matter_id": deadline.matter_id,
        "lead_id": deadline.lead_id,
        "lawyer_id": matter.lawyer_id if matter else deadline.responsible_id,
        "starter_id": deadline.responsible_id,
        "title": matter.title if matter else deadline.title,
        "confirm_seed": seed,
    }
    context.send_message("confirmation.requested", correlation=deadline.matter_id or deadline.lead_id, payload=payload)
    deadlines.note_remedy(context, deadline.id, client_notice_asked=context.now.isoformat())
    return {}


def insure(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the firm's insurer was told; a partner may find that nothing has to be."""
    kept = {key: values.get(key) for key in ("insurance", "told_on", "policy_no", "insurance_note", "documents")}
    deadlines.note_remedy(context, data["deadline_id"], insurance=kept)
    return {}


def learn(context: Context, *, deadline_id: str) -> Variables:
    """Ask for a corrective action: why it was missed, and what keeps it from happening again."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    payload = {
        "source": "deadline",
        "source_id": deadline.id,
        "lead_id": deadline.lead_id,
        "matter_id": deadline.matter_id,
        "title": f"期限逾期：{deadline.title}",
        "summary": str(deadline.remedy.get("judgement") or ""),
        "owner_id": deadline.responsible_id,
        "severity": "major",
    }
    context.send_message("correction.requested", correlation=deadline.matter_id or deadline.lead_id, payload=payload)
    if deadline.remedy.get("triage") == NONE:
        deadlines.end_missed(context, deadline.id, deadlines.LOST)
    return {"remedy_pending": deadline.remedy.get("triage") != NONE}


def settle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What became of the remedy."""
    deadline = deadlines.get_deadline(context.session, data["deadline_id"])
    title = f"逾期补救结果：{deadline.title}"
    deadlines.file_papers(context, deadline.lead_id, values.get("documents") or [], slot="pleadings", title=title)
    deadlines.note_remedy(context, deadline.id, outcome={key: values.get(key) for key in ("outcome", "outcome_on", "note")})
    state = deadlines.REMEDIED if values["outcome"] == "granted" else deadlines.LOST
    deadlines.end_missed(context, deadline.id, state)
    return {"remedy_outcome": values["outcome"]}


HANDLERS = (
    Operation("deadlines.begin_missed", begin, "逾期警报"),
    Operation("deadlines.press_missed", press, "报告主任"),
    Completion("deadlines.triage", triage, "逾期研判"),
    Prefill("deadlines.read_triage", read_triage, "逾期研判"),
    Completion("deadlines.remedy", remedy, "提交补救申请"),
    Operation("deadlines.tell_client", tell_client, "书面告知客户"),
    Completion("deadlines.insure", insure, "保险报案"),
    Operation("deadlines.learn", learn, "发起整改"),
    Completion("deadlines.settle_missed", settle, "补救结果"),
)
