"""The codes of conflict checks in the words of ``rules/conflict_words.yaml``, for letters and rows to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parent.parent / "rules" / "conflict_words.yaml"


@lru_cache(maxsize=1)
def read_words() -> dict[str, Any]:
    """Every group of words."""
    words: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return words


def word(group: str, code: str) -> str:
    """A code in words; an unknown code stands for itself."""
    return str(read_words()[group].get(code, code))


def say_reason(reason: Mapping[str, Any]) -> str:
    """Why a hit was found: “名称相差1个字：华夏贸易 / 华厦贸易”."""
    said = word("reason", reason["code"]).format(figure=reason.get("figure", 0))
    ours, theirs = reason.get("ours", ""), reason.get("theirs", "")
    return f"{said}（{ours} / {theirs}）" if ours and theirs and ours != theirs else said


def say_subject(subject: Mapping[str, Any]) -> str:
    """Whom a hit names: “示例贸易有限公司，在办事项的委托人，（2026）卷律民字第0001号”."""
    role, status = word("role", subject["role"]), word("status", subject.get("status", ""))
    place = subject.get("matter_no") or subject.get("lead_no") or subject.get("staff") or ""
    return "，".join(part for part in (subject["name"], f"{status} · {role}", place) if part)
