"""Judging hits fast: the rows of the task “judge each hit”, grouped, merged with what is typed, saved as its draft.

This page completes the task itself, with its form and its guards; it has no way of its own to write a judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor, queries
from engine.errors import NotAllowed
from workflows.records import conflict_hits
from workflows.records.conflict_hits import DIFFERENT, UNCLEAR, ConflictHit
from workflows.records.conflicts import ConflictCheck

ELEMENT = "Task_Judge"
FIELDS = ("identity", "judged_class", "reason")
PAGE = 20


def find_task(session: Session, check: ConflictCheck, actor: Actor) -> queries.TaskView | None:
    """The open task that judges a check's hits, if the reader may see it."""
    task_id = queries.find_open_task(session, check.instance_id, ELEMENT) if check.instance_id else None
    if task_id is None:
        return None
    try:
        task = queries.get_task(session, task_id, actor)
    except NotAllowed:
        return None
    return task if task.data.get("conflict_check_id") == check.id else None


def read_rows(session: Session, check: ConflictCheck, draft: Mapping[str, Any] | None) -> dict[str, dict[str, str]]:
    """What is said so far of each hit that waits: typed before, else what was said of the pair in an earlier check."""
    typed = {row.get("hit_id"): row for row in (draft or {}).get("hits") or []}
    rows = {}
    for hit in list_waiting(session, check):
        row = typed.get(hit.id)
        rows[hit.id] = {key: str(row.get(key) or "") for key in FIELDS} if row else propose(session, hit)
    return rows


def list_waiting(session: Session, check: ConflictCheck) -> list[ConflictHit]:
    """The hits that nobody has judged."""
    return [hit for hit in conflict_hits.list_hits(session, check.id) if hit.needs_judgement]


def propose(session: Session, hit: ConflictHit) -> dict[str, str]:
    """What an earlier check said of the same pair; the class that the system gave."""
    before = conflict_hits.find_earlier_judgement(session, hit)
    known = before is not None and before.identity != UNCLEAR
    return {
        "identity": before.identity if before and known else "",
        "judged_class": hit.hit_class if hit.hit_class != "REVIEW" else "",
        "reason": f"同前次审查：{before.reason}" if before and known else "",
    }


def merge(rows: dict[str, dict[str, str]], form: Mapping[str, str]) -> None:
    """Put what was posted of some hits into the rows of all."""
    for hit_id, row in rows.items():
        for key in FIELDS:
            sent = form.get(f"{key}:{hit_id}")
            if sent is not None:
                row[key] = sent.strip()


def dismiss(rows: dict[str, dict[str, str]], hit_ids: list[str], reason: str) -> int:
    """Say “not the same” with one reason of every hit of a name that nothing was said of yet; returns of how many."""
    changed = 0
    for hit_id in hit_ids:
        row = rows.get(hit_id)
        if row is not None and not row["identity"]:
            row.update(identity=DIFFERENT, reason=reason)
            changed += 1
    return changed


def to_values(rows: Mapping[str, Mapping[str, str]], question: str, *, whole: bool) -> dict[str, Any]:
    """The task's form: the hits of which something is said; for a draft also those half said."""
    given = [{"hit_id": hit_id, **row} for hit_id, row in rows.items() if row["identity"] or (not whole and row["reason"])]
    return {"hits": given, "question": question}


def group(hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hits by the two names that they set beside each other, the heaviest group first as the hits come."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for hit in hits:
        key = (hit["ours"], hit["theirs"])
        found.setdefault(key, {"ours": hit["ours"], "theirs": hit["theirs"], "hits": []})["hits"].append(hit)
    return list(found.values())
