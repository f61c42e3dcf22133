"""Acceptance: the lawyer's application, the check of what must come first, and the levels that approve."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    acceptance_facts,
    acceptance_votes,
    acceptances,
    assessments,
    client_mail,
    conflict_validity,
    fee_guards,
    leads,
    people,
    refusals,
)
from workflows.records.fee_caps import AID

DIRECTOR = "director"
ENDS = frozenset({acceptances.DONE, acceptances.DECLINED, acceptances.RETURNED})


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the application; everybody of the team has one part."""
    team = [values["lead_lawyer"], *(values.get("co_lawyers") or []), *(values.get("assistants") or [])]
    twice = next((each for each in team if team.count(each) > 1), None)
    if twice:
        person = people.find_person(context.session, twice)
        error = FieldError(refusals.PERSON_CHOSEN_TWICE, {"name": person.name if person else twice})
        raise FormInvalid({"co_lawyers" if twice in (values.get("co_lawyers") or []) else "assistants": [error]})
    today = context.now.astimezone(FIRM_ZONE).date()
    if errors := fee_guards.check_aid(context.session, data["lead_id"], values.get("fee_mode"), today):
        raise FormInvalid(errors)
    acceptances.apply(context, data["lead_id"], values, team)
    return {"team_ids": team, "lawyer_id": values["lead_lawyer"], "conflict_tries": 0}


