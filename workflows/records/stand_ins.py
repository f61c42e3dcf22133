"""Standing in (代管): who does the tasks of somebody who has left, has died or is away for long."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflows.records import departures, matters, people, walls
from workflows.records.departures import AWAY


def find_stand_in(session: Session, person_id: str, lead_id: str) -> str | None:
    """The case's lawyer, its backup, then the deputy named; the person when there; None for nobody by name."""
    person = people.find_person(session, person_id)
    if person is None:  # somebody outside, with a link
        return person_id
    newest = departures.find_newest(session, person_id)
    if person.is_active and (newest is None or not is_away(newest)):
        return person_id
    matter = matters.find_matter_by_lead(session, lead_id) if lead_id else None
    members = matters.list_members(session, matter.id) if matter else {}
    backups = [each for each, part in members.items() if part == "backup"]
    others = [each for each, part in members.items() if part != "backup"]
    deputy = [newest.deputy_id] if newest and newest.deputy_id else []
    kept = walls.find_kept_away(session, lead_id) if lead_id else set()
    lead = [matter.lawyer_id] if matter else []
    for each in (*lead, *backups, *deputy, *others):
        if each != person_id and each not in kept and works(session, each):
            return each
    return None


def works(session: Session, person_id: str) -> bool:
    """Whether somebody is of the firm and there."""
    person = people.find_person(session, person_id)
    if person is None or not person.is_active:
        return False
    newest = departures.find_newest(session, person_id)
    return newest is None or not is_away(newest)


def is_away(departure: departures.Departure) -> bool:
    """Whether somebody does not work any more, or not for now."""
    away_until_cleared = departure.kind != departures.LEAVING and departure.is_open
    return departure.state == AWAY or away_until_cleared
