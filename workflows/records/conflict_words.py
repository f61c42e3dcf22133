"""The codes of conflict checks in the words of ``rules/conflict_words.yaml``, for letters and rows to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workflows.records import conflict_reasons
from workflows.records.conflict_match import Reason
from workflows.records.yaml_source import read_yaml

SOURCE = Path(__file__).parent.parent / "rules" / "conflict_words.yaml"


@lru_cache(maxsize=1)
def read_words() -> dict[str, Any]:
    """Every group of words."""
    words: dict[str, Any] = read_yaml(SOURCE)
    return words


def word(group: str, code: str, *, english: bool = False) -> str:
    """A code in words; an unknown code stands for itself."""
    words = read_words()
    said = words[group].get(code, code)
    return str(words["english"].get(group, {}).get(code, said) if english else said)


def say_reason(reason: Mapping[str, Any], *, english: bool = False) -> str:
    """Why a hit was found: “名称相差1个字：华夏贸易 / 华厦贸易”."""
    code = reason["code"]
    if code not in read_words()["reason"] and code in conflict_reasons.codes():
        found = Reason(code, reason.get("ours", ""), reason.get("theirs", ""), reason.get("figure", 0))
        return conflict_reasons.say(found, english=english)
    said = word("reason", code, english=english).format(figure=reason.get("figure", 0))
    ours, theirs = reason.get("ours", ""), reason.get("theirs", "")
    if not ours or not theirs or ours == theirs:
        return said
    return f"{said} ({ours} / {theirs})" if english else f"{said}（{ours} / {theirs}）"


def say_subject(subject: Mapping[str, Any]) -> str:
    """Whom a hit names: “示例贸易有限公司，在办事项的委托人，（2026）卷律民字第0001号”."""
    role, status = word("role", subject["role"]), word("status", subject.get("status", ""))
    place = say_place(subject)
    return "，".join(part for part in (subject["name"], f"{status} · {role}" if status else role, place) if part)


def say_place(subject: Mapping[str, Any], *, english: bool = False) -> str:
    """Where the firm knows somebody from: a matter, a lead, or a person of the firm (“李明轩的父亲”)."""
    staff, relation = subject.get("staff") or "", subject.get("relation") or ""
    if staff:
        return f"{staff} ({relation})" if english and relation else f"{staff}的{relation}" if relation else staff
    return str(subject.get("matter_no") or subject.get("lead_no") or "")
