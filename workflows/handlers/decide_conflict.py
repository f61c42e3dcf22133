"""The conflict clearance gate, second pair of eyes: a panel of partners who are not on the matter, then the director."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, NotAllowed, StateRefused
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, conflict_hits, conflict_panels, conflicts, leads
from workflows.records.conflict_hits import CLASSES, TO_JUDGE
from workflows.records.conflict_words import word

NOT_WAIVABLE = "An absolute conflict cannot be waived, not even with consent."
NOT_ALONE = "No partner voted to clear this absolute conflict: it cannot be cleared by the director alone."


def call_panel(context: Context, *, check_id: str, excluded: list[str]) -> Variables:
    """Choose who votes; whoever judged the hits neither votes nor decides."""
    judges = {hit.judged_by for hit in conflict_hits.list_hits(context.session, check_id) if hit.judged_by}
    barred = sorted({*excluded, *judges})
    panel = conflict_panels.choose_panel(context, check_id, barred)
    begun = {"conflict_settled": False, "conflict_decision": conflict_panels.ESCALATE}
    return {"conflict_panel": panel, "conflict_barred": barred, **begun}


def count(context: Context, *, check_id: str, panel: list[str]) -> Variables:
    """What the votes came to; ``ESCALATE`` for the director."""
    return {"conflict_decision": conflict_panels.count_votes(context.session, check_id, len(panel))}


def remind_panel(context: Context, *, check_id: str, panel: list[str]) -> Variables:
    """Mail whoever of the panel has not voted."""
    check = conflicts.get_check(context.session, check_id)
    lead = leads.get_lead(context.session, check.lead_id)
    voted = {each["by"] for each in conflict_panels.list_votes(check)}
    for person_id in panel:
        if person_id not in voted:
            subject = f"利益冲突合议待表决：{check.check_no}"
            body = f"来访{lead.lead_no}（{lead.client_name}）的利益冲突审查{check.check_no}正在等待您表决，请登录待办。"
            client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=lead.id)
    return {}


def read_decision(context: Context, data: Variables) -> dict[str, Any]:
    """What the judgements came to, for the one who decides; the panel's votes only for the director, who comes after them."""
    hits = conflict_hits.list_hits(context.session, data["conflict_check_id"])
    heaviest = min((hit.final_class for hit in hits), key=CLASSES.index, default="NONE")
    counts = [f"{word('class', name)}{total}条" for name in CLASSES if (total := sum(hit.final_class == name for hit in hits))]
    return {"finding": f"{word('class', heaviest)}（{'，'.join(counts)}）", "heaviest": heaviest, "before": ""}


def read_votes(context: Context, data: Variables) -> dict[str, Any]:
    """What the judgements came to, and how the panel voted."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    said = [
        f"{each['by_name']}：{word('decision', each['decision'])}。{each['reason']}" for each in conflict_panels.list_votes(check)
    ]
    return {**read_decision(context, data), "before": "\n".join(said) or "没有合伙人表决"}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """One partner's vote. An absolute conflict cannot be waived; says whether the panel is of one mind by now."""
    check_id, choice = data["conflict_check_id"], read_choice(values)
    if not {context.actor.id, context.actor.on_behalf_of} & set(data["conflict_panel"]):
        raise NotAllowed(reason="you are not on the panel")  # somebody may have handed the task on
    refuse_waiver(context, check_id, choice)
    conflict_panels.vote(context, check_id, choice=choice, reason=values["decision_reason"], conditions=read_conditions(values))
    votes = conflict_panels.list_votes(conflicts.get_check(context.session, check_id))
    return {"conflict_settled": conflict_panels.find_majority(votes, len(data["conflict_panel"])) is not None}


def decide_director(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director's decision: the last word, but an absolute conflict is neither waived nor cleared by one person alone."""
    check_id, choice = data["conflict_check_id"], read_choice(values)
    refuse_waiver(context, check_id, choice)
    try:
        conflict_panels.check_director(context.session, check_id, choice)
    except StateRefused as refused:
        raise FormInvalid({name_field(values): [FieldError(NOT_ALONE)]}) from refused
    reason, conditions = values["decision_reason"], read_conditions(values)
    conflicts.add_decision(context, check_id, decision=choice, reason=reason, conditions=conditions)
    return {"conflict_decision": choice}


def refuse_waiver(context: Context, check_id: str, choice: str) -> None:
    """Raise ``FormInvalid`` for a waiver of a conflict that compliance found to be absolute."""
    if choice == conflicts.WAIVABLE and conflict_panels.is_absolute(context.session, check_id):
        raise FormInvalid({"decision": [FieldError(NOT_WAIVABLE)]})


def read_choice(values: dict[str, Any]) -> str:
    """The decision, from the list with or without “waivable”."""
    return str(values.get("decision") or values.get("decision_absolute"))


def name_field(values: dict[str, Any]) -> str:
    """The field that holds the decision."""
    return "decision" if values.get("decision") else "decision_absolute"


def read_conditions(values: dict[str, Any]) -> str:
    """The conditions of letting the matter pass; none for one that is declined."""
    return values.get("conditions") or ""


def go_on(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director does not let the later lead wait any longer."""
    context.audit("conflict_wait_ended", f"conflict_check:{data['conflict_check_id']}", reason=values["wait_reason"])
    return {}


def read_wait(context: Context, data: Variables) -> dict[str, Any]:
    """Which lead came first."""
    hits = conflict_hits.list_hits(context.session, data["conflict_check_id"])
    first = [hit.subject for hit in hits if hit.rule == "CN-Q1" and hit.final_class in TO_JUDGE]
    return {"first_comer": "；".join(sorted({f"{each['lead_no']}（{each['since']}）" for each in first}))}


HANDLERS = (
    Operation("conflicts.call_panel", call_panel, "确定合议合伙人"),
    Operation("conflicts.count_votes", count, "统计表决"),
    Operation("conflicts.remind_panel", remind_panel, "提醒表决"),
    Completion("conflicts.decide", decide, "合伙人表决"),
    Completion("conflicts.decide_director", decide_director, "主任决定"),
    Prefill("conflicts.read_decision", read_decision, "冲突审查结论"),
    Prefill("conflicts.read_votes", read_votes, "冲突审查结论与表决"),
    Completion("conflicts.go_on", go_on, "不再等待先到来访"),
    Prefill("conflicts.read_wait", read_wait, "先到在审"),
)
