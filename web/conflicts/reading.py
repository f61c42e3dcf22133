"""What the pages of conflict checks show: the list, one check, the walls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import Actor
from web.conflicts import judging, picture
from web.i18n import language
from workflows.records import (
    case_access,
    conflict_facts,
    conflict_hits,
    conflict_rechecks,
    conflict_seals,
    conflict_search,
    conflict_validity,
    conflicts,
    documents,
    leads,
    parties,
    people,
    wall_words,
    walls,
)
from workflows.records.conflict_tables import ConflictCheckRow
from workflows.records.conflict_words import read_words, word
from workflows.records.leads import Lead

PAGE = 30
VIEWS = {"judging": (conflicts.RUNNING, conflicts.REVIEW), "decided": None, "all": None}


def list_checks(session: Session, viewer: Actor, view: str, search: str, after: str) -> dict[str, Any]:
    """One page of the checks that somebody may see, newest first, with the total."""
    query = select(ConflictCheckRow, Lead).join(Lead, Lead.id == ConflictCheckRow.lead_id)
    query = query.where(Lead.id.not_in(walls.hidden_leads(viewer.id)))
    if view == "judging":
        query = query.where(ConflictCheckRow.closed_at.is_(None))
    elif view == "decided":
        query = query.where(ConflictCheckRow.closed_at.is_not(None))
    if search:
        texts = (ConflictCheckRow.check_no, Lead.client_name, Lead.lead_no)
        either = texts[0].icontains(search, autoescape=True)
        for text in texts[1:]:
            either = either | text.icontains(search, autoescape=True)
        query = query.where(either)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    if after:
        query = query.where(ConflictCheckRow.id < after)
    rows = session.execute(query.order_by(ConflictCheckRow.id.desc()).limit(PAGE + 1)).all()
    shown = [_line(session, row, lead) for row, lead in rows[:PAGE]]
    return {"rows": shown, "total": total, "more": rows[PAGE - 1][0].id if len(rows) > PAGE else ""}


def _line(session: Session, row: ConflictCheckRow, lead: Lead) -> dict[str, Any]:
    hits = conflict_hits.list_hits(session, row.id)
    return {
        "id": row.id,
        "no": row.check_no,
        "state": row.state,
        "result": word("result", row.state, english=language() == "en"),
        "client": lead.client_name,
        "cause": lead.outline.get("cause") or "",
        "lead_no": lead.lead_no,
        "at": row.requested_at,
        "hits": len(hits),
        "waiting": sum(hit.needs_judgement for hit in hits) if row.closed_at is None else 0,
    }


def open_check(session: Session, check_id: str, viewer: Actor) -> tuple[conflicts.ConflictCheck, Lead]:
    """A check and its lead; for somebody to whom the case is closed it does not exist (404)."""
    if session.get(ConflictCheckRow, check_id) is None:
        abort(404)
    check = conflicts.get_check(session, check_id)
    lead = leads.get_lead(session, check.lead_id)
    if case_access.find_level(session, lead, viewer) != case_access.FULL:
        abort(404)
    return check, lead


def read_check(session: Session, check_id: str, viewer: Actor, page: int, now: datetime) -> dict[str, Any]:
    """Everything that the page of one check shows; ``page`` counts the groups of hits to judge."""
    check, lead = open_check(session, check_id, viewer)
    english = language() == "en"
    described = conflict_facts.describe_check(session, check, viewer=viewer, english=english)
    for hit, shown in zip(conflict_hits.list_hits(session, check.id), described["hits"], strict=True):
        shown["id"] = hit.id
    task = judging.find_task(session, check, viewer)
    rows = judging.read_rows(session, check, task.draft if task else None)
    serious = [hit for hit in described["hits"] if hit["must_judge"]]
    groups, pages, current = cut(judging.group(serious), page)
    own = parties.list_parties(session, check.lead_id)
    near, _left = conflict_search.list_affiliates(session, own)
    roles = read_words()["english"]["role"] if english else read_words()["role"]
    return {
        "check": check,
        "lead": lead,
        "shown": described,
        "task": task,
        "rows": rows,
        "question": str((task.draft or {}).get("question") or "") if task else "",
        "said": sum(bool(row["identity"]) for row in rows.values()),
        "serious": serious,
        "notes": [hit for hit in described["hits"] if not hit["must_judge"]],
        "groups": groups,
        "page": current,
        "pages": pages,
        "picture": picture.draw(own, near, described["hits"], roles),
        "sheet": documents.find_latest(session, check.lead_id, "conflict_review"),
        "is_whole": conflict_seals.is_whole(session, check.id),
        "is_valid": conflict_validity.is_valid(session, check, now),
        "newest": conflicts.find_check(session, check.lead_id),
        "watched": conflict_rechecks.find_watched_check(session, check.lead_id),
    }


def cut(groups: list[dict[str, Any]], page: int) -> tuple[list[dict[str, Any]], int, int]:
    """The groups of one page, about twenty hits each; a long group goes on over several pages and knows all its hits."""
    pieces = [
        {**group, "all": group["hits"], "hits": group["hits"][at : at + judging.PAGE], "first": at + 1}
        for group in groups
        for at in range(0, len(group["hits"]), judging.PAGE)
    ]
    sheets: list[list[dict[str, Any]]] = [[]]
    for piece in pieces:
        if sheets[-1] and sum(len(each["hits"]) for each in sheets[-1]) + len(piece["hits"]) > judging.PAGE:
            sheets.append([])
        sheets[-1].append(piece)
    page = min(max(page, 1), len(sheets))
    return sheets[page - 1], len(sheets), page


def read_walls(session: Session, viewer: Actor) -> dict[str, Any]:
    """The walls that somebody may know of: not those around themselves."""
    hidden = walls.list_hidden(session, viewer.id)
    found = []
    for wall in walls.list_walls(session):
        if wall.lead_id in hidden:
            continue
        lead = leads.get_lead(session, wall.lead_id)
        found.append({
            "wall": wall, "lead": lead, "said": wall_words.describe(session, wall, english=language() == "en"),
            "state": word("wall", wall.state, english=language() == "en"),
        })  # fmt: skip
    return {"found": found, "people": people.list_people(session)}
