"""The waiver of a conflict as a whole: whose consent it takes, the wall, the director's word, and what is given up instead."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import conflicts, leads, waiver_consents, waiver_exits, waivers, wall_lifts, walls
from workflows.records.conflict_words import word
from workflows.records.rule_packs import get_rule

NOT_WAIVABLE = "绝对冲突，客户同意也不能豁免"
EXISTING = "EXISTING"
NOT_TOUCHED = "Choose one of the matters that this conflict touches."


def open_waiver(context: Context, *, check_id: str, excluded: list[str]) -> Variables:
    """Ask the new client and every client touched for their consent, each with a notice and a link of its own.

    A conflict that cannot be waived is said to be one (``waiver_possible``); nobody is asked then.
    """
    session, check = context.session, conflicts.get_check(context.session, check_id)
    if not waivers.may_waive(session, check_id):
        context.audit("waiver_not_waivable", f"conflict_check:{check_id}", result=check.state)
        said = {"waiver_possible": False, "waiver_id": "", "waiver_result": waivers.REFUSED}
        return {**said, "waiver_error": "not_waivable", "waiver_refused_reason": NOT_WAIVABLE}
    waiver = waivers.open_waiver(context, check_id)
    lead = leads.get_lead(session, check.lead_id)
    touched = waivers.list_touched(session, check_id)
    asked = [(lead.id, waiver_consents.NEW, lead.client_name)]
    asked += [(each.lead_id, waiver_consents.AFFECTED, each.name) for each in touched if each.lead_id]
    for lead_id, side, name in asked:
        given = {"waiver_id": waiver.id, "check_id": check_id, "lead_id": lead_id, "side": side, "client_name": name}
        consent = waiver_consents.ask(context, **given)
        context.send_message("consent.needed", correlation=consent.id, payload=_begin(context, consent, excluded))
    unreached = "、".join(each.name for each in touched if not each.lead_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    step = f"{get_rule('conflicts', 'wall_step', today).value} WD"
    return {"waiver_possible": True, "waiver_id": waiver.id, "waiver_unreached": unreached, "waiver_step_due": step}


def _begin(context: Context, consent: waiver_consents.Consent, excluded: list[str]) -> dict[str, Any]:
    """The variables of the process that asks one client."""
    today = context.now.astimezone(FIRM_ZONE).date()
    answer, more, first = (
        int(get_rule("conflicts", key, today).value) for key in ("consent_answer", "consent_more", "consent_reminder")
    )
    lead = leads.get_lead(context.session, consent.lead_id)
    return {
        "consent_id": consent.id,
        "waiver_id": consent.waiver_id,
        "lead_id": consent.lead_id,
        "conflict_check_id": consent.check_id,
        "conflict_excluded": excluded,
        "lawyer_id": lead.lawyer_id or "",
        "client_name": consent.client_name,
        "title": f"{consent.client_name} · 冲突告知与同意",
        "consent_days": answer + more,
        "consent_due": f"{answer} WD",
        "consent_reminder": f"{first} WD",
        "consent_lapse": f"{answer + more} WD",
        "consent_state": waiver_consents.DRAFT,
        "consent_reason": "",
        "signed_document_id": "",
    }


def give_up(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner chooses which engagement is given up; the existing client's interest comes first."""
    touched = [each.lead_id for each in waivers.list_touched(context.session, data["conflict_check_id"]) if each.lead_id]
    numbers = {leads.get_lead(context.session, lead_id).lead_no: lead_id for lead_id in touched}
    choice, lead_id = values["give_up"], numbers.get(str(values.get("give_up_no") or "").strip(), "")
    if choice == EXISTING and not lead_id:
        raise FormInvalid({"give_up_no": [FieldError(NOT_TOUCHED)]})
    text = f"{values['give_up_reason']}；移交安排：{values['hand_over']}"
    waivers.add_opinion(context, data["waiver_id"], opinion=f"GIVE_UP_{choice}", text=text)
    if choice == EXISTING:
        waiver_exits.ask_to_withdraw(context, lead_id, text)
    return {"waiver_give_up": choice}


def read_give_up(context: Context, data: Variables) -> dict[str, Any]:
    """Why the waiver failed, and which matters it touches."""
    touched = [each for each in waivers.list_touched(context.session, data["conflict_check_id"]) if each.lead_id]
    numbers = [leads.get_lead(context.session, each.lead_id).lead_no for each in touched]
    said = "；".join(f"{each.name}（{number}）" for each, number in zip(touched, numbers, strict=True))
    return {"failed_because": data.get("waiver_refused_reason") or "", "touched": said or "没有其他事项受影响"}


def confirm(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director lets the waiver and the wall take effect, or not."""
    granted = values["waiver_decision"] == "GRANTED"
    waivers.add_opinion(context, data["waiver_id"], opinion=values["waiver_decision"], text=values["waiver_opinion"])
    return {"waiver_granted": granted, "waiver_refused_reason": "" if granted else f"主任未批准：{values['waiver_opinion']}"}


def read_confirm(context: Context, data: Variables) -> dict[str, Any]:
    """Who consented, whom the firm could not reach, and that the wall was tried."""
    said = [
        f"{each.client_name}：{word('consent', each.state)}"
        for each in waiver_consents.list_consents(context.session, waiver_id=data["waiver_id"])
    ]
    tested = [wall for wall in walls.list_walls(context.session) if wall.check_id == data["conflict_check_id"] and wall.tests]
    return {
        "consents_said": "；".join(said),
        "unreached": data.get("waiver_unreached") or "",
        "wall_said": f"已设{len(tested)}道隔离，负面测试均未能读取" if tested else "本事项没有须隔离的人员",
    }


def grant(context: Context, *, waiver_id: str) -> Variables:
    """The waiver takes effect."""
    return {"waiver_result": waivers.close_waiver(context, waiver_id, waivers.WAIVED).state}


def refuse(context: Context, *, waiver_id: str, reason: str) -> Variables:
    """The waiver fails; walls put up for it come down."""
    waiver = waivers.close_waiver(context, waiver_id, waivers.REFUSED, reason)
    wall_lifts.drop(context, waiver.check_id, "豁免未成立，本所不接受该项委托")
    return {"waiver_result": waivers.REFUSED}


HANDLERS = (
    Operation("waivers.open", open_waiver, "确定须同意的客户"),
    Completion("waivers.give_up", give_up, "婉拒或退出"),
    Prefill("waivers.read_give_up", read_give_up, "豁免未成立"),
    Completion("waivers.confirm", confirm, "主任确认豁免"),
    Prefill("waivers.read_confirm", read_confirm, "同意与隔离"),
    Operation("waivers.grant", grant, "豁免生效"),
    Operation("waivers.refuse", refuse, "豁免不成立"),
)
