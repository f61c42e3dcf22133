"""What a conflict check comes to in plain words: for the review sheet (利益冲突审查表) and for the evidence panels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Actor
from workflows.records import conflict_hits, conflict_rechecks, conflicts, consent_words, people, waiver_consents, walls
from workflows.records.conflict_hits import TO_JUDGE, ConflictHit
from workflows.records.conflict_sources import say_sources
from workflows.records.conflict_words import read_words, say_place, say_reason, say_subject, word
from workflows.records.rule_packs import get_rule

WALLED = "受隔离事项，请联系合规"
KINDS = {False: {"person": "个人", "organisation": "组织"}, True: {"person": "person", "organisation": "organisation"}}


def facts(session: Session, lead_id: str) -> dict[str, Any]:
    """The newest check of a lead as ``conflict``; nothing before the first."""
    check = conflicts.find_check(session, lead_id)
    return {"conflict": describe_check(session, check)} if check else {}


def describe_check(
    session: Session, check: conflicts.ConflictCheck, *, viewer: Actor | None = None, english: bool = False
) -> dict[str, Any]:
    """Everything the decision record must contain (rules.md 3.7), in words; hits in walled cases only for who may see them."""
    sources, not_searched = say_sources(check.search, read_words(), english=english)
    hits = conflict_hits.list_hits(session, check.id)
    searched_on = (check.searched_at or check.requested_at).astimezone(FIRM_ZONE).date()
    return {
        "no": check.check_no,
        "result": word("result", check.state, english=english),
        "requested_at": check.requested_at.isoformat(),
        "requested_by": "、".join(name_people(session, [check.requested_by])) or ("the system" if english else "系统"),
        "searched_at": check.searched_at.isoformat() if check.searched_at else "",
        "valid_until": check.valid_until.isoformat() if check.valid_until and check.state in conflicts.GOOD else "",
        "team": "、".join(name_people(session, check.team)) or "未指定",
        "version": check.search.get("version", ""),
        "round": check.round,
        "party_set_hash": check.party_set_hash,
        "queries": [describe_query(query, english=english) for query in check.queries],
        "sources": sources,
        "not_searched": not_searched,
        "declarations": [describe_declaration(each, english=english) for each in check.declarations],
        "hits": [
            describe_for(session, hit, number, searched_on, viewer=viewer, english=english) for number, hit in enumerate(hits, 1)
        ],
        "rechecks": [describe_recheck(each, english=english) for each in conflict_rechecks.list_rechecks(session, check.lead_id)],
        "walls": [describe_wall(session, each) for each in walls.list_walls(session, lead_id=check.lead_id)],
        "consents": [
            consent_words.describe(session, each, english=english)
            for each in waiver_consents.list_consents(session, check_id=check.id)
        ],
        "digest": check.digest,
        "questions": check.questions,
        "decisions": [describe_decision(each, english=english) for each in check.decisions],
        "conditions": check.conditions,
    }


def describe_query(query: dict[str, Any], *, english: bool = False) -> dict[str, str]:
    """One party that was searched for."""
    return {
        "role": word("role", query["role"], english=english),
        "name": query["name"],
        "kind": KINDS[english].get(query["kind"], ""),
        "other_names": "、".join(query["other_names"]),
        "identifier": query["identifier"],
        "relation": query["relation"],
    }


def describe_declaration(declaration: dict[str, Any], *, english: bool = False) -> dict[str, Any]:
    """What a lawyer declared."""
    words = (word("role", f"declared_{kind}", english=english) for kind in declaration["kinds"])
    said = "；".join(each.removeprefix("律师申报：").removeprefix("declared: ") for each in words)
    return {
        "name": declaration["by_name"],
        "at": declaration["at"],
        "has_interest": bool(declaration["kinds"]),
        "said": said or ("nothing to declare" if english else "无应申报的利益关系"),
        "details": declaration["details"],
    }


def describe_for(
    session: Session, hit: ConflictHit, number: int, on: date, *, viewer: Actor | None, english: bool = False
) -> dict[str, Any]:
    """One hit as far as somebody may see it; of a walled case nothing but that it is walled."""
    described = describe_hit(hit, number, on, english=english)
    if not walls.hides_hit(session, hit.subject, viewer):
        return described
    kept = ("number", "ours", "our_role", "identity", "must_judge", "class", "final")
    said = "walled: ask compliance" if english else WALLED
    blank: dict[str, Any] = {**dict.fromkeys(described, ""), "compared": [], "score": 0}
    return {**blank, **{key: described[key] for key in kept}, "is_walled": True, "theirs": said, "said": said}


def describe_news(
    session: Session, recheck: conflict_rechecks.Recheck, on: date, *, viewer: Actor | None, english: bool = False
) -> list[dict[str, Any]]:
    """What came up since, as hits that nobody has judged."""
    blank: dict[str, Any] = {"check_id": recheck.check_id, "round": 0, "identity": "", "judged_class": "", "reason": ""}
    judged: dict[str, Any] = {"judged_at": None, "judged_by": "", "judged_by_name": ""}
    hits = [ConflictHit(id=str(number), **each, **blank, **judged) for number, each in enumerate(recheck.found, 1)]
    serious = [hit for hit in hits if hit.hit_class in TO_JUDGE]
    return [describe_for(session, hit, n, on, viewer=viewer, english=english) for n, hit in enumerate(serious, 1)]


def describe_recheck(recheck: conflict_rechecks.Recheck, *, english: bool = False) -> dict[str, Any]:
    """A later comparison in a line."""
    return {
        "at": recheck.compared_at.isoformat(),
        "cause": word("trigger", recheck.cause, english=english),
        "hits": len(recheck.found),
        "said": word("recheck", recheck.state, english=english),
        "reason": "；".join(part for part in (recheck.reason, recheck.measures) if part),
        "by": recheck.settled_by_name,
    }


def describe_wall(session: Session, wall: walls.Wall) -> dict[str, Any]:
    """A wall around the case, in words."""
    signed = "、".join(each["by_name"] for each in wall.undertakings or [])
    tested = f"负面测试{len(wall.tests)}次，均未能读取" if wall.tests else "未做负面测试"
    return {
        "state": word("wall", wall.state),
        "people": "、".join(name_people(session, wall.people)),
        "reason": wall.reason,
        "proof": "；".join(part for part in (f"{signed}已签承诺书" if signed else "", tested) if part),
    }


def describe_hit(hit: ConflictHit, number: int, searched_on: date, *, english: bool = False) -> dict[str, Any]:
    """One hit, both sides beside each other, with its class, article and judgement."""
    rule = get_rule("conflicts", hit.rule, searched_on) if hit.rule else None
    judged = hit.judged_by_name if hit.identity else ""
    return {
        "number": number,
        "ours": hit.query["name"],
        "our_role": word("role", hit.query["role"], english=english),
        "theirs": hit.subject["name"],
        "their_role": word("role", hit.subject["role"], english=english),
        "their_status": word("status", hit.subject.get("status", ""), english=english),
        "said": say_subject(hit.subject),
        "place": say_place(hit.subject, english=english),
        "matter": "、".join(part for part in (hit.subject.get("client_name"), hit.subject.get("cause")) if part),
        "team": "、".join(hit.subject.get("team") or []),
        "why": "；".join(say_reason(reason, english=english) for reason in hit.reasons),
        "score": hit.score,
        "class": hit.hit_class,
        "class_name": word("class", hit.hit_class, english=english),
        "rule": rule.value if rule else "",
        "basis": rule.legal_basis if rule else "",
        "identity": hit.identity,
        "identity_name": word("identity", hit.identity, english=english),
        "final": hit.final_class,
        "final_name": word("class", hit.final_class, english=english),
        "reason": hit.reason,
        "judged_by": judged,
        "judged_at": hit.judged_at.isoformat() if hit.judged_at else "",
        "must_judge": hit.hit_class in TO_JUDGE,
        "is_walled": False,
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
        if key == "relation" and theirs.get("staff"):
            continue  # said with the person already
        pair = str(ours.get(key) or ""), str(theirs.get(key) or "")
        if any(pair):
            found.append({"label": label, "label_en": label_en, "ours": pair[0], "theirs": pair[1], "same": pair[0] == pair[1]})
    return found


def describe_decision(decision: dict[str, Any], *, english: bool = False) -> dict[str, str]:
    """Who decided what and why."""
    return {
        "name": decision["by_name"],
        "at": decision["at"],
        "kind": word("decided_by", "panel" if decision.get("is_vote") else "director", english=english),
        "said": word("decision", decision["decision"], english=english),
        "reason": decision["reason"],
        "conditions": decision["conditions"],
    }


def name_people(session: Session, person_ids: Sequence[str]) -> list[str]:
    """The names of people of the firm."""
    return [person.name for each in person_ids if (person := people.find_person(session, each))]
