"""The conflict clearance gate, second pair of eyes: a partner who is not on the matter, or the director."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import conflict_hits, conflicts
from workflows.records.conflict_hits import CLASSES, TO_JUDGE
from workflows.records.conflict_words import word

ESCALATE = "ESCALATE"


def read_decision(context: Context, data: Variables) -> dict[str, Any]:
    """What the judgements came to, for the one who decides."""
    hits = conflict_hits.list_hits(context.session, data["conflict_check_id"])
    heaviest = min((hit.final_class for hit in hits), key=CLASSES.index, default="NONE")
    counts = [f"{word('class', name)}{count}条" for name in CLASSES if (count := sum(hit.final_class == name for hit in hits))]
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    before = "；".join(f"{each['by_name']}：{each['reason']}" for each in check.decisions)
    return {"finding": f"{word('class', heaviest)}（{'，'.join(counts)}）", "heaviest": heaviest, "before": before}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The partner's decision. An absolute conflict cannot be waived; to overrule one is the director's."""
    decision = read_choice(values)
    confirmed = {hit.final_class for hit in conflict_hits.list_hits(context.session, data["conflict_check_id"])}
    if "ABSOLUTE" in confirmed and decision == conflicts.WAIVABLE:
        raise FormInvalid({"decision": [FieldError("An absolute conflict cannot be waived, not even with consent.")]})
    if "ABSOLUTE" in confirmed and decision == conflicts.CLEAR:
        message = "Compliance found an absolute conflict: only the director may clear it. Choose “refer to the director”."
        raise FormInvalid({"decision": [FieldError(message)]})
    return keep(context, values, data, decision)


def decide_director(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director's decision: the last word, but an absolute conflict still cannot be waived."""
    decision = read_choice(values)
    if decision == ESCALATE:
        raise FormInvalid({"decision": [FieldError("option")]})
    confirmed = {hit.final_class for hit in conflict_hits.list_hits(context.session, data["conflict_check_id"])}
    if "ABSOLUTE" in confirmed and decision == conflicts.WAIVABLE:
        raise FormInvalid({"decision": [FieldError("An absolute conflict cannot be waived, not even with consent.")]})
    return keep(context, values, data, decision)


def read_choice(values: dict[str, Any]) -> str:
    """The decision, from the list with or without “waivable”."""
    return str(values.get("decision") or values.get("decision_absolute"))


def keep(context: Context, values: dict[str, Any], data: Variables, decision: str) -> Variables:
    """Write the decision into the record."""
    conflicts.add_decision(
        context,
        data["conflict_check_id"],
        decision=decision,
        reason=values["decision_reason"],
        conditions=values.get("conditions") or "",
    )
    return {"conflict_decision": decision}


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
    Completion("conflicts.decide", decide, "合伙人决定"),
    Completion("conflicts.decide_director", decide_director, "主任决定"),
    Prefill("conflicts.read_decision", read_decision, "冲突审查结论"),
    Completion("conflicts.go_on", go_on, "不再等待先到来访"),
    Prefill("conflicts.read_wait", read_wait, "先到在审"),
)
