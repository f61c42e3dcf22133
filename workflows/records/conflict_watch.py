"""The conflict monitor (利益冲突监测): new names and newly read papers against every open matter, from the side of the few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import conflict_changes, conflict_index, conflict_rechecks, conflict_search, document_texts, interests
from workflows.records.conflict_changes import DOCUMENT, EVERYTHING, Change
from workflows.records.conflict_names import normalise
from workflows.records.parties import Party, find_party, list_parties

PORTION = 100  # names compared in one transaction, so that nobody waits long for the database


def watch(context: Context, cause: str) -> dict[str, int]:
    """Compare a portion of the changed names; each case that may be touched is searched again by a process of its own."""
    document_texts.read_new(context)
    changes = conflict_changes.take(context, PORTION)
    touched = find_touched(context.session, changes)
    for lead_id in sorted(touched):
        payload = {"lead_id": lead_id, "trigger": cause}
        context.send_message("conflict.names_changed", correlation=lead_id, payload=payload)
    left = conflict_changes.count(context.session) + document_texts.count_unread(context.session)
    context.audit("conflict_watch_run", "firm", cause=cause, names=len(changes), cases=len(touched), left=left)
    return {"names": len(changes), "cases": len(touched), "left": left}


def find_touched(session: Session, changes: Sequence[Change]) -> set[str]:
    """The watched cases that name somebody whom one of the changes may mean."""
    if any(change.subject_kind == EVERYTHING for change in changes):
        return set(conflict_rechecks.list_watched(session))
    texts = [change.subject_id for change in changes if change.subject_kind == DOCUMENT]
    found = _find_in_texts(session, texts) if texts else set()
    for change in changes:
        party = _read_party(session, change)
        if party is None:
            continue  # it is no party; or it was changed again, or forgotten
        near, _left = conflict_search.list_affiliates(session, [party])
        hits = conflict_index.search(session, conflict_search.build_queries([party, *near]), without_lead=change.lead_id)
        found |= {hit.lead_id for hit in hits if hit.lead_id}
    return {lead_id for lead_id in found if conflict_rechecks.find_watched_check(session, lead_id)}


def _find_in_texts(session: Session, document_ids: Sequence[str]) -> set[str]:
    """The watched cases whose parties are named in papers of other cases."""
    names: dict[str, set[str]] = defaultdict(set)
    for lead_id in conflict_rechecks.list_watched(session):
        for party in list_parties(session, lead_id):
            for name in party.names:
                names[normalise(name)].add(lead_id)
    told = {norm: cases for norm, cases in names.items() if len(norm) >= document_texts.SHORTEST}
    return {lead_id for each in document_ids for lead_id in document_texts.find_named(session, each, told)}


def _read_party(session: Session, change: Change) -> Party | None:
    if change.subject_kind == DOCUMENT:
        return None
    if change.subject_kind == "party":
        return find_party(session, change.subject_id)
    if change.subject_kind == interests.SUBJECT:
        interest = interests.find_interest(session, change.subject_id)
        return Party("third", interest.party_kind, interest.name, interest.identifier, id=interest.id) if interest else None
    return Party("third", "person", change.name, id=change.subject_id)
