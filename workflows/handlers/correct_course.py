"""Corrective actions: the problem taken in, its cause found, actions planned, approved, done with proof, their effect checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import corrections, people
from workflows.records.client_mail import mail_person
from workflows.records.rule_packs import get_rule

NOT_COMING = "This day has passed."
PROOF_MISSING = "Please attach the proof, or describe it."
CLOSING_HOUR = time(18)


def take_in(
    context: Context,
    *,
    source: str,
    problem: str,
    facts: str = "",
    severity: str = "medium",
    source_id: str = "",
    source_no: str = "",
    barred: Sequence[str] = (),
    actions: Sequence[Mapping[str, Any]] = (),
) -> Variables:
    """Enter the problem; from here ``lead_id`` is the corrective action's own file."""
    made = corrections.open_correction(
        context,
        source=source,
        problem=problem,
        facts=facts,
        severity=severity,
        source_id=source_id,
        source_no=source_no,
        barred=barred,
        actions=actions,
    )
    days = int(get_rule("corrections", "effect_days", context.now.astimezone(FIRM_ZONE).date()).value)
    return {
        "correction_id": made.id,
        "lead_id": made.id,
        "title": f"整改 {made.correction_no}",
        "correction_barred": made.barred,
        "correction_check_after": f"P{days}D",
    }


def read_problem(context: Context, data: Variables) -> dict[str, Any]:
    """The problem; after an effect that failed also why it did."""
    found = corrections.get_correction(context.session, data["correction_id"])
    effect = found.steps.get("effect") or {}
    kept: dict[str, Any] = {key: found.analysis[key] for key in ("whys", "root_cause", "systemic") if key in found.analysis}
    return {**kept, "problem": found.problem, "severity": found.severity, "failed": effect.get("data") or ""}


def analyse(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the root cause."""
    corrections.analyse(context, data["correction_id"], values)
    return {}


def read_plan(context: Context, data: Variables) -> dict[str, Any]:
    """The actions planned or proposed so far, with the director's remark."""
    found = corrections.get_correction(context.session, data["correction_id"])
    approval = found.steps.get("approval") or {}
    keys = ("what", "owner", "due_on", "measure", "kind")
    rows = [{key: each[key] for key in keys if each.get(key)} for each in found.actions if not each.get("done_at")]
    returned = "" if approval.get("approved", True) else approval.get("note") or ""
    return {"returned": returned, **({"actions": rows} if rows else {})}


def plan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the actions; each has an owner and a day to come."""
    today = context.now.astimezone(FIRM_ZONE).date().isoformat()
    rows = values.get("actions") or []
    late = {f"actions.{i}.due_on": [FieldError(NOT_COMING)] for i, row in enumerate(rows) if str(row["due_on"])[:10] < today}
    if late:
        raise FormInvalid(late)
    made = corrections.plan(context, data["correction_id"], rows)
    return {"correction_actions": [_task(each) for each in made.actions]}


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director's word; the owners are told."""
    approved = values["approval"] == "APPROVED"
    made = corrections.approve(context, data["correction_id"], approved=approved, note=values.get("approval_note") or "")
    for each in made.actions if approved else []:
        body = f"{made.problem}\n\n您负责：{each['what']}\n完成期限：{str(each['due_on'])[:10]}\n检验标准：{each['measure']}"
        mail_person(context, person_id=each["owner"], subject=f"整改任务：{made.correction_no}", body=body)
    return {"correction_approval": values["approval"]}


def finish_action(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the proof that an action is done."""
    if not values.get("proof") and not str(values.get("proof_note") or "").strip():
        raise FormInvalid({"proof": [FieldError(PROOF_MISSING)]})
    corrections.finish_action(context, data["correction_id"], data["action"]["id"], values)
    return {}


def read_action(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be done."""
    action = data["action"]
    return {"what": action["what"], "measure": action["measure"], "due_shown": action["day"]}


def press(context: Context, *, correction_id: str) -> Variables:
    """The director hears which actions are late."""
    found = corrections.get_correction(context.session, correction_id)
    late = found.list_late(context.now.astimezone(FIRM_ZONE).date())
    lines = "\n".join(f"{each['owner_name']}：{each['what']}（{str(each['due_on'])[:10]}）" for each in late)
    for person in people.list_people(context.session, "director") if late else []:
        mail_person(context, person_id=person.id, subject=f"整改逾期：{found.correction_no}", body=f"{found.problem}\n\n{lines}")
    return {}


def finish(context: Context, *, correction_id: str) -> Variables:
    """All is done; sets who checks the effect."""
    corrections.finish(context, correction_id)
    return {"correction_checker_id": corrections.find_checker(context.session, correction_id)}


def check_effect(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep whether it helped."""
    corrections.check_effect(context, data["correction_id"], values)
    return {"correction_effective": values["effective"]}


def _task(action: Mapping[str, Any]) -> dict[str, str]:
    """An action as the diagram repeats it: who does it, and until when."""
    day = date.fromisoformat(str(action["due_on"])[:10])
    due = datetime.combine(day, CLOSING_HOUR, FIRM_ZONE).isoformat()
    keys = ("id", "what", "measure", "owner")
    return {**{key: str(action[key]) for key in keys}, "due": due, "day": day.isoformat()}


HANDLERS = (
    Operation("corrections.take_in", take_in, "登记整改"),
    Prefill("corrections.read_problem", read_problem, "问题"),
    Completion("corrections.analyse", analyse, "查找原因"),
    Prefill("corrections.read_plan", read_plan, "整改措施"),
    Completion("corrections.plan", plan, "拟定措施"),
    Completion("corrections.approve", approve, "审批整改"),
    Prefill("corrections.read_action", read_action, "整改任务"),
    Completion("corrections.finish_action", finish_action, "完成整改任务"),
    Operation("corrections.press", press, "督促整改"),
    Operation("corrections.finish", finish, "整改完成"),
    Completion("corrections.check_effect", check_effect, "检验效果"),
)
