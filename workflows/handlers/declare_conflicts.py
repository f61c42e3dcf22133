"""What lawyers give to a conflict check: missing facts, and the declaration of their own interests and relatives."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, conflict_words, conflicts, leads

CANNOT = "CANNOT"


def supply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Write what the lawyer found out into the lead's outline, or take note that nothing more can be found out."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    conflicts.change_check(context, check.id, asked=check.asked + 1)
    if values["supply"] == CANNOT:
        context.audit("conflict_data_unavailable", f"conflict_check:{check.id}", reason=values["supply_note"])
        return {"conflict_supply": CANNOT, "conflict_decision": conflicts.INSUFFICIENT}
    lead = leads.get_lead(context.session, check.lead_id)
    given = {key: values.get(key) or [] for key in ("opposing_parties", "third_parties", "related_persons")}
    missing = conflicts.list_missing(context.session, check.lead_id, context.now)
    if "opposing" in missing and not given["opposing_parties"]:
        raise FormInvalid({"opposing_parties": [FieldError("Name at least one opposing party.")]})
    leads.write_outline(context, lead.id, {**lead.outline, **given})
    context.audit("conflict_data_supplied", f"conflict_check:{check.id}", note=values.get("supply_note") or "")
    return {"conflict_supply": "SUPPLIED"}


def read_missing(context: Context, data: Variables) -> dict[str, Any]:
    """What is missing or asked, and what the outline says so far."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    outline = leads.get_lead(context.session, check.lead_id).outline
    missing = [
        conflict_words.word("missing", code) for code in conflicts.list_missing(context.session, check.lead_id, context.now)
    ]
    asked = check.questions[-1:] if not missing else []
    return {
        "missing": "；".join([*(f"缺少：{each}" for each in missing), *asked]),
        **{key: outline.get(key) or [] for key in ("opposing_parties", "third_parties", "related_persons")},
    }


def declare(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the declaration; each interest in it becomes a hit of the search."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    has_any = values["has_interest"] == "yes"
    declaration = {
        "by": context.actor.id,
        "by_name": context.actor.name,
        "at": context.now.isoformat(),
        "round": check.round,
        "kinds": values.get("kinds") or [] if has_any else [],
        "details": values.get("details") or "" if has_any else "",
    }
    others = [each for each in check.declarations if each["by"] != context.actor.id]
    conflicts.change_check(context, check.id, declarations=[*others, declaration])
    context.audit("conflict_declared", f"conflict_check:{check.id}", kinds=declaration["kinds"])
    return {}


def read_declaration(context: Context, data: Variables) -> dict[str, Any]:
    """What the lawyer declared in an earlier round of the same check."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    for each in check.declarations:
        if each["by"] == context.actor.id:
            return {"has_interest": "yes" if each["kinds"] else "no", "kinds": each["kinds"], "details": each["details"]}
    return {}


def remind(context: Context, *, check_id: str, role: str = "") -> Variables:
    """Mail whoever a check waits for: everybody with a role, or those of the team who have not declared yet."""
    check = conflicts.get_check(context.session, check_id)
    lead = leads.get_lead(context.session, check.lead_id)
    subject = f"利益冲突审查待办提醒：{check.check_no}"
    body = f"来访{lead.lead_no}（{lead.client_name}）的利益冲突审查{check.check_no}正在等待您办理，请登录待办。"
    if role:
        client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=lead.id)
        return {}
    declared = {each["by"] for each in check.declarations if each["round"] == check.round}
    for person_id in check.team:
        if person_id not in declared:
            client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=lead.id)
    return {}


HANDLERS = (
    Completion("conflicts.supply", supply, "补充检索信息"),
    Prefill("conflicts.read_missing", read_missing, "待补充信息"),
    Completion("conflicts.declare", declare, "律师利益申报"),
    Prefill("conflicts.read_declaration", read_declaration, "律师利益申报"),
    Operation("conflicts.remind", remind, "提醒办理冲突审查"),
)
