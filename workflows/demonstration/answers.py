"""What the people of a story answer at the steps where it matters; everywhere else a form is filled with what it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from workflows.demonstration.stories import Story
from workflows.records.yaml_source import read_yaml
from workflows.wiring import ROOT

ANSWERS = ROOT / "rules" / "demo_answers.yaml"
CLOSE_REASONS = {"nonlitigation": "accepted", "special": "accepted", "adviser": "expired", "enforcement": "enforced"}
SCORES = {"low": "2", "mid": "3"}
DELIVERED = {
    "nonlitigation": ("opinion", "contract"),
    "special": ("opinion",),
    "adviser": ("opinion", "contract"),
    "enforcement": ("enforcement", "judgment"),
}
PAPERS = {
    "judgment": "裁判文书",
    "argument": "代理词",
    "opinion": "法律意见书",
    "enforcement": "执行裁定书",
    "contract": "合同文本",
}
COMMENTS = {"low": "通报太少。", "mid": "总体可以。"}
Values = dict[str, Any]


@cache
def read_answers() -> dict[str, dict[str, Any]]:
    """The answers by step, and what differs in stories that do not go well."""
    found: dict[str, dict[str, Any]] = read_yaml(ANSWERS)
    return found


def find_answer(story: Story, process_key: str, element_id: str, today: date, first: Mapping[str, Any]) -> Values:
    """What the story says of a task's fields; ``first`` is what the form shows."""
    known = read_answers()
    told = known["answers"].get(f"{process_key}/{element_id}") or known["answers"].get(element_id) or {}
    differs = known["ends"].get(story.end, {}).get(element_id, {})
    spoken: Values = _say({**told, **differs}, _words(story, today))
    made = MADE.get(element_id)
    return spoken | (made(story, first) if made else {})


def _words(story: Story, today: date) -> dict[str, str]:
    return {
        "client": story.client,
        "kind": story.kind,
        "cause": story.cause,
        "amount": str(story.amount),
        "fee": str(story.fee),
        "hours": str(max(10, story.fee // 1000)),
        "today": today.isoformat(),
        "phone": story.phone,
        "email": story.email,
        "address": story.address,
        "contact": story.client if story.kind == "person" else f"{story.client[:2]}经理",
        "reference": f"{today:%Y%m%d}{story.number:06d}",
        "invoice": f"{today:%y}11{today:%m%d}{story.number:06d}{today.toordinal() % 10**6:06d}",
        "close_reason": CLOSE_REASONS.get(story.type, "judgment"),
    }


def _say(told: Any, words: Mapping[str, str]) -> Any:
    if isinstance(told, dict):
        return {key: _say(value, words) for key, value in told.items()}
    if isinstance(told, list):
        return [_say(value, words) for value in told]
    return told.format(**words) if isinstance(told, str) else told


def _facts(story: Story, _first: Mapping[str, Any]) -> Values:
    common = {"kind": story.kind, "name": story.client, "address": story.address, "service_address": story.address}
    if story.kind == "person":
        return {**common, "id_type": "cn_id", "id_number": story.identifier, "capacity": "full"}
    return {**common, "uscc": story.identifier, "legal_representative": f"{story.client[0]}总", "status": "active"}


def _outline(story: Story, _first: Mapping[str, Any]) -> Values:
    kind = "organisation" if "有限公司" in story.opponent or "商行" in story.opponent else "person"
    found: Values = {
        "matter_type": story.type,
        "cause": story.cause,
        "summary": f"{story.client}委托处理{story.cause}，双方多次协商未果，现有合同、函件与付款凭证，希望尽快解决并控制成本。",
        "goal": "依法维护合法权益",
        "opposing_parties": [{"name": story.opponent, "kind": kind}] if story.opponent else [],
        "key_dates": [],
        "intake_decision": "CONFIRMED",
        "lawyer_view": "事实清楚，材料较为齐备，建议受理。",
    }
    return found | ({"amount": str(story.amount)} if story.amount else {})


def _judge(story: Story, first: Mapping[str, Any]) -> Values:
    said = {"identity": "SAME", "judged_class": "ABSOLUTE"} if story.end == "absolute" else {"identity": "DIFFERENT"}
    return {"hits": [{**row, **said, "reason": "已核对证件号码、住所与案卷。"} for row in first.get("hits") or []]}


def _decide(story: Story, first: Mapping[str, Any]) -> Values:
    decision = "ABSOLUTE" if story.end == "absolute" else "CLEAR"
    field = "decision_absolute" if first.get("heaviest") == "ABSOLUTE" else "decision"
    return {field: decision, "decision_reason": "已核对命中与案卷。"}


def _survey(story: Story, first: Mapping[str, Any]) -> Values:
    score = SCORES.get(story.end, "5" if story.number % 3 else "4")
    keys = ("overall", "expertise", "timeliness", "communication", "outcome", "fees")
    lawyers = [{**row, "attitude": score, "diligence": score} for row in first.get("lawyers") or []]
    nps = str(min(10, int(score) * 2))
    return {**dict.fromkeys(keys, score), "lawyers": lawyers, "nps": nps, "comment": COMMENTS.get(story.end, "沟通及时，谢谢。")}


def _each(path: str, **said: str | bool) -> Callable[[Story, Mapping[str, Any]], Values]:
    """The rows that a form shows, each with the same said of it."""

    def answer(_story: Story, first: Mapping[str, Any]) -> Values:
        return {path: [{**row, **said} for row in first.get(path) or []]}

    return answer


def _lawyers(_story: Story, first: Mapping[str, Any]) -> Values:
    """The lawyers of a contract, each with a licence number of the right form."""
    rows = first.get("lawyers") or [{"name": "李明轩", "part": "lead"}]
    return {"lawyers": [{**row, "licence_no": f"1310120201{position:07d}"} for position, row in enumerate(rows, start=1)]}


def _deliver(story: Story, _first: Mapping[str, Any]) -> Values:
    """What the client is given at the end: by the kind of matter."""
    kinds = DELIVERED.get(story.type, ("judgment", "argument"))
    return {
        "deliverables": [
            {"kind": kind, "name": PAPERS[kind], "copies": "1", "form": "original", "files": "@file"} for kind in kinds
        ]
    }


#: answers that are made of what the form shows
MADE: Mapping[str, Callable[[Story, Mapping[str, Any]], Values]] = {
    "Task_ClientFacts": _facts,
    "Task_Outline": _outline,
    "Task_Confirm": _outline,
    "Task_Judge": _judge,
    "Task_Decide": _decide,
    "Task_DecideDirector": _decide,
    "Task_Answer": _survey,
    "Task_ReviewContract": _each("clauses", verdict="ok"),
    "Task_DraftContract": _lawyers,
    "Task_Deliver": _deliver,
    "Task_Summary": _each("open_items", plan="移交跟进"),
    "Task_Collect": _each("absences", none=True, reason="本案没有该材料"),
}
