"""A comparison of options in words: for its letter, for the client's page and for the talk."""

from __future__ import annotations

from typing import Any

from engine.clock import FIRM_ZONE
from workflows.records import authority
from workflows.records.option_tables import OptionTable

NUMERALS = "一二三四五六七八九十"
CHANCES = {"high": "较高", "medium": "中等", "low": "较低", "unknown": "无法估计"}
TALKS = {"meeting": "面谈", "phone": "电话", "video": "视频"}


def list_options(table: OptionTable) -> str:
    """Every option with its good and bad sides, as lines."""
    return "\n\n".join(_describe(index, row) for index, row in enumerate(table.draft["options"]))


def _describe(index: int, row: dict[str, Any]) -> str:
    lines = [f"方案{NUMERALS[index]}：{row['title']}", f"利：{row['pros']}", f"弊：{row['cons']}"]
    for key, label in (("steps", "做法"), ("cost", "费用"), ("duration", "时间"), ("legal_basis", "依据")):
        if row.get(key):
            lines.append(f"{label}：{row[key]}")
    if row.get("risk"):
        lines.append(f"风险：{row['risk']}级（共五级）")
    if row.get("chance"):
        lines.append(f"成功可能：{CHANCES[row['chance']]}")
    return "\n".join(lines)


def _describe_risk(row: dict[str, Any]) -> str:
    risk = f"{row['risk']}/5" if row.get("risk") else ""
    return "；".join(filter(None, [risk, CHANCES.get(row.get("chance") or "", "")])) or "—"


def advice(table: OptionTable) -> str:
    """What the lawyer recommends, and why."""
    index = int(table.draft["recommended"]) - 1
    return f"建议方案{NUMERALS[index]}“{table.titles[index]}”：{table.draft['reason']}"


def objection(table: OptionTable) -> str:
    """Why the client's last choice cannot or should not be followed; empty when nobody objected."""
    return str(table.objection.get("why") or "")


def letter_facts(table: OptionTable) -> dict[str, Any]:
    """``choice``: what the letter of a comparison says."""
    day = table.created_at.astimezone(FIRM_ZONE).date()
    meeting = table.meeting
    rows = [
        {
            "title": f"{NUMERALS[index]}、{row['title']}",
            "pros": row["pros"],
            "cons": row["cons"],
            "cost": "；".join(str(row[key]) for key in ("cost", "duration") if row.get(key)) or "—",
            "risk": _describe_risk(row),
            "act": authority.name_act(row.get("act"), day),
        }
        for index, row in enumerate(table.draft["options"])
    ]
    return {
        "choice": {
            "topic": table.topic,
            "deadline": table.draft.get("deadline") or "",
            "options": rows,
            "acts": [f"{row['title']}：需要特别授权（{row['act']}）" for row in rows if row["act"]],
            "basis": [f"{row['title']}：{row['legal_basis']}" for row in table.draft["options"] if row.get("legal_basis")],
            "advice": advice(table),
            "objection": objection(table),
            "explained_at": meeting.get("explained_at", ""),
            "explained_by": TALKS.get(meeting.get("explained_by", ""), ""),
            "persons": "、".join(row["person_name"] for row in meeting.get("persons") or []),
            "questions": [f"问：{row['question']}　答：{row['reply']}" for row in meeting.get("questions") or []],
            "teach_back": meeting.get("teach_back", ""),
            "by": table.created_by_name,
        }
    }
