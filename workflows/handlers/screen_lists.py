"""Name lists: imported by compliance, searched for everybody of a lead, hits judged by compliance and then the director."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, diligence_files, leads, screening_lists, screenings

PARTS = {
    "client": "委托人", "opposing": "对方当事人", "third": "第三人", "payer": "付款人", "related_client": "委托人的关联方",
    "related_opposing": "对方的关联方", "owner": "受益所有人",
}  # fmt: skip


def import_list(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Take a list that was pasted; every fault is said by row, and nothing is kept then."""
    try:
        entries = screening_lists.read_list(values["list_text"])
    except screening_lists.ListRefused as refused:
        raise FormInvalid({"list_text": [FieldError("The list cannot be taken: {faults}", refused.fields)]}) from refused
    screening_lists.import_list(context, values["list_key"], date.fromisoformat(values["issued_on"]), entries)
    return {"more_lists": bool(values.get("more_lists"))}


def screen(context: Context, *, lead_id: str) -> Variables:
    """Look for everybody of a lead on the lists; a hit freezes the lead, and compliance and director hear of it at once."""
    kept = diligence_files.find_row(context.session, lead_id)
    owners = kept.facts.get("beneficial_owners") or [] if kept else []
    found = screenings.screen(context, lead_id, owners)
    if found.state == screenings.REVIEW:
        tell(context, lead_id=lead_id)
    listed = screenings.is_listed(context.session, lead_id)
    return {"screening_id": found.id, "screening_open": found.state == screenings.REVIEW, "list_hit": "yes" if listed else "no"}


def tell(context: Context, *, lead_id: str) -> Variables:
    """Mail compliance and the director; the mail says nothing of who it is about."""
    number = leads.get_lead(context.session, lead_id).lead_no
    for role in ("compliance", "director"):
        client_mail.mail_role(
            context,
            role=role,
            subject=f"请立即核查：{number}",
            body=f"来访{number}有一项须在两小时内核查的合规事项，办理已暂停。请登录待办处理，不得向客户和其他人员透露。",
            lead_id=None,
        )
    return {}


def read_hits(context: Context, data: Variables) -> dict[str, Any]:
    """Each hit in a few lines, with the lists that were searched."""
    found = screenings.get_screening(context.session, data["screening_id"])
    searched = "；".join(
        f"{screening_lists.LISTS[each['key']]}（{each['issued_on']}，{each['count']}条）" for each in found.lists
    )
    rows = [{"hit_key": f"{hit['entry_id']}:{hit['name']}", "hit_text": _say(hit)} for hit in found.hits if not hit["verdict"]]
    return {"searched": searched, "hits": rows}


def _say(hit: dict[str, Any]) -> str:
    lines = [
        f"{PARTS.get(hit['part'], '当事人')}：{hit['name']}",
        f"名单：{screening_lists.LISTS[hit['list_key']]}第{hit['number']}号 {hit['listed']}（{hit['reason']}）",
    ]
    return "\n".join([*lines, *filter(None, [hit["note"]])])


def judge(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compliance judges every hit with a reason."""
    verdicts = {row["hit_key"]: {"verdict": row["verdict"], "why": row["why"]} for row in values["hits"]}
    listed = screenings.judge(context, data["screening_id"], verdicts)
    return {"screening_same": listed}


def read_confirmation(context: Context, data: Variables) -> dict[str, Any]:
    """What compliance found."""
    found = screenings.get_screening(context.session, data["screening_id"])
    same = [f"{_say(hit)}\n核实意见：{hit['why']}" for hit in found.hits if hit["verdict"] == screenings.SAME]
    return {"found": "\n\n".join(same)}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director confirms the hit, or finds that it is somebody else."""
    confirmed = values["hit_decision"] == screenings.CONFIRMED
    screenings.decide(context, data["screening_id"], confirmed=confirmed, reason=values["hit_reason"])
    return {"list_hit": "yes" if confirmed else "no"}


HANDLERS = (
    Completion("screening.import_list", import_list, "导入名单"),
    Operation("screening.screen", screen, "名单筛查"),
    Operation("screening.tell", tell, "通知合规与主任"),
    Prefill("screening.read_hits", read_hits, "名单命中"),
    Completion("screening.judge", judge, "核实名单命中"),
    Prefill("screening.read_confirmation", read_confirmation, "核实意见"),
    Completion("screening.decide", decide, "确认名单命中"),
)
