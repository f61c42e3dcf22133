"""The conflict monitor (利益冲突监测): new and changed names against every open matter, from the side of the few new names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import conflict_changes, conflict_index, conflict_rechecks, conflict_search, document_texts, interests
from workflows.records.conflict_changes import EVERYTHING, Change
from workflows.records.parties import Party, find_party

PORTION = 100  # names compared in one transaction, so that nobody waits long for the database


def watch(context: Context, cause: str) -> dict[str, int]:
    """Compare a portion of the changed names; each case that may be touched is searched again by a process of its own."""
    document_texts.read_new(context)
    changes = conflict_changes.take(context, PORTION)
    touched = find_touched(context.session, changes)
    for lead_id in sorted(touched):
        payload = {"lead_id": lead_id, "trigger": cause}
        context.send_message("conflict.names_changed", correlation=lead_id, payload=payload)
    left = conflict_changes.count(context.session)
    context.audit("conflict_watch_run", "firm", cause=cause, names=len(changes), cases=len(touched), left=left)
    return {"names": len(changes), "cases": len(touched), "left": left}


def find_touched(session: Session, changes: Sequence[Change]) -> set[str]:
    """The watched cases that name somebody whom one of the changes may mean."""
    if any(change.subject_kind == EVERYTHING for change in changes):
        return set(conflict_rechecks.list_watched(session))
    found: set[str] = set()
    for change in changes:
        party = _read_party(session, change)
        if party is None:
            continue  # it was changed again, or forgotten
        near, _left = conflict_search.list_affiliates(session, [party])
        hits = conflict_index.search(session, conflict_search.build_queries([party, *near]), without_lead=change.lead_id)
        found |= {hit.lead_id for hit in hits if hit.lead_id}
    return {lead_id for lead_id in found if conflict_rechecks.find_watched_check(session, lead_id)}


def _read_party(session: Session, change: Change) -> Party | None:
    if change.subject_kind == "party":
        return find_party(session, change.subject_id)
    if change.subject_kind == interests.SUBJECT:
        interest = interests.find_interest(session, change.subject_id)
        return Party("third", interest.party_kind, interest.name, interest.identifier, id=interest.id) if interest else None
    return Party("third", "person", change.name, id=change.subject_id)
