"""The steps of the monitor and of a later comparison: compare, classes, what compliance and the director decide."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import client_mail, conflict_rechecks, conflict_watch, conflicts, leads, matters, walls
from workflows.records.conflict_facts import WALLED
from workflows.records.conflict_hits import TO_JUDGE
from workflows.records.conflict_words import say_subject, word

WITHDRAW = "WITHDRAW"  # the measure after which the client hears of the end, and of nothing else
MAY_ASK = frozenset({"compliance", "director", "partner"})


def watch(context: Context, *, cause: str = "nightly") -> Variables:
    """Compare what is new with every open matter; says how many names are left for the next portion."""
    return {"names_left": conflict_watch.watch(context, cause)["left"], "compare_trigger": ""}


def compare(context: Context, *, lead_id: str, trigger: str) -> Variables:
    """Search a cleared case again; what is new goes to decision table D1."""
    recheck = conflict_rechecks.compare(context, lead_id, trigger)
    if recheck is None:
        return {"recheck_id": "", "conflict_situations": []}
    lead = leads.get_lead(context.session, lead_id)
    return {
        "recheck_id": recheck.id,
        "conflict_situations": conflict_rechecks.list_situations(recheck),
        "lawyer_id": lead.lawyer_id or "",
        "team_ids": list_team(context, lead),
        "client_name": lead.client_name,
        "matter_type": lead.matter_type,
        "title": f"{lead.client_name} · {lead.outline.get('cause') or ''}",
    }


def list_team(context: Context, lead: leads.Lead) -> list[str]:
    """Who works on a case."""
    matter = matters.find_matter_by_lead(context.session, lead.id)
    return list(matters.list_members(context.session, matter.id)) if matter else [lead.lawyer_id] if lead.lawyer_id else []


def classify(context: Context, *, recheck_id: str, verdicts: list[str]) -> Variables:
    """Keep the classes that D1 gave; says how many of the new hits need a person."""
    emptied: dict[str, Any] = {"conflict_situations": [], "conflict_verdicts": []}
    if not recheck_id:
        return {**emptied, "new_hits": 0}
    found = conflict_rechecks.classify(context, recheck_id, verdicts).found
    return {**emptied, "new_hits": sum(each["hit_class"] in TO_JUDGE for each in found)}


def read_news(context: Context, data: Variables) -> dict[str, Any]:
    """Why the case was compared and what came up, a line a hit."""
    recheck = conflict_rechecks.get_recheck(context.session, data["recheck_id"])
    lines = [_say(context, each) for each in recheck.found if each["hit_class"] in TO_JUDGE]
    return {"cause": word("trigger", recheck.cause), "news": "\n".join(lines)}


def _say(context: Context, hit: dict[str, Any]) -> str:
    """A new hit in a line."""
    theirs = WALLED if walls.hides_hit(context.session, hit["subject"], context.actor) else say_subject(hit["subject"])
    return f"{word('class', hit['hit_class'])}：{word('role', hit['query']['role'])}{hit['query']['name']} ↔ {theirs}"


def handle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compliance dismisses what is new with a reason, or has the whole check done again."""
    again = values["recheck_decision"] == "AGAIN"
    state = conflict_rechecks.CHECKED if again else conflict_rechecks.DISMISSED
    settled = conflict_rechecks.settle(context, data["recheck_id"], state, reason=values["recheck_reason"])
    client_mail.release_held(context, settled.lead_id)
    return {"check_again": again}


def resume(context: Context, *, recheck_id: str) -> Variables:
    """The check that was done again let the case pass: what waited goes out to the client."""
    settled = conflict_rechecks.settle(context, recheck_id, conflict_rechecks.CLEARED)
    return {"mails_released": client_mail.release_held(context, settled.lead_id)}


def order(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director orders what is to be done about a conflict that came up in an open matter."""
    settled = {"measures": values["measures"], "next_check_id": data.get("conflict_check_id") or ""}
    recheck = conflict_rechecks.settle(context, data["recheck_id"], conflict_rechecks.MEASURES, **settled)
    client_mail.release_held(context, recheck.lead_id, send=values["measure"] != WITHDRAW)
    return {"measure": values["measure"]}


def read_conflict(context: Context, data: Variables) -> dict[str, Any]:
    """What the new check came to."""
    check = conflicts.get_check(context.session, data["conflict_check_id"])
    return {"finding": f"{check.check_no}：{word('result', check.state)}"}


def request(context: Context, *, lead_id: str, trigger: str) -> Variables:
    """Ask for a comparison now: a new instance, a renewal, a matter reopened. Raises ``NotAllowed``."""
    if context.actor.kind != "system" and not context.actor.roles & MAY_ASK:
        raise NotAllowed(reason="your roles do not include this")
    leads.get_lead(context.session, lead_id)
    payload = {"lead_id": lead_id, "trigger": trigger}
    context.send_message("conflict.names_changed", correlation=lead_id, payload=payload)
    context.audit("conflict_recheck_requested", f"lead:{lead_id}", trigger=trigger)
    return {}


HANDLERS = (
    Operation("conflicts.watch", watch, "新增名称比对在办事项"),
    Operation("conflicts.compare", compare, "后续复检"),
    Operation("conflicts.keep_classes", classify, "登记新命中等级"),
    Prefill("conflicts.read_news", read_news, "新命中"),
    Completion("conflicts.handle", handle, "处理新命中"),
    Prefill("conflicts.read_conflict", read_conflict, "重新审查结论"),
    Operation("conflicts.resume", resume, "恢复向客户发送"),
    Completion("conflicts.order", order, "主任决定处置措施"),
    Operation("conflicts.request_recheck", request, "提请复检"),
)
