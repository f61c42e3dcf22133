"""The four signatures under a departure, and what they open: the accounts closed, the certificate (hard gate of P25).

Whatever calls: no desk signs while its things are open, nobody for themselves; nothing is closed or certified before all four.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.access import hand_on, identities
from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.errors import NotAllowed, NotFound, StateRefused
from workflows.records import departure_matters, departures, matters, people
from workflows.records.departure_items import DESKS, Item, list_items
from workflows.records.departures import CLEARED, CLEARING, CLOSED, STATE_NAMES, Departure, DepartureRow
from workflows.records.firm import read_firm

SHOWN = 3  # open things named in a refusal; how many more there are is said


def sign(context: Context, departure_id: str, desk: str, *, note: str = "") -> Departure:
    """A desk signs that nothing is open with it; the last one only when nothing is open anywhere.

    Raises ``NotAllowed`` for others than the desk (the director may sign for any) and for who leaves, ``StateRefused`` while
    things are open.
    """
    row = departures.get_row(context.session, departure_id)
    if desk not in DESKS:
        raise NotFound(kind="desk", id=desk)
    if context.actor.kind != "person" or not context.actor.roles & {desk, "director"}:
        raise NotAllowed(reason="your roles do not include this")
    if row.person_id in identities(context.actor):
        raise NotAllowed(reason="nobody clears themselves")
    if row.state != CLEARING:
        raise _refused(row, CLEARED, "the hand-over is not being cleared")
    is_last = set(DESKS) <= {*row.signs, desk}
    check_clear(context.session, departures.departure_of(row), "" if is_last else desk)
    by = {"by_id": context.actor.id, "by": context.name_of(context.actor.id) or context.actor.name}
    row.signs = {**row.signs, desk: {**by, "note": note, "at": context.now.isoformat()}}
    context.session.flush()
    context.audit("departure.signed", f"departure:{row.id}", desk=desk)
    return departures.move(context, row, CLEARED) if is_last else departures.departure_of(row)


def check_clear(session: Session, departure: Departure, desk: str = "") -> None:
    """Raise ``StateRefused`` while things are open, at a desk or anywhere."""
    found = list_items(session, departure, desk=desk)
    if found:
        old, new = STATE_NAMES[departure.state], STATE_NAMES[CLEARED]
        raise StateRefused(what=f"{departure.departure_no}（{_say(found)}）", old=old, new=new, reason="things are still open")


def _say(found: list[Item]) -> str:
    said = [f"{each.kind_name}：{each.what}" if not each.lead_id else each.kind_name for each in found]
    kinds = list(dict.fromkeys(said))
    return "、".join(kinds[:SHOWN]) + f"等{len(found)}项"


def check_signed(departure: Departure) -> None:
    """Raise ``StateRefused`` unless all four have signed."""
    missing = [name for desk, name in DESKS.items() if desk not in departure.signs]
    if missing or departure.state not in (CLEARED, CLOSED):
        old = STATE_NAMES[departure.state]
        raise StateRefused(what=departure.departure_no, old=old, new=STATE_NAMES[CLOSED], reason="all four desks sign first")


def close(context: Context, departure_id: str) -> Departure:
    """Close the account and hand on what is left: tasks, places in teams. What the person did and declared stays on record."""
    row = departures.get_row(context.session, departure_id)
    departure = departures.departure_of(row)
    check_signed(departure)
    check_clear(context.session, departure)
    person = people.find_person(context.session, row.person_id)
    if person is None:
        raise NotFound(kind="person", id=row.person_id)
    closed = departures.move(context, row, CLOSED)
    person.is_active = False
    context.session.flush()
    left = _leave_teams(context, person.id)
    moved = hand_on(context, person.id)
    context.audit("person_left", f"person:{person.id}", login=person.login, tasks=moved, teams=left)
    return closed


def _leave_teams(context: Context, person_id: str) -> int:
    """Take somebody out of the teams of running matters; closed ones keep who worked on them, for later conflicts."""
    left = 0
    for matter_id in departure_matters.list_memberships(context.session, person_id):
        members = matters.list_members(context.session, matter_id)
        matters.set_team(context, matter_id, {person: part for person, part in members.items() if person != person_id})
        left += 1
    return left


def collect_facts(session: Session, departure_id: str, now: datetime) -> dict[str, Any]:
    """What the certificate says. Raises ``StateRefused`` before all four have signed and the account is closed."""
    departure = departures.get_departure(session, departure_id)
    check_signed(departure)
    if departure.state != CLOSED:
        raise _refused(departures.get_row(session, departure_id), CLOSED, "all four desks sign first")
    chosen = departure_matters.list_matters(session, departure_id)
    counts = {choice: sum(each.choice == choice for each in chosen) for choice in departure_matters.CHOICES}
    signs = [{"desk": name, **departure.signs[desk]} for desk, name in DESKS.items()]
    person = people.find_person(session, departure.person_id)
    said = {
        "no": departure.departure_no, "name": departure.person_name, "title": person.title if person else "",
        "kind": departure.kind, "last_day": departure.last_day.isoformat(), "destination": departure.destination,
        "matters": len(chosen), "stay": counts["STAY"], "follow": counts["FOLLOW"], "end": counts["END"], "signs": signs,
        "things": len(departure.things), "promised": departure.promised,
    }  # fmt: skip
    return {"departure": said, "firm": read_firm(), "today": now.astimezone(FIRM_ZONE).date().isoformat()}


def _refused(row: DepartureRow, state: str, reason: str) -> StateRefused:
    return StateRefused(what=row.departure_no, old=STATE_NAMES[row.state], new=STATE_NAMES[state], reason=reason)
