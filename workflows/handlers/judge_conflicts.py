"""The conflict clearance gate, first pair of eyes: compliance judges each hit with a reason."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import conflict_hits, conflict_search, conflicts, walls
from workflows.records.conflict_facts import WALLED
from workflows.records.conflict_hits import DIFFERENT, SAME, TO_JUDGE, UNCLEAR, ConflictHit
from workflows.records.conflict_words import say_reason, say_subject, word
from workflows.records.rule_packs import get_rule


def read_hits(context: Context, data: Variables) -> dict[str, Any]:
    """The next hits to judge, heaviest first; what was said of the same pair before is proposed."""
    waiting = [hit for hit in conflict_hits.list_hits(context.session, data["conflict_check_id"]) if hit.needs_judgement]
    batch = int(get_rule("conflicts", "judge_batch", context.now.astimezone(FIRM_ZONE).date()).value)
    return {"waiting": str(len(waiting)), "hits": [_row(context, hit) for hit in waiting[:batch]]}


def _row(context: Context, hit: ConflictHit) -> dict[str, Any]:
    if walls.hides_hit(context.session, hit.subject, context.actor):
        line = f"{word('role', hit.query['role'])}：{hit.query['name']} ↔ {WALLED}"
        return {"hit_id": hit.id, "hit_subject": line, "identity": "", "judged_class": "", "reason": ""}
    before = conflict_hits.find_earlier_judgement(context.session, hit)
    role = word("role", hit.query["role"])
    rule = get_rule("conflicts", hit.rule, context.now.astimezone(FIRM_ZONE).date())
    said = (
        f"{role}：{hit.query['name']} ↔ {say_subject(hit.subject)}",
        f"命中原因：{'；'.join(say_reason(reason) for reason in hit.reasons)}",
        f"系统定级：{word('class', hit.hit_class)}。{rule.value}（{rule.legal_basis}）",
    )
    return {
        "hit_id": hit.id,
        "hit_subject": "\n".join(said),
        "identity": before.identity if before and before.identity != UNCLEAR else "",
        "judged_class": hit.hit_class if hit.hit_class != "REVIEW" else "",
        "reason": f"同前次审查：{before.reason}" if before and before.identity != UNCLEAR else "",
    }


def judge(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the judgements and say what follows: ``MORE``, ``ASK``, ``DECIDE`` or ``CLEAR``."""
    session, check_id = context.session, data["conflict_check_id"]
    waiting = {hit.id: hit for hit in conflict_hits.list_hits(session, check_id) if hit.needs_judgement}
    check_rows(values["hits"], waiting)
    check_question(context, values, check_id)
    for row in values["hits"]:
        hit = waiting[row["hit_id"]]
        chosen = {SAME: row.get("judged_class"), DIFFERENT: "NONE", UNCLEAR: hit.hit_class}[row["identity"]]
        conflict_hits.judge(context, hit.id, identity=row["identity"], judged_class=chosen, reason=row["reason"])
    return {**conclude(context, check_id, values), "conflict_excluded": conflict_search.list_excluded(session, check_id)}


def conclude(context: Context, check_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """What follows from all judgements so far."""
    hits = conflict_hits.list_hits(context.session, check_id)
    if any(hit.needs_judgement for hit in hits):
        return {"conflict_outcome": "MORE"}
    if values.get("question"):
        check = conflicts.get_check(context.session, check_id)
        conflicts.change_check(context, check_id, questions=[*check.questions, values["question"]])
        return {"conflict_outcome": "ASK"}
    open_ones = [hit for hit in hits if hit.final_class in TO_JUDGE]
    return {"conflict_outcome": "DECIDE" if open_ones else "CLEAR", "conflict_decision": conflicts.CLEAR}


def check_rows(rows: list[dict[str, Any]], waiting: dict[str, ConflictHit]) -> None:
    """Refuse rows that are not hits of this check, judged twice, or the same party without a class."""
    errors: dict[str, list[FieldError]] = {}
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row["hit_id"] not in waiting or row["hit_id"] in seen:
            errors[f"hits.{index}.hit_id"] = [FieldError("This hit is not one of those to be judged.")]
        elif row["identity"] == SAME and row.get("judged_class") not in ("ABSOLUTE", "WAIVABLE", "INFO"):
            errors[f"hits.{index}.judged_class"] = [FieldError("required")]
        seen.add(row["hit_id"])
    if not rows:
        errors["hits"] = [FieldError("min_rows", {"least": 1})]
    if errors:
        raise FormInvalid(errors)


def check_question(context: Context, values: dict[str, Any], check_id: str) -> None:
    """A question needs a hit that cannot be told, and the lawyer is asked twice at most."""
    if not values.get("question"):
        return
    check = conflicts.get_check(context.session, check_id)
    most = int(get_rule("conflicts", "ask_loops", context.now.astimezone(FIRM_ZONE).date()).value)
    if check.asked >= most:
        raise FormInvalid({"question": [FieldError("The lawyer was asked often enough; a partner decides now.")]})
    if all(row["identity"] != UNCLEAR for row in values["hits"]):
        raise FormInvalid({"question": [FieldError("A question needs a hit that you cannot tell.")]})


HANDLERS = (
    Completion("conflicts.judge", judge, "逐条核实命中"),
    Prefill("conflicts.read_hits", read_hits, "待核实命中"),
)
