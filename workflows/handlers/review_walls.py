"""The regular review of a wall: try again to read through it, compliance reports, the director agrees to a lifting."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import client_mail, leads, matters, people, wall_lifts, wall_proofs, walls
from workflows.records.rule_packs import get_rule

KEEP, LIFT, BREACH, AGREED = "KEEP", "LIFT", "BREACH", "AGREED"


def plan_review(context: Context, *, wall_id: str) -> Variables:
    """When the wall is looked at next."""
    wall = walls.get_wall(context.session, wall_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(context.session, wall.lead_id)
    return {
        "wall_review_after": f"{get_rule('conflicts', 'wall_review', today).value} d",
        "wall_step_due": f"{get_rule('conflicts', 'wall_step', today).value} WD",
        "title": f"信息隔离复核 · {lead.lead_no}",
        "client_name": lead.client_name,
    }


def test(context: Context, *, wall_id: str) -> Variables:
    """Try the wall again, unless it is down or its matter is archived; one that lets somebody through is said to do so."""
    wall = walls.get_wall(context.session, wall_id)
    matter = matters.find_matter_by_lead(context.session, wall.lead_id)
    if wall.state != walls.ACTIVE or (matter is not None and matter.state == "ARCHIVED"):
        return {"wall_over": True, "wall_leak": ""}
    try:
        wall_proofs.prove(context, wall_id)
    except wall_proofs.WallLeaks as leak:
        context.audit("wall_leaks", f"wall:{wall_id}", lead=wall.lead_id)
        return {"wall_over": False, "wall_leak": leak.fields["leaks"]}
    return {"wall_over": False, "wall_leak": ""}


def read_review(context: Context, data: Variables) -> dict[str, Any]:
    """The wall and what its test came to."""
    wall = walls.get_wall(context.session, data["wall_id"])
    tested = wall.tests[-1]["people"] if wall.tests else []
    held = f"以{len(tested)}名墙外人员的身份逐项尝试，均未能读取"
    return {
        "wall_case": _case(context, wall),
        "wall_people": _names(context, wall),
        "wall_tests": f"隔离有漏洞：{data['wall_leak']}" if data.get("wall_leak") else held,
    }


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep compliance's report; a breach is told to the director at once, a lifting needs the director too."""
    wall_id, outcome = data["wall_id"], values["wall_outcome"]
    entry = {"outcome": outcome, "report": values["wall_report"], "by": context.actor.id, "by_name": context.actor.name}
    wall = walls.add_entry(context, wall_id, "reviews", {**entry, "leak": data.get("wall_leak") or ""})
    if outcome == LIFT:
        wall_lifts.ask_lift(context, wall_id, values["wall_report"])
    if outcome == BREACH:
        lead = leads.get_lead(context.session, wall.lead_id)
        context.audit("wall_breached", f"wall:{wall_id}", lead=wall.lead_id)
        payload = {"lead_id": wall.lead_id, "wall_id": wall_id, "incident": values["wall_report"]}
        context.send_message("incident.reported", correlation=wall.lead_id, payload=payload)
        subject = f"信息隔离被违反：{lead.lead_no}"
        body = f"{context.actor.name}在复核中发现{lead.lead_no}的信息隔离被违反，请立即处置。情况：{values['wall_report']}"
        client_mail.mail_role(context, role="director", subject=subject, body=body, lead_id=wall.lead_id)
    return {"wall_outcome": outcome}


def read_agree(context: Context, data: Variables) -> dict[str, Any]:
    """Who asks to take the wall down, and why."""
    wall = walls.get_wall(context.session, data["wall_id"])
    asked = wall.lift_request or {}
    return {"wall_case": _case(context, wall), "lift_asked": f"{asked.get('by_name', '')}：{wall.lift_reason}"}


def agree(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director, as the second of two, takes the wall down or keeps it up; whoever did so on the page came first."""
    wall = walls.get_wall(context.session, data["wall_id"])
    agreed = values["lift_decision"] == AGREED
    if wall.state == walls.ACTIVE:
        note = {"outcome": values["lift_decision"], "report": values["lift_note"], "by": context.actor.id}
        walls.add_entry(context, wall.id, "reviews", {**note, "by_name": context.actor.name})
        if agreed:
            wall_lifts.lift(context, wall.id)
        else:
            wall_lifts.refuse_lift(context, wall.id)
    return {"wall_lifted": agreed or wall.state == walls.LIFTED}


def remind(context: Context, *, wall_id: str) -> Variables:
    """Tell the director that a review is late."""
    wall = walls.get_wall(context.session, wall_id)
    lead = leads.get_lead(context.session, wall.lead_id)
    subject = f"信息隔离复核逾期：{lead.lead_no}"
    body = f"{lead.lead_no}的信息隔离复核在规定期限内没有办结，请督办。"
    return {"told": client_mail.mail_role(context, role="director", subject=subject, body=body, lead_id=lead.id)}


def _case(context: Context, wall: walls.Wall) -> str:
    lead = leads.get_lead(context.session, wall.lead_id)
    return f"{lead.client_name}（{lead.lead_no}）：{wall.reason}"


def _names(context: Context, wall: walls.Wall) -> str:
    return "、".join(people.find_name(context.session, each) or "—" for each in wall.people)


HANDLERS = (
    Operation("walls.plan_review", plan_review, "排定隔离复核"),
    Operation("walls.test", test, "隔离负面测试"),
    Prefill("walls.read_review", read_review, "隔离复核"),
    Completion("walls.review", review, "复核隔离"),
    Prefill("walls.read_agree", read_agree, "解除隔离"),
    Completion("walls.agree", agree, "主任同意解除隔离"),
    Operation("walls.remind_review", remind, "督办隔离复核"),
)
