"""The search of a conflict check: the query list, the index, what the lawyer declared, and the classes of D1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import conflict_hits, conflict_index, conflict_situations, conflicts
from workflows.records.conflict_hits import TO_JUDGE, ConflictHit, Found
from workflows.records.conflict_situations import Scene, mask
from workflows.records.leads import get_lead
from workflows.records.parties import CLIENT, Party, list_parties, party_set_hash

DECLARATIONS = ("interest", "relative_party", "relative_agent", "office", "former_judge", "adviser", "investment", "contact")
VERSION = "1"  # of the way names are compared; kept with every search


def build_queries(parties: Sequence[Party]) -> list[conflict_index.Query]:
    """One query a party, under all its names."""
    return [conflict_index.Query(party.id, party.kind, party.names, party.identifier, party.phone) for party in parties]


def describe_queries(parties: Sequence[Party]) -> list[dict[str, Any]]:
    """The query list as the record keeps it."""
    return [
        {
            "role": party.role,
            "kind": party.kind,
            "name": party.name,
            "other_names": list(party.other_names),
            "identifier": mask(party.identifier),
            "relation": party.relation,
        }
        for party in parties
    ]


def find_hits(session: Session, lead_id: str, team: Sequence[str], now: datetime) -> list[Found]:
    """Everything the firm knows that may be one of a lead's parties, with its situation; writes nothing."""
    parties = list_parties(session, lead_id)
    scene = Scene(session, get_lead(session, lead_id), {party.id: party for party in parties}, frozenset(team), now)
    hits = conflict_index.search(session, build_queries(parties), without_lead=lead_id)
    return conflict_situations.describe(scene, hits)


def run_search(context: Context, check_id: str) -> dict[str, Any]:
    """Search and keep every hit; returns counts and the distinct situations for D1."""
    session = context.session
    check = conflicts.get_check(session, check_id)
    parties = list_parties(session, check.lead_id)
    found = find_hits(session, check.lead_id, check.team, context.now)
    found += _declared(check, get_lead(session, check.lead_id).matter_type, parties)
    turn = check.round + 1
    conflict_hits.write_hits(context, check_id, turn, found)
    summary = {"version": VERSION, "at": context.now.isoformat(), "queries": len(parties), "hits": len(found)}
    conflicts.change_check(
        context,
        check_id,
        round=turn,
        queries=describe_queries(parties),
        party_set_hash=party_set_hash(parties),
        search=summary,
        searched_at=context.now,
    )
    context.audit("conflict_searched", f"conflict_check:{check_id}", **summary)
    return {"hits": len(found), "situations": conflict_hits.list_situations(session, check_id)}


def _declared(check: conflicts.ConflictCheck, matter_type: str, parties: Sequence[Party]) -> list[Found]:
    """What the lawyers declared, as hits: the law asks them, no index knows."""
    client = next((party.name for party in parties if party.role == CLIENT), "")
    found = []
    for declaration in check.declarations:
        for kind in declaration["kinds"]:
            history = f"declared_{kind}"
            subject = {"name": declaration["by_name"], "kind": "person", "role": history, "status": "declared"}
            situation = {
                "candidate": "opposing",
                "history": history,
                "status": "",
                "same_case": "no",
                "recent": "no",
                "field": matter_type,
                "adviser": "no",
                "same_lawyer": "yes",
                "identity": "open",
            }
            found.append(
                Found(
                    query={"name": client, "kind": "", "role": "client"},
                    subject={**subject, "relation": declaration["details"], "team_ids": [declaration["by"]]},
                    subject_key=f"declaration:{declaration['by']}:{kind}",
                    reasons=[{"code": "declared", "ours": "", "theirs": "", "figure": 0}],
                    score=100,
                    situation=situation,
                )
            )
    return found


def classify(context: Context, check_id: str, verdicts: Sequence[str]) -> dict[str, Any]:
    """Write the classes D1 gave, in the order of the situations; says what is heaviest and how much is to be judged."""
    situations = conflict_hits.list_situations(context.session, check_id)
    keyed: Mapping[str, str] = {
        conflict_hits.situation_key(situation): verdict for situation, verdict in zip(situations, verdicts, strict=True)
    }
    heaviest = conflict_hits.classify(context, check_id, keyed)
    hits = conflict_hits.list_hits(context.session, check_id)
    to_judge = [hit for hit in hits if hit.hit_class in TO_JUDGE]
    conflicts.change_check(context, check_id, heaviest=heaviest, state=conflicts.REVIEW if to_judge else None)
    return {
        "conflict_class": heaviest,
        "conflict_to_judge": len(to_judge),
        "conflict_waiting_for": find_first_comer(to_judge) or "",
        "conflict_excluded": list_excluded(context.session, check_id),
    }


def find_first_comer(hits: Sequence[ConflictHit]) -> str | None:
    """The lead of the other side that came first and is still open (先到在审); the later one waits for it."""
    return min((hit.subject["lead_id"] for hit in hits if hit.rule == "CN-Q1" and hit.hit_class == "ABSOLUTE"), default=None)


def list_excluded(session: Session, check_id: str) -> list[str]:
    """Who may not decide: the new matter's team, and the teams of the matters whose hits may be the same party."""
    check = conflicts.get_check(session, check_id)
    excluded = set(check.team)
    for hit in conflict_hits.list_hits(session, check_id):
        if hit.final_class in TO_JUDGE:
            excluded |= set(hit.subject.get("team_ids", []))
    return sorted(excluded)


def find_new_conflicts(session: Session, check: conflicts.ConflictCheck, now: datetime) -> list[Found]:
    """What a search finds now that the check had not found, or found in another situation; for the check before signing."""
    known = {
        (hit.query["name"], hit.query["role"], hit.subject_key, conflict_hits.situation_key(hit.situation))
        for hit in conflict_hits.list_hits(session, check.id)
    }
    return [
        found
        for found in find_hits(session, check.lead_id, check.team, now)
        if (found.query["name"], found.query["role"], found.subject_key, conflict_hits.situation_key(found.situation))
        not in known
        and found.situation["status"] != "later"
    ]
