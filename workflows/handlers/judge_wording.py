"""Forbidden promises in what the firm says: refused at the field, or put before a partner who lets them stand or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import Completion, Context, Prefill
from engine.handlers import Variables
from workflows.records import expectations, promises
from workflows.records.wordings import find_wordings

JUSTIFIED = "JUSTIFIED"
PLACES = {
    "scope_in": "服务范围",
    "scope_out": "不包括的事项",
    "work_content": "工作内容",
    "goal": "工作目标",
    "alternatives": "其他可选方案",
    "risks": "风险",
    "other_costs": "其他费用",
    "duration": "预计时间",
    "client_questions_asked": "客户的问题与答复",
}
REASONS = {promises.OUTCOME: "承诺结果", promises.CONNECTIONS: "暗示关系", promises.REFUND: "以结果决定收费"}


def read_wording(context: Context, data: Variables) -> dict[str, Any]:
    """Each wording with its place, its reason and the text around it."""
    last = expectations.find_expectation(context.session, data["lead_id"])
    meeting = last.meeting if last else {}
    rows = [
        {
            "wording_place": PLACES.get(path.split(".")[0], "其他"),
            "wording_words": each.words,
            "wording_why": REASONS[each.reason],
            "wording_text": _text_at(meeting, path),
        }
        for path, wordings in find_wordings(meeting).items()
        for each in wordings
    ]
    return {"wordings": rows, "ask_reason": meeting.get("ask_reason") or ""}


def judge_wording(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner lets the wording stand, with a reason, or returns the record."""
    decision = {key: values[key] for key in ("wording_decision", "wording_reason")}
    expectations.write_partner(context, data["lead_id"], expectations.WORDING, decision)
    return {"wording_decision": values["wording_decision"]}


def _text_at(values: Mapping[str, Any], path: str) -> str:
    found: Any = values
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return str(found)


HANDLERS = (
    Completion("expectations.judge_wording", judge_wording, "审核提示措辞"),
    Prefill("expectations.read_wording", read_wording, "提示措辞"),
)
