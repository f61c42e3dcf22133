"""Choosing the table of periods, working out every period anew, and the director's decision on what would become shorter."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import retention_floors, retention_packs, retention_periods, retention_reviews

WHY_SHORTER = "A shorter period needs a reason."


def choose(context: Context, *, pack: str, reason: str) -> Variables:
    """Put another table in force and begin the review."""
    chosen = retention_packs.choose(context, pack, reason)
    review = retention_reviews.open_review(context, chosen.pack)
    payload = {"review_id": review.id, "lead_id": review.id, "title": f"保管期限重算：{chosen.name}", "retention_pack": pack}
    context.send_message("retention.pack_changed", correlation=review.id, payload=payload)
    return {"review_id": review.id}


def list_inputs(context: Context, *, review_id: str) -> Variables:
    """What D6 is asked."""
    found = retention_reviews.list_inputs(context.session, review_id, context.now)
    return {"retention_rest": found, "retention_answers": []}


def take_next(context: Context, *, rest: list[dict[str, Any]]) -> Variables:
    """Lay the next different case before D6."""
    return {**rest[0], "retention_case": rest[0], "retention_rest": rest[1:]}


def note_answer(
    context: Context, *, case: dict[str, Any], answers: list[dict[str, Any]], code: str, years: int, reason: str
) -> Variables:
    """Keep what D6 answered on one case."""
    answer = {**case, "retention_code": code, "retention_years": int(years), "retention_reason": reason}
    return {"retention_answers": [*answers, answer]}


def apply(context: Context, *, review_id: str, answers: list[dict[str, Any]]) -> Variables:
    """Lengthen what is longer; say what moved."""
    review = retention_reviews.apply(context, review_id, answers)
    lines = [{**each, "outcome": "已延长" if each["applied"] else "待主任决定"} for each in review.moved]
    facts = {"review": {"pack": retention_packs.PACKS[review.pack], "looked_at": review.looked_at, "moved": lines}}
    return {"review_facts": facts, "review_shorter": "yes" if review.waiting else "no"}


def note_document(context: Context, *, review_id: str, document_id: str) -> Variables:
    """Keep the list as a paper of the review."""
    retention_reviews.note_document(context, review_id, document_id)
    return {}


def read_shorter(context: Context, data: Variables) -> dict[str, Any]:
    """A row for each volume whose period would be shorter."""
    review = retention_reviews.get_review(context.session, data["review_id"])
    rows = [
        {
            "volume_id": each["volume_id"],
            "volume": f"{each['file_no']}　{each['title']}",
            "change": f"{each['before']} → {each['after']}",
            "decision": "leave",
        }
        for each in review.waiting
    ]
    return {"volumes": rows}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the director's decision on each."""
    rows = values.get("volumes") or []
    wrong = {
        f"volumes.{i}.reason": [FieldError(WHY_SHORTER)]
        for i, row in enumerate(rows)
        if row.get("decision") == "shorten" and not str(row.get("reason") or "").strip()
    }
    if wrong:
        raise FormInvalid(wrong)
    retention_reviews.decide(context, data["review_id"], rows)
    return {}


def add_floor(context: Context, *, volume_id: str, kind: str, until: str, reason: str) -> Variables:
    """Enter a floor by hand; the period follows at once."""
    retention_floors.add_floor(context, volume_id, kind=kind, until=date.fromisoformat(until[:10]), reason=reason)
    retention_periods.follow_floors(context, volume_id)
    return {}


HANDLERS = (
    Operation("retention.choose_pack", choose, "更换保管期限表"),
    Operation("retention.list_inputs", list_inputs, "汇总待重算案卷"),
    Operation("retention.take_next", take_next, "取下一类案卷"),
    Operation("retention.note_answer", note_answer, "记下期限"),
    Operation("retention.apply", apply, "重算保管期限"),
    Operation("retention.note_document", note_document, "登记变动清单"),
    Prefill("retention.read_shorter", read_shorter, "期限变短的案卷"),
    Completion("retention.decide", decide, "决定是否缩短"),
    Operation("retention.add_floor", add_floor, "登记最低保管年限"),
)
