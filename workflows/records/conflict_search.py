"""The search of a conflict check: the query list, the index, what the lawyer declared, and the classes of D1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import (
    conflict_hits,
    conflict_index,
    conflict_situations,
    conflict_sources,
    conflicts,
    document_texts,
)
from workflows.records.conflict_hits import TO_JUDGE, ConflictHit, Found
from workflows.records.conflict_situations import Scene, mask
from workflows.records.document_texts import Mention
from workflows.records.leads import Lead, get_lead
from workflows.records.parties import (
    CLIENT,
    OPPOSING,
    RELATED_CLIENT,
    RELATED_OPPOSING,
    THIRD,
    Party,
    list_parties,
    node_of,
    party_set_hash,
)
from workflows.records.party_relations import Affiliate, find_affiliates

DECLARATIONS = ("interest", "relative_party", "relative_agent", "office", "former_judge", "adviser", "investment", "contact")
VERSION = "2"  # of the way names are compared; kept with every search
CERTAIN = 90  # an affiliate must be the same, not only alike: a likeness two steps away says nothing
SEARCH_LOCK = 0x4C43  # any number that nothing else of the firm locks
NEAR = {CLIENT: RELATED_CLIENT, RELATED_CLIENT: RELATED_CLIENT, OPPOSING: RELATED_OPPOSING, RELATED_OPPOSING: RELATED_OPPOSING}


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
    """Everything the firm knows that may be one of a lead's parties or near them, with its situation; writes nothing."""
    parties = list_parties(session, lead_id)
    affiliates, _left = list_affiliates(session, parties)
    everybody = {party.id: party for party in (*parties, *affiliates)}
    scene = Scene(session, get_lead(session, lead_id), everybody, frozenset(team), now)
    hits = conflict_index.search(session, build_queries(parties), without_lead=lead_id)
    known = {(hit.subject_kind, hit.subject_id) for hit in hits}
    further = conflict_index.search(session, build_queries(affiliates), without_lead=lead_id)
    hits += [hit for hit in further if hit.score >= CERTAIN and (hit.subject_kind, hit.subject_id) not in known]
    found = conflict_situations.describe(scene, hits)
    return found + find_mentions(scene, parties, found)


def list_affiliates(session: Session, parties: Sequence[Party]) -> tuple[list[Party], int]:
    """Who is reached from the parties within two steps, as parties near a side; and how many more there are."""
    nodes = [node_of(party) for party in parties]
    reached, left = find_affiliates(session, nodes)
    best: dict[tuple[str, str, str], Affiliate] = {}
    for party, node in zip(parties, nodes, strict=True):
        for each in reached.get(node, []):
            at = (NEAR.get(party.role, THIRD), each.node.key, each.node.id)
            if at not in best or (each.is_weak, len(each.path)) < (best[at].is_weak, len(best[at].path)):
                best[at] = each
    return [_near_party(role, each, number) for number, ((role, *_key), each) in enumerate(best.items())], left


def _near_party(role: str, affiliate: Affiliate, number: int) -> Party:
    """An affiliate as a party near a side, with the way there."""
    path = [[link.near.name, link.relation, link.far.name] for link in affiliate.path]
    return Party(
        role,
        affiliate.node.kind,
        affiliate.node.name,
        affiliate.node.identifier,
        relation="；".join(f"{near}是{far}的{relation}" for near, relation, far in path),
        details={"path": path, "is_weak": affiliate.is_weak},
        id=f"via:{number}",
    )


def find_mentions(scene: Scene, parties: Sequence[Party], found: Sequence[Found]) -> list[Found]:
    """The parties named in the papers of other cases, where the search did not find them as parties already."""
    known = {(each.query["name"], each.subject.get("lead_id")) for each in found}
    hits = []
    for party in parties:
        mentions: dict[str, list[Mention]] = defaultdict(list)
        for mention in document_texts.find_mentions(scene.session, list(party.names), without_lead=scene.lead.id):
            mentions[mention.lead_id].append(mention)
        for lead_id, there in mentions.items():
            # a complaint, a correction, a departure has a file of its own, which is no case and stays closed to a check
            if (party.name, lead_id) not in known and scene.session.get(Lead, lead_id) is not None:
                hits.append(conflict_situations.describe_mention(scene, party, there[0], len(there)))
    return hits


def run_search(context: Context, check_id: str) -> dict[str, Any]:
    """Search and keep every hit; returns counts and the distinct situations for D1."""
    session = context.session
    wait_for_turn(session)
    document_texts.read_new(context)
    check = conflicts.get_check(session, check_id)
    parties = list_parties(session, check.lead_id)
    affiliates, left = list_affiliates(session, parties)
    found = find_hits(session, check.lead_id, check.team, context.now)
    found += _declared(check, get_lead(session, check.lead_id).matter_type, parties)
    turn = check.round + 1
    conflict_hits.write_hits(context, check_id, turn, found)
    counts = {"version": VERSION, "at": context.now.isoformat(), "queries": len(parties), "hits": len(found)}
    sources = conflict_sources.count_sources(session, check.lead_id)
    unsearched = conflict_sources.list_unsearched(session, left)
    summary = {**counts, "affiliates": len(affiliates), "sources": sources, "unsearched": unsearched}
    conflicts.change_check(
        context,
        check_id,
        round=turn,
        queries=describe_queries([*parties, *affiliates]),
        party_set_hash=party_set_hash(parties),
        search=summary,
        searched_at=context.now,
    )
    context.audit("conflict_searched", f"conflict_check:{check_id}", **summary)
    return {"hits": len(found), "situations": conflict_hits.list_situations(session, check_id)}


def wait_for_turn(session: Session) -> None:
    """Let one check search after the other: of two opposing leads the later search then sees what the first came to.

    SQLite lets one command write at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(SEARCH_LOCK)))


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


def find_new_conflicts(
    session: Session, check: conflicts.ConflictCheck, now: datetime, *, joined: Sequence[str] = ()
) -> list[Found]:
    """What a search finds now that the check had not found, or found in another situation; for the check before signing.

    ``joined`` are lawyers who came to the case since.
    """
    known = {
        (hit.query["name"], hit.query["role"], hit.subject_key, conflict_hits.situation_key(hit.situation))
        for hit in conflict_hits.list_hits(session, check.id)
    }
    return [
        found
        for found in find_hits(session, check.lead_id, [*check.team, *joined], now)
        if (found.query["name"], found.query["role"], found.subject_key, conflict_hits.situation_key(found.situation))
        not in known
        and found.situation["status"] != "later"
    ]
