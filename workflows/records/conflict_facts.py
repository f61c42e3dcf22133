"""What a conflict check comes to in plain words: for the review sheet (利益冲突审查表) and for the evidence panels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from workflows.records import conflict_hits, conflicts, people
from workflows.records.conflict_hits import TO_JUDGE, ConflictHit
from workflows.records.conflict_words import read_words, say_reason, say_subject, word
from workflows.records.rule_packs import get_rule

KINDS = {"person": "个人", "organisation": "组织"}


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest check of a lead as ``conflict``; nothing before the first."""
    check = conflicts.find_check(session, lead_id)
    return {"conflict": describe_check(session, check)} if check else {}


def describe_check(session: Session, check: conflicts.ConflictCheck) -> dict[str, Any]:
    """Everything the decision record must contain (rules.md 3.7), in words."""
    words = read_words()
    hits = conflict_hits.list_hits(session, check.id)
    searched_on = (check.searched_at or check.requested_at).astimezone(FIRM_ZONE).date()
    return {
        "no": check.check_no,
        "result": word("result", check.state),
        "requested_at": check.requested_at.isoformat(),
        "searched_at": check.searched_at.isoformat() if check.searched_at else "",
        "valid_until": check.valid_until.isoformat() if check.valid_until and check.state in conflicts.GOOD else "",
        "team": "、".join(name_people(session, check.team)) or "未指定",
        "version": check.search.get("version", ""),
        "round": check.round,
        "party_set_hash": check.party_set_hash,
        "queries": [describe_query(query) for query in check.queries],
        "sources": "、".join(words["sources"]),
        "not_searched": "、".join(words["not_searched"]),
        "declarations": [describe_declaration(each) for each in check.declarations],
        "hits": [describe_hit(hit, number, searched_on) for number, hit in enumerate(hits, 1)],
        "questions": check.questions,
        "decisions": [describe_decision(each) for each in check.decisions],
        "conditions": check.conditions,
    }


def describe_query(query: dict[str, Any]) -> dict[str, str]:
    """One party that was searched for."""
    return {
        "role": word("role", query["role"]),
        "name": query["name"],
        "kind": KINDS.get(query["kind"], ""),
        "other_names": "、".join(query["other_names"]),
        "identifier": query["identifier"],
        "relation": query["relation"],
    }


def describe_declaration(declaration: dict[str, Any]) -> dict[str, Any]:
    """What a lawyer declared."""
    said = "；".join(word("role", f"declared_{kind}").removeprefix("律师申报：") for kind in declaration["kinds"])
    return {
        "name": declaration["by_name"],
        "at": declaration["at"],
        "has_interest": bool(declaration["kinds"]),
        "said": said or "无应申报的利益关系",
        "details": declaration["details"],
    }


def describe_hit(hit: ConflictHit, number: int, searched_on: date) -> dict[str, Any]:
    """One hit, both sides beside each other, with its class, article and judgement."""
    rule = get_rule("conflicts", hit.rule, searched_on) if hit.rule else None
    judged = hit.judged_by_name if hit.identity else ""
    return {
        "number": number,
        "ours": hit.query["name"],
        "our_role": word("role", hit.query["role"]),
        "theirs": hit.subject["name"],
        "their_role": word("role", hit.subject["role"]),
        "their_status": word("status", hit.subject.get("status", "")),
        "said": say_subject(hit.subject),
        "place": hit.subject.get("matter_no") or hit.subject.get("lead_no") or hit.subject.get("staff") or "",
        "why": "；".join(say_reason(reason) for reason in hit.reasons),
        "score": hit.score,
        "class": hit.hit_class,
        "class_name": word("class", hit.hit_class),
        "rule": rule.value if rule else "",
        "basis": rule.legal_basis if rule else "",
        "identity": hit.identity,
        "identity_name": word("identity", hit.identity),
        "final": hit.final_class,
        "final_name": word("class", hit.final_class),
        "reason": hit.reason,
        "judged_by": judged,
        "judged_at": hit.judged_at.isoformat() if hit.judged_at else "",
        "must_judge": hit.hit_class in TO_JUDGE,
        "compared": compare_sides(hit.query, hit.subject),
    }


def compare_sides(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """The particulars of both sides that help to tell whether they are the same; lines with nothing are left out."""
    lines = (
        ("identifier", "证件号码", "Identifier"),
        ("birth_date", "出生日期", "Birth date"),
        ("phone", "电话", "Telephone"),
        ("address", "地址", "Address"),
        ("other_names", "其他名称", "Other names"),
        ("relation", "关系", "Relation"),
    )
    found = []
    for key, label, label_en in lines:
        pair = str(ours.get(key) or ""), str(theirs.get(key) or "")
        if any(pair):
            found.append({"label": label, "label_en": label_en, "ours": pair[0], "theirs": pair[1], "same": pair[0] == pair[1]})
    return found


def describe_decision(decision: dict[str, Any]) -> dict[str, str]:
    """Who decided what and why."""
    return {
        "name": decision["by_name"],
        "at": decision["at"],
        "said": word("decision", decision["decision"]),
        "reason": decision["reason"],
        "conditions": decision["conditions"],
    }


def name_people(session: Session, person_ids: Sequence[str]) -> list[str]:
    """The names of people of the firm."""
    return [person.name for each in person_ids if (person := people.find_person(session, each))]
