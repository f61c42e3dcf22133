"""The wall of a waiver: who works inside and who stays out, the undertakings, and putting it up with a test that must fail."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, StateRefused
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_access, client_mail, conflicts, leads, people, waivers, wall_proofs, walls
from workflows.records.rule_packs import get_rule

BOTH_SIDES = "{name} cannot be on both sides of the wall: who works on a matter stays inside."
FORGOTTEN = "{name} works on the other matter, or is related to it, and must stay outside."


def gather(context: Context, *, waiver_id: str) -> Variables:
    """All clients consented: say so in the waiver."""
    waivers.gather_consents(context, waiver_id)
    return {}


def read_plan(context: Context, data: Variables) -> dict[str, Any]:
    """Who is inside and outside as far as the check knows, and the firm's review cycle."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    found = waivers.get_waiver(context.session, data["waiver_id"])
    today = context.now.astimezone(FIRM_ZONE).date()
    days = str(get_rule("conflicts", "wall_review", today).value)
    if found.notice:
        return {**found.notice, "review_days": days}
    return {
        "insiders": check.team,
        "outsiders": waivers.list_outsiders(context.session, check.id),
        "objects": ["case_file", "documents", "mailbox", "paper_room"],
        "starts_on": today.isoformat(),
        "review_days": days,
        "notices": "向被隔离人员书面告知隔离范围；在纸质案卷上加贴“隔离”标识。",
        "fee_rule": "被隔离人员不参与本事项的收费分配。",
    }


def plan(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the plan. Nobody is inside and outside; whoever the conflict names stays out; whoever works on the case is inside."""
    session, check_id = context.session, data["conflict_check_id"]
    lead = leads.get_lead(session, conflicts.get_check(session, check_id).lead_id)
    insiders, outsiders = list(dict.fromkeys(values["insiders"])), list(dict.fromkeys(values.get("outsiders") or []))
    named = set(waivers.list_outsiders(session, check_id))
    both = (set(insiders) & (set(outsiders) | named)) | (case_access.list_people(session, lead) & set(outsiders))
    if both:
        raise FormInvalid({"insiders": [FieldError(BOTH_SIDES, {"name": _names(context, both)})]})
    if named - set(outsiders):
        raise FormInvalid({"outsiders": [FieldError(FORGOTTEN, {"name": _names(context, named - set(outsiders))})]})
    kept = {key: value for key, value in values.items() if key != "review_days"}
    planner = {"planned_by": context.actor.id, "planned_by_name": context.actor.name, "undertakings": []}
    waivers.keep_plan(context, data["waiver_id"], {**kept, "insiders": insiders, "outsiders": outsiders, **planner})
    return {"wall_insiders": insiders}


def _names(context: Context, ids: set[str]) -> str:
    return "、".join(sorted(people.find_name(context.session, each) or "—" for each in ids))


def undertake(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """One insider's undertaking, signed."""
    found = waivers.get_waiver(context.session, data["waiver_id"])
    signed = {
        "by": context.actor.id,
        "by_name": context.actor.name,
        "signature": values["signature"],
        "at": context.now.isoformat(),
    }
    others = [each for each in found.notice["undertakings"] if each["by"] != context.actor.id]
    waivers.keep_plan(context, found.id, {**found.notice, "undertakings": [*others, signed]})
    context.audit("wall_undertaking_signed", f"waiver:{found.id}")
    return {}


def remind(context: Context, *, waiver_id: str) -> Variables:
    """Mail the insiders who have not signed."""
    found = waivers.get_waiver(context.session, waiver_id)
    signed = {each["by"] for each in found.notice["undertakings"]}
    lead = leads.get_lead(context.session, found.lead_id)
    for person_id in found.notice["insiders"]:
        if person_id not in signed:
            subject = f"信息隔离承诺书待签署：{lead.lead_no}"
            body = f"来访{lead.lead_no}（{lead.client_name}）的信息隔离承诺书正在等待您签署，请登录待办。"
            client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=lead.id)
    return {}


def apply(context: Context, *, waiver_id: str) -> Variables:
    """Put the walls up, around the new matter and around every matter touched, and try to read through each of them.

    Raises ``StateRefused`` while an undertaking is missing, ``WallLeaks`` when somebody behind a wall can still read.
    """
    found = waivers.get_waiver(context.session, waiver_id)
    given = found.notice
    missing = set(given["insiders"]) - {each["by"] for each in given["undertakings"]}
    if missing:
        raise StateRefused(what="wall", old="", new=walls.ACTIVE, reason="an undertaking is missing")
    others = [each.lead_id for each in waivers.list_touched(context.session, found.check_id) if each.lead_id]
    sides = [(found.lead_id, given["outsiders"]), *((lead_id, given["insiders"]) for lead_id in others)]
    signed = [{key: each[key] for key in ("by", "by_name", "at")} for each in given["undertakings"]]
    plan_kept = {key: given.get(key) for key in ("insiders", "objects", "starts_on", "notices", "fee_rule")}
    made = []
    for lead_id, outside in sides:
        if not outside:
            continue
        inside = case_access.list_people(context.session, leads.get_lead(context.session, lead_id))
        if inside & set(outside):
            raise StateRefused(what="wall", old="", new=walls.ACTIVE, reason="who works on the case leaves it first")
        reason = "利益冲突经客户书面同意豁免，双方信息相互隔离"
        own = plan_kept if lead_id == found.lead_id else {}
        promised = signed if own else []
        planner = (given["planned_by"], given["planned_by_name"])
        rest: dict[str, Any] = {"check_id": found.check_id, "planner": planner, "plan": own, "undertakings": promised}
        wall = walls.put_up(context, lead_id, outside, reason, **rest)
        made.append(wall.id)
    for wall_id in made:
        wall_proofs.prove(context, wall_id)
    return {"wall_ids": made}


HANDLERS = (
    Operation("walls.gather_consents", gather, "汇总客户同意"),
    Prefill("walls.read_plan", read_plan, "隔离方案"),
    Completion("walls.plan", plan, "制定隔离方案"),
    Completion("walls.undertake", undertake, "签署保密承诺"),
    Operation("walls.remind_insiders", remind, "提醒签署承诺"),
    Operation("walls.apply", apply, "启用隔离并做负面测试"),
)