def read_application(context: Context, data: Variables) -> dict[str, Any]:
    """The last application with why it came back; before the first one, what the case file says."""
    lead_id = data["lead_id"]
    found = acceptances.find_acceptance(context.session, lead_id)
    if found:
        return {**found.form, "returned": _why_returned(context, found)}
    lead = leads.get_lead(context.session, lead_id)
    assessment = assessments.find_assessment(context.session, lead_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    return {
        **({"fee_mode": AID} if fee_guards.is_legal_aid(context.session, lead_id, today) else {}),
        "lead_lawyer": data["lawyer_id"],
        "dispute_amount": lead.outline.get("amount"),
        "grounds": assessment.merits.get("merits_opinion") or "" if assessment else "",
        "urgent": leads.is_pressing(lead, today),
    }


def check_ready(context: Context, *, lead_id: str, tries: int) -> Variables:
    """Guard G1; what is missing goes back to the lawyer, a conflict that cannot be cleared ends the matter."""
    found = acceptance_facts.check_ready(context.session, lead_id, context.now, int(tries))
    acceptances.write_check(context, lead_id, missing=found.missing, snapshot=found.snapshot)
    ended = found.gate == acceptance_facts.CONFLICT
    if ended:
        acceptances.close(context, lead_id, acceptances.DECLINED)
    today = context.now.astimezone(FIRM_ZONE).date()
    again = found.gate in (acceptance_facts.RECHECK, acceptance_facts.WAIVE)
    return {
        "acceptance_gate": found.gate,
        "conflict_tries": int(tries) + 1 if again else int(tries),
        **acceptance_facts.level_inputs(context.session, lead_id, today),
        **({"acceptance_result": acceptances.DECLINED} if ended else {}),
    }


def next_level(context: Context, *, lead_id: str, levels: list[str], reasons: list[str], silent: str = "") -> Variables:
    """Whose turn it is, and the end when nobody is left or somebody said no.

    For a level that was ``silent``, or where everybody stepped aside, the director is asked in its stead, unless the
    director may not or has a say later. When all agreed but the parties changed meanwhile, conflicts are checked again.
    """
    today = context.now.astimezone(FIRM_ZONE).date()
    acceptances.write_levels(context, lead_id, acceptance_facts.order_levels(levels, today), reasons)
    turn = acceptances.next_level(context.session, lead_id)
    barred = acceptances.list_barred(context.session, lead_id)
    asked = turn
    if turn not in ENDS and turn != acceptance_votes.COMMITTEE:
        waits = turn == silent or not _list_free(context, turn, barred)
        asked = DIRECTOR if waits and _may_stand_in(context, lead_id, turn, barred) else turn
    found: dict[str, Any] = {"approval_level": turn, "approval_next": asked, "approval_excluded": barred, "approval_silent": ""}
    if turn == acceptances.DONE and not conflict_validity.check_valid(context.session, lead_id, context.now):
        return {**found, "approval_next": acceptance_facts.RECHECK, "conflict_tries": 0}
    if turn == acceptances.DONE:
        acceptances.close(context, lead_id, acceptances.ACCEPTED)
        leads.move_lead(context, lead_id, "APPROVED")
        found["acceptance_result"] = acceptances.ACCEPTED
    elif turn in ENDS:
        acceptances.close(context, lead_id, turn)
        if turn == acceptances.DECLINED:
            found["acceptance_result"] = turn
    return found


def _list_free(context: Context, level: str, barred: list[str]) -> list[str]:
    """Who of a level may still approve."""
    role = acceptance_facts.describe_level(level, context.now.astimezone(FIRM_ZONE).date())["role"]
    return [person.id for person in people.list_people(context.session, role) if person.id not in barred]


def _may_stand_in(context: Context, lead_id: str, level: str, barred: list[str]) -> bool:
    """Whether a director can answer for a level: one who is not barred, and whose own level does not come after it."""
    found = acceptances.get_acceptance(context.session, lead_id)
    if DIRECTOR in found.levels[found.levels.index(level) :]:
        return False
    return any(person.id not in barred for person in people.list_people(context.session, DIRECTOR))


def note_silence(context: Context, *, lead_id: str, level: str) -> Variables:
    """Nobody of a level answered in time."""
    context.audit("acceptance_level_silent", f"lead:{lead_id}", level=level)
    return {"approval_silent": level}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """One level's opinion."""
    acceptances.add_opinion(
        context,
        data["lead_id"],
        level=data["approval_level"],
        decision=values["acceptance_decision"],
        opinion=values["acceptance_opinion"],
    )
    return {"acceptance_decision": values["acceptance_decision"]}


def read_decision(context: Context, data: Variables) -> dict[str, Any]:
    """As which level the person acts, and why that level is asked."""
    today = context.now.astimezone(FIRM_ZONE).date()
    found = acceptances.get_acceptance(context.session, data["lead_id"])
    level = acceptance_facts.describe_level(data["approval_level"], today)
    stands_in = "，由主任代为审批" if data["approval_next"] != data["approval_level"] else ""
    place = found.levels.index(level["key"]) + 1 if level["key"] in found.levels else 1
    return {
        "level_name": f"{level['label']}（第{place}级，共{len(found.levels)}级{stands_in}）",
        "level_reasons": "；".join(dict.fromkeys(found.reasons)),
    }


def remind(context: Context, *, lead_id: str, level: str) -> Variables:
    """Mail everybody who may decide, and the director, who can hand the task to somebody else."""
    today = context.now.astimezone(FIRM_ZONE).date()
    lead = leads.get_lead(context.session, lead_id)
    role = acceptance_facts.describe_level(level, today)["role"]
    barred = set(acceptances.list_barred(context.session, lead_id))
    asked = [person for person in people.list_people(context.session, role) if person.id not in barred]
    directors = [person for person in people.list_people(context.session, "director") if person not in asked]
    for person in asked:
        client_mail.mail_person(
            context,
            person_id=person.id,
            subject=f"请审批收案：{lead.lead_no}",
            body=f"{lead.client_name}（{lead.lead_no}）的收案审批已满一个工作日，请登录待办办理；您不能办理的，请退回待办由他人代为审批。",
            lead_id=lead_id,
        )
    for person in directors:
        client_mail.mail_person(
            context,
            person_id=person.id,
            subject=f"收案审批逾期：{lead.lead_no}",
            body=f"{lead.client_name}（{lead.lead_no}）的收案审批已满一个工作日没有结果，您可以将该任务改派他人代为审批。",
            lead_id=lead_id,
        )
    return {"approvers_reminded": len(asked)}


def _why_returned(context: Context, found: acceptances.Acceptance) -> str:
    """What was missing, or what the level said that sent it back."""
    if found.missing:
        return "\n".join(f"缺：{each}" for each in found.missing)
    returns = acceptances.list_returns(context.session, found.lead_id)
    if found.state != acceptances.RETURNED or not returns:
        return ""
    return f"{returns[-1].by_name}退回：{returns[-1].opinion}"


HANDLERS = (
    Completion("acceptances.apply", apply, "填写收案审批表"),
    Prefill("acceptances.read_application", read_application, "收案审批表"),
    Operation("acceptances.check_ready", check_ready, "收案前核查"),
    Operation("acceptances.next_level", next_level, "确定下一级审批"),
    Operation("acceptances.note_silence", note_silence, "记录逾期未审批"),
    Completion("acceptances.decide", decide, "收案审批"),
    Prefill("acceptances.read_decision", read_decision, "审批层级"),
    Operation("acceptances.remind", remind, "提醒审批人"),
)
