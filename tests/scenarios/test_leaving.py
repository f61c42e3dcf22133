"""Scenario 17 of processes.md: a lawyer leaves with 12 open matters and 3 unfiled volumes; no clearance until all is done."""

from __future__ import annotations

import pytest

from engine.errors import StateRefused
from tests.workflows.staff_leaving.conftest import CHOICE, DESKS, SIGN, case  # noqa: F401 - the fixture
from workflows.handlers import write_certificate
from workflows.records import departure_signs, departures, documents, matters, volumes


def close_unfiled(case) -> str:  # noqa: F811
    """A closed matter whose volume still lies with the lawyer; the volume's id."""
    matter_id = case.open_matter()

    def close(context):
        matters.start_closing(context, matter_id)
        matter = matters.close_matter(context, matter_id)
        return matter.volume_id

    return case.run(close)


def hand_in(case, volume_id) -> None:  # noqa: F811
    case.run(lambda context: volumes.submit(context, volume_id), "lawyer1")


def refused(case, desk) -> None:  # noqa: F811
    with pytest.raises(StateRefused):
        case.do(desk, DESKS[desk], SIGN)
    with pytest.raises(StateRefused):  # nor past the task
        case.run(lambda context: departure_signs.sign(context, case.departure_id, desk), desk)


@pytest.mark.requirement("A23")
def test_twelve_matters_and_three_volumes(case):  # noqa: F811
    open_matters = [case.open_matter() for _ in range(12)]
    unfiled = [close_unfiled(case) for _ in range(3)]
    case.give_notice(last_day="2026-11-30")
    case.until_clearing()
    main = case.find_instance("staff_leaving")
    assert len(case.items("compliance")) == 12 and [item.kind for item in case.items("archivist")] == ["volume"] * 3

    for number, matter_id in enumerate(open_matters):  # every client chooses by an own link
        case.at_matter(matter_id)
        case.lead_id = case.matter(matter_id).lead_id
        case.do("client", "Task_Choice", {**case.first_values("Task_Choice", "client"), **CHOICE, "choice": "STAY"})
        if number < 11:
            case.hand_on(matter_id)
    case.move(days=8)  # the last day is over, but nothing is cleared

    case.instance_id = main
    refused(case, "compliance")  # one matter has no other lawyer yet
    for volume_id in unfiled:
        refused(case, "archivist")
        hand_in(case, volume_id)
    for desk in ("archivist", "finance", "admin"):
        case.do(desk, DESKS[desk], SIGN)
    with pytest.raises(StateRefused):
        case.run(lambda context: write_certificate.prepare(context, departure_id=case.departure_id), "director")
    with pytest.raises(StateRefused):
        case.run(lambda context: departure_signs.close(context, case.departure_id), "director")
    assert (case.departure().state, case.is_active()) == (departures.CLEARING, True)

    case.hand_on(open_matters[-1])
    case.do("compliance", DESKS["compliance"], SIGN)
    assert (case.departure().state, case.is_active(), case.state()) == (departures.CLOSED, False, "completed")
    with case.firm.reading() as session:
        assert documents.find_latest(session, case.departure_id, "departure_certificate") is not None
    assert case.incidents() == []
