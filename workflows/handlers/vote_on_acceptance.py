"""The management committee votes on an acceptance; without a majority the director decides."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import acceptance_facts, acceptance_votes, acceptances, client_mail, leads


def call(context: Context, *, lead_id: str) -> Variables:
    """Who votes."""
    return {"committee_members": acceptance_votes.list_members(context.session, lead_id), "committee_outcome": ""}


def vote(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """One member's vote."""
    acceptance_votes.cast_vote(context, data["lead_id"], vote=values["committee_vote"], reason=values["vote_reason"])
    return {}


def read_vote(context: Context, data: Variables) -> dict[str, Any]:
    """Why the committee is asked."""
    found = acceptances.get_acceptance(context.session, data["lead_id"])
    return {"level_reasons": "；".join(dict.fromkeys(found.reasons))}


def remind(context: Context, *, lead_id: str, members: list[str]) -> Variables:
    """Mail every member who has not voted."""
    lead = leads.get_lead(context.session, lead_id)
    votes = acceptance_votes.list_votes(context.session, acceptances.get_acceptance(context.session, lead_id).id)
    silent = [each for each in members if each not in {vote.by for vote in votes}]
    for person_id in silent:
        client_mail.mail_person(
            context,
            person_id=person_id,
            subject=f"请表决收案：{lead.lead_no}",
            body=f"{lead.client_name}（{lead.lead_no}）的收案须经管理委员会表决，请登录待办办理；逾期未表决的，按已收到的表决计票。",
            lead_id=lead_id,
        )
    return {}


def count(context: Context, *, lead_id: str, members: list[str]) -> Variables:
    """What the votes come to; a majority is the committee's opinion, without one the director is asked."""
    outcome = acceptance_votes.count_votes(context.session, lead_id, members)
    if outcome != acceptance_votes.TIE:
        _say(context, lead_id, members, outcome)
    return {"committee_outcome": outcome}


def decide_tie(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director's word where the committee had no majority."""
    found = acceptances.get_acceptance(context.session, data["lead_id"])
    counted = acceptance_votes.describe_votes(context.session, found.id, data["committee_members"])
    acceptances.add_opinion(
        context,
        data["lead_id"],
        level=acceptance_votes.COMMITTEE,
        decision=values["acceptance_decision"],
        opinion=f"{counted}未过半数，由主任决定：{values['acceptance_opinion']}",
    )
    return {"acceptance_decision": values["acceptance_decision"]}


def read_tie(context: Context, data: Variables) -> dict[str, Any]:
    """How the votes fell."""
    today = context.now.astimezone(FIRM_ZONE).date()
    found = acceptances.get_acceptance(context.session, data["lead_id"])
    level = acceptance_facts.describe_level(acceptance_votes.COMMITTEE, today)["label"]
    counted = acceptance_votes.describe_votes(context.session, found.id, data["committee_members"])
    return {"level_name": f"{level}未过半数，由主任决定", "level_reasons": counted}


def _say(context: Context, lead_id: str, members: list[str], outcome: str) -> None:
    found = acceptances.get_acceptance(context.session, lead_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    acceptances.add_opinion(
        context,
        lead_id,
        level=acceptance_votes.COMMITTEE,
        decision=outcome,
        opinion=acceptance_votes.describe_votes(context.session, found.id, members),
        by=acceptance_votes.COMMITTEE,
        by_name=acceptance_facts.describe_level(acceptance_votes.COMMITTEE, today)["label"],
    )


HANDLERS = (
    Operation("acceptances.call_committee", call, "召集管理委员会"),
    Completion("acceptances.vote", vote, "管理委员会表决"),
    Prefill("acceptances.read_vote", read_vote, "表决事由"),
    Operation("acceptances.remind_committee", remind, "提醒委员表决"),
    Operation("acceptances.count_votes", count, "计票"),
    Completion("acceptances.decide_tie", decide_tie, "主任决定"),
    Prefill("acceptances.read_tie", read_tie, "表决结果"),
)
