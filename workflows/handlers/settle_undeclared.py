"""Lawyers who do not declare their interests: a partner asks them again, or takes them off the case."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, conflicts, leads, people, walls

AGAIN, REMOVE = "AGAIN", "REMOVE"
CHOOSE_LAWYER = "The contact lawyer has not declared: choose somebody else."


def escalate(context: Context, *, check_id: str) -> Variables:
    """Tell the director, and the partners who decide, that somebody has not declared for days."""
    check = conflicts.get_check(context.session, check_id)
    lead = leads.get_lead(context.session, check.lead_id)
    names = "、".join(_names(context, list_undeclared(check)))
    subject = f"利益关系申报逾期：{check.check_no}"
    body = f"来访{lead.lead_no}（{lead.client_name}）的利益关系申报已满三个工作日，{names}仍未申报，请合伙人登录待办处理。"
    for role in ("director", "partner"):
        client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=lead.id)
    return {}


def settle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Who declares now: those who have not, or whoever stands in for them. Sets ``conflict_asked``."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    missing = list_undeclared(check)
    decision = values["undeclared_decision"]
    context.audit("conflict_undeclared_settled", f"conflict_check:{check.id}", decision=decision, people=missing)
    if decision == AGAIN:
        return {"conflict_asked": missing}
    lead = leads.get_lead(context.session, check.lead_id)
    team = [member for member in check.team if member not in missing]
    asked: list[str] = []
    if lead.lawyer_id in missing:
        lead.lawyer_id = _choose(context, str(values.get("lawyer_id") or ""), missing)
        walls.check_team(context.session, lead.id, [lead.lawyer_id])
        context.audit("lead_assigned", f"lead:{lead.id}", lawyer=lead.lawyer_id, reason=values["undeclared_reason"])
        asked = [lead.lawyer_id] if lead.lawyer_id not in team else []
        team = [lead.lawyer_id, *(member for member in team if member != lead.lawyer_id)]
    conflicts.change_check(context, check.id, team=team)
    return {"conflict_asked": asked, "conflict_team": team, "team_ids": team, "lawyer_id": lead.lawyer_id or ""}


def _choose(context: Context, person_id: str, missing: list[str]) -> str:
    """Another lawyer as the contact lawyer. Raises ``FormInvalid``."""
    person = people.find_person(context.session, person_id)
    if person is None or not person.is_active or "lawyer" not in person.roles or person.id in missing:
        raise FormInvalid({"lawyer_id": [FieldError(CHOOSE_LAWYER)]})
    return person.id


def read(context: Context, data: Variables) -> dict[str, Any]:
    """Who has not declared, and whether that is the contact lawyer."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    missing = list_undeclared(check)
    lawyer = leads.get_lead(context.session, check.lead_id).lawyer_id
    return {"undeclared": "、".join(_names(context, missing)), "contact_missing": "yes" if lawyer in missing else "no"}


def list_undeclared(check: conflicts.ConflictCheck) -> list[str]:
    """The members of the team from whom there is no declaration in this round."""
    declared = {each["by"] for each in check.declarations if each["round"] == check.round}
    return [member for member in check.team if member not in declared]


def _names(context: Context, ids: list[str]) -> list[str]:
    return [people.find_name(context.session, person_id) or "—" for person_id in ids]


HANDLERS = (
    Operation("conflicts.escalate_undeclared", escalate, "报告逾期未申报"),
    Completion("conflicts.settle_undeclared", settle, "处理未申报律师"),
    Prefill("conflicts.read_undeclared", read, "未申报律师"),
)
