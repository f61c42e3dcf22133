"""Proofs of walls (隔离负面测试): whether those behind a wall really find nothing, tried as each of them and written down.

Guard G9. What is tried is what the pages, the inbox and the search themselves ask; a wall that lets somebody through is no wall,
so the step that put it up fails.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from engine import queries
from engine.context import Actor, Context
from engine.errors import JuanzongError, NotAllowed
from workflows.records import case_access, case_list, document_access, documents, leads, matters, people, walls
from workflows.records.conflict_words import word

# What is tried, in the order it is reported.
TRIED = ("file", "list", "papers", "matter", "hits", "tasks", "team")


class WallLeaks(JuanzongError):
    """The wall does not hold, somebody behind it gets through: {leaks}"""


def prove(context: Context, wall_id: str) -> walls.Wall:
    """Try to read the case as each person behind its wall, and keep what came of it. Raises ``WallLeaks`` if one can."""
    session = context.session
    wall = walls.get_wall(session, wall_id)
    tried = [_try(session, wall.lead_id, person_id, context) for person_id in wall.people]
    leaks = [f"{each['name']}：{'、'.join(word('tried', what) for what in each['open'])}" for each in tried if each["open"]]
    if leaks:
        raise WallLeaks(leaks="；".join(leaks))
    return walls.add_entry(context, wall_id, "tests", {"people": tried, "by_name": context.actor.name})


def _try(session: Session, lead_id: str, person_id: str, context: Context) -> dict[str, Any]:
    """What one person gets of a case; everything must be closed."""
    person = people.find_person(session, person_id)
    if person is None or not person.is_active:
        return {"person_id": person_id, "name": person.name if person else "—", "closed": list(TRIED), "open": []}
    viewer = people.person_actor(person)
    lead = leads.get_lead(session, lead_id)
    matter = matters.find_matter_by_lead(session, lead_id)
    hit = {"lead_id": lead_id}
    found = {
        "file": case_access.find_level(session, lead, viewer) is not None,
        "list": bool(_find_in_lists(session, lead, viewer)),
        "papers": any(document_access.may_read(session, each, viewer) for each in documents.list_documents(session, lead_id)),
        "matter": matter is not None and matters.may_see(session, matter, viewer),
        "hits": not walls.hides_hit(session, hit, viewer),
        "tasks": _sees_tasks(session, lead_id, viewer, context),
        "team": not _is_refused(session, lead_id, person_id),
    }
    return {
        "person_id": person_id,
        "name": person.name,
        "closed": [what for what in TRIED if not found[what]],
        "open": [what for what in TRIED if found[what]],
    }


def _find_in_lists(session: Session, lead: leads.Lead, viewer: Actor) -> list[str]:
    """The case in the list of all cases, and under the client's name."""
    every = case_list.CaseFilter(kind=case_list.ALL, search=lead.lead_no)
    wanted = [every, replace(every, search=lead.client_name)] if lead.client_name else [every]
    rows = [row for each in wanted for row in case_list.list_cases(session, viewer, each)]
    return [row.lead_id for row in rows if row.lead_id == lead.id]


def _sees_tasks(session: Session, lead_id: str, viewer: Actor, context: Context) -> bool:
    rows = queries.inbox(session, viewer, now=context.now)
    return any(queries.get_task(session, row.id, viewer).data.get("lead_id") == lead_id for row in rows)


def _is_refused(session: Session, lead_id: str, person_id: str) -> bool:
    try:
        walls.check_team(session, lead_id, [person_id])
    except NotAllowed:
        return True
    return False
